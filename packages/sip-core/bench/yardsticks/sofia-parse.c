/*
 * How many INVITEs a second sofia-sip's parser takes, with top Via, From, To, Call-ID, CSeq and Contact read from each.
 * Usage: sofia-parse SECONDS FILE... (one message a file). Prints the best rate of its rounds, in processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>

#define MOST_FILES 64
#define LARGEST 65536
#define BATCH 4000

struct invite {
  char data[LARGEST];
  size_t length;
};

static struct invite invites[MOST_FILES];

/* What a user agent server reads of each request; 0 when something is not there. */
static size_t read_invite(const struct invite *from) {
  msg_t *msg = msg_make(sip_default_mclass(), 0, from->data, (ssize_t)from->length);
  if (msg == NULL) return 0;
  sip_t *sip = sip_object(msg);
  size_t sum = 0;
  if (sip != NULL && sip->sip_error == NULL && sip->sip_via != NULL && sip->sip_from != NULL && sip->sip_to != NULL &&
      sip->sip_call_id != NULL && sip->sip_cseq != NULL && sip->sip_contact != NULL) {
    sum = strlen(sip->sip_via->v_branch) + strlen(sip->sip_call_id->i_id) + sip->sip_cseq->cs_seq +
          strlen(sip->sip_from->a_url->url_host) + strlen(sip->sip_to->a_url->url_host) +
          strlen(sip->sip_contact->m_url->url_host);
  }
  msg_destroy(msg);
  return sum;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc - 2 > MOST_FILES) return 2;
  double seconds = atof(argv[1]);
  int count = argc - 2;
  for (int i = 0; i < count; i++) {
    FILE *file = fopen(argv[i + 2], "rb");
    if (file == NULL) return 2;
    invites[i].length = fread(invites[i].data, 1, LARGEST, file);
    fclose(file);
    if (read_invite(&invites[i]) == 0) {
      fprintf(stderr, "%s was not understood\n", argv[i + 2]);
      return 1;
    }
  }
  double best = 0;
  double used = 0;
  size_t sink = 0;
  while (used < seconds) {
    clock_t start = clock();
    for (int turn = 0; turn < BATCH; turn++) sink += read_invite(&invites[turn % count]);
    double round = (double)(clock() - start) / CLOCKS_PER_SEC;
    used += round;
    if (BATCH / round > best) best = BATCH / round;
  }
  printf("%.0f\n", best);
  return sink == 0;
}
