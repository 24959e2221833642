/*
 * DTMF by SpanDSP, 16 bit at 8000 Hz: `dtmf tx DIGITS ON OFF` writes digits, of ON ms with OFF ms between, to standard output;
 * `dtmf rx` reads audio from standard input and prints the digits in it.
 */
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int transmit(const char *digits, int on, int off)
{
    int16_t frame[160];
    int count;
    dtmf_tx_state_t *tones = dtmf_tx_init(NULL);

    dtmf_tx_set_timing(tones, on, off);
    /* Its queue is short: what does not fit waits for the next round. */
    while (*digits || (count = dtmf_tx(tones, frame, 160)) > 0) {
        if (*digits) {
            char one[2] = {*digits, 0};
            if (dtmf_tx_put(tones, one, 1) == 0)
                digits++;
            count = dtmf_tx(tones, frame, 160);
        }
        fwrite(frame, sizeof(frame[0]), (size_t) count, stdout);
    }
    return 0;
}

static int receive(void)
{
    int16_t frame[160];
    char digits[129];
    size_t count;
    dtmf_rx_state_t *detector = dtmf_rx_init(NULL, NULL, NULL);

    while ((count = fread(frame, sizeof(frame[0]), 160, stdin)) > 0) {
        dtmf_rx(detector, frame, (int) count);
        digits[dtmf_rx_get(detector, digits, 128)] = 0;
        fputs(digits, stdout);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    if (argc == 5 && strcmp(argv[1], "tx") == 0)
        return transmit(argv[2], atoi(argv[3]), atoi(argv[4]));
    return argc == 2 && strcmp(argv[1], "rx") == 0 ? receive() : 2;
}
