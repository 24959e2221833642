/*
 * SpanDSP's G.711, G.722 and GSM 06.10, and libopus, in C, for tests and benchmarks beside ours. A frame is 20 ms; PCM is s16le, mono.
 *
 *   yardstick pcmu | pcma | gsm encode | decode   8 kHz PCM to bytes, and back
 *   yardstick g722 encode | decode       16 kHz PCM to bytes, and back
 *   yardstick opus encode RATE COMPLEXITY  48 kHz PCM to packets, each behind its length in two bytes, low one first
 *   yardstick opus decode                packets to 48 kHz PCM; a length of zero is a lost packet, which is concealed
 *
 * Reads standard input to its end, works through it as often as REPEAT in the environment says (1 when absent), writes the
 * result to standard output, and the seconds of CPU that the fastest round took to standard error.
 */
#include <opus/opus.h>
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LARGEST 4000

static unsigned char *input;
static size_t input_length;
static unsigned char *output;
static size_t output_length;

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void read_all(void)
{
    size_t room = 1 << 20;
    size_t got;

    input = malloc(room);
    while ((got = fread(input + input_length, 1, room - input_length, stdin)) > 0) {
        input_length += got;
        if (input_length == room)
            input = realloc(input, room *= 2);
    }
}

static void g722_encode_all(void)
{
    g722_encode_state_t *state = g722_encode_init(NULL, 64000, 0);

    for (size_t at = 0; at + 640 <= input_length; at += 640)
        output_length += g722_encode(state, output + output_length, (int16_t *) (input + at), 320);
    g722_encode_free(state);
}

static void g722_decode_all(void)
{
    g722_decode_state_t *state = g722_decode_init(NULL, 64000, 0);

    for (size_t at = 0; at + 160 <= input_length; at += 160)
        output_length += 2 * g722_decode(state, (int16_t *) (output + output_length), input + at, 160);
    g722_decode_free(state);
}

static void g711_encode_all(int law)
{
    g711_state_t *state = g711_init(NULL, law);

    for (size_t at = 0; at + 320 <= input_length; at += 320)
        output_length += g711_encode(state, output + output_length, (int16_t *) (input + at), 160);
    g711_free(state);
}

static void g711_decode_all(int law)
{
    g711_state_t *state = g711_init(NULL, law);

    for (size_t at = 0; at + 160 <= input_length; at += 160)
        output_length += 2 * g711_decode(state, (int16_t *) (output + output_length), input + at, 160);
    g711_free(state);
}

static void gsm_encode_all(void)
{
    gsm0610_state_t *state = gsm0610_init(NULL, GSM0610_PACKING_VOIP);

    for (size_t at = 0; at + 320 <= input_length; at += 320)
        output_length += gsm0610_encode(state, output + output_length, (int16_t *) (input + at), 160);
    gsm0610_free(state);
}

static void gsm_decode_all(void)
{
    gsm0610_state_t *state = gsm0610_init(NULL, GSM0610_PACKING_VOIP);

    for (size_t at = 0; at + 33 <= input_length; at += 33)
        output_length += 2 * gsm0610_decode(state, (int16_t *) (output + output_length), input + at, 33);
    gsm0610_free(state);
}

static void opus_encode_all(int rate, int complexity)
{
    int error;
    OpusEncoder *state = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error);

    opus_encoder_ctl(state, OPUS_SET_BITRATE(rate));
    opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(complexity));
    for (size_t at = 0; at + 1920 <= input_length; at += 1920) {
        int bytes = opus_encode(state, (int16_t *) (input + at), 960, output + output_length + 2, LARGEST);

        output[output_length] = bytes & 0xff;
        output[output_length + 1] = bytes >> 8;
        output_length += 2 + bytes;
    }
    opus_encoder_destroy(state);
}

static void opus_decode_all(void)
{
    int error;
    OpusDecoder *state = opus_decoder_create(48000, 1, &error);

    for (size_t at = 0; at + 2 <= input_length;) {
        int bytes = input[at] | input[at + 1] << 8;
        int16_t *pcm = (int16_t *) (output + output_length);
        int samples = bytes > 0 ? opus_decode(state, input + at + 2, bytes, pcm, 5760, 0)
                                : opus_decode(state, NULL, 0, pcm, 960, 0);

        if (samples < 0)
            exit(3);
        output_length += 2 * samples;
        at += 2 + bytes;
    }
    opus_decoder_destroy(state);
}

static void work(int argc, char **argv)
{
    int encode = !strcmp(argv[2], "encode");

    if (!strcmp(argv[1], "g722"))
        encode ? g722_encode_all() : g722_decode_all();
    else if (!strcmp(argv[1], "gsm"))
        encode ? gsm_encode_all() : gsm_decode_all();
    else if (!strncmp(argv[1], "pcm", 3)) {
        int law = !strcmp(argv[1], "pcmu") ? G711_ULAW : G711_ALAW;

        encode ? g711_encode_all(law) : g711_decode_all(law);
    } else if (encode && argc > 4)
        opus_encode_all(atoi(argv[3]), atoi(argv[4]));
    else
        opus_decode_all();
}

int main(int argc, char **argv)
{
    const char *repeat = getenv("REPEAT");
    double best = 1e9;

    if (argc < 3)
        return 2;
    read_all();
    output = malloc(input_length * 200 + 1000000);
    for (int round = repeat ? atoi(repeat) : 1; round > 0; round--) {
        double start = cpu();

        output_length = 0;
        work(argc, argv);
        if (cpu() - start < best)
            best = cpu() - start;
    }
    fwrite(output, 1, output_length, stdout);
    fprintf(stderr, "%.9f\n", best);
    return 0;
}
