import { type Check, type Checks, expectEqual } from './check';
import { Coder, framesIn, roomFor, speechOf } from './coder';
import { measureSnr } from './signals';

/** Speech survives, and full-scale input does not break the stream. */
export const qualityChecks: Checks = (codec, { minimumSnr, delay }) => {
  const checks: Check[] = [
    [
      'square waves at full scale are encoded and decoded like anything else',
      () => {
        const coder = new Coder(codec);
        const loud = Int16Array.from({ length: coder.length * 20 }, (_, i) => ((i >> 4) & 1 ? 32767 : -32768));
        coder.through(loud);
        coder.through(new Int16Array(loud.length));
        expectEqual(
          coder.decoder.conceal(roomFor(codec), coder.encoder.frameSamples),
          coder.encoder.frameSamples,
          'samples',
        );
      },
    ],
  ];
  if (minimumSnr > 0) {
    checks.push([
      `speech comes back with at least ${minimumSnr} dB of signal-to-noise ratio`,
      () => {
        const speech = speechOf(codec, framesIn(codec, 2000));
        const snr = measureSnr(speech, new Coder(codec).through(speech), delay * codec.channels);
        if (!(snr >= minimumSnr)) throw new Error(`it comes back with ${snr.toFixed(1)} dB`);
      },
    ]);
  }
  return checks;
};
