import type { Codec } from '../contract/codec';
import { type Check, expectEqual, expectSame } from './check';
import { Coder, speechOf } from './coder';

/** Frames have the sizes the codec says, and nothing else is touched. */
export function frameChecks(codec: Codec): Check[] {
  const ofEachDuration = codec.frameDurations.map(
    (duration): Check => [
      `a frame of ${duration} ms is encoded within its limit and decoded to its length`,
      () => {
        const coder = new Coder(codec, duration);
        expectEqual(coder.encoder.frameSamples, (codec.sampleRate * duration) / 1000, 'frameSamples');
        const speech = speechOf(codec, 50, duration);
        for (let frame = 0; frame < 50; frame++) {
          const bytes = coder.encode(speech, frame);
          if (!(Number.isInteger(bytes) && bytes >= 0 && bytes <= coder.payload.length)) {
            throw new Error(`encode answered ${bytes}; maxPayloadBytes(${duration}) is ${coder.payload.length}`);
          }
          if (bytes > 0) expectEqual(coder.decode(bytes), coder.encoder.frameSamples, 'samples decoded');
        }
      },
    ],
  );
  return [
    ...ofEachDuration,
    [
      'a frame duration it does not list is refused with ERR_CODEC_OPTIONS',
      () => {
        const duration = codec.frameDurations.includes(7.3) ? 7.7 : 7.3;
        try {
          codec.createEncoder({ frameDuration: duration });
        } catch (error) {
          expectEqual((error as { code?: string }).code, 'ERR_CODEC_OPTIONS', 'code');
          return;
        }
        throw new Error(`createEncoder accepted ${duration} ms`);
      },
    ],
    [
      'what it is given to read is not written to, and what it writes stays within its room',
      () => {
        const coder = new Coder(codec);
        const speech = speechOf(codec, 4).subarray(3 * coder.length);
        const before = speech.slice();
        const room = new Uint8Array(coder.payload.length + 8).fill(0xa5);
        const bytes = coder.encoder.encode(speech, room.subarray(4, 4 + coder.payload.length));
        expectSame(speech, before, 'the frame after encoding');
        const payload = room.slice(4, 4 + bytes);
        const pcm = new Int16Array(coder.pcm.length + 8).fill(0x5a5a);
        if (bytes > 0) coder.decoder.decode(room.subarray(4, 4 + bytes), pcm.subarray(4, 4 + coder.pcm.length));
        expectSame(room.slice(4, 4 + bytes), payload, 'the payload after decoding');
        for (const edge of [room.subarray(0, 4), room.subarray(-4)])
          expectSame(
            edge,
            edge.map(() => 0xa5),
            'beside the payload',
          );
        for (const edge of [pcm.subarray(0, 4), pcm.subarray(-4)])
          expectSame(
            edge,
            edge.map(() => 0x5a5a),
            'beside the samples',
          );
      },
    ],
  ];
}
