import type { Codec } from '../contract/codec';
import { type Check, expectEqual } from './check';
import { Coder, framesIn, roomFor, speechOf } from './coder';
import { measureSnr } from './signals';

/** Level a stream may still have after a second without packets. */
const SILENT = 1000;
/** How well the audio of half a second after a loss must agree with that of a stream without, in dB. */
const RECOVERED_SNR = 15;

/** Lost packets are made up for, quietly fade, and leave no trace. */
export function lossChecks(codec: Codec): Check[] {
  return [
    [
      'concealment gives as many samples as asked for, whatever the number',
      () => {
        const coder = new Coder(codec);
        coder.through(speechOf(codec, 10));
        const room = roomFor(codec);
        const tenMs = codec.sampleRate / 100;
        for (const samples of [tenMs, coder.encoder.frameSamples, 1, tenMs + 7, 6 * tenMs]) {
          expectEqual(coder.decoder.conceal(room, samples), samples, 'samples concealed');
        }
      },
    ],
    [
      'before the first packet concealment is silence',
      () => {
        const { decoder, encoder, pcm } = new Coder(codec);
        pcm.fill(0x7fff);
        expectEqual(decoder.conceal(pcm, encoder.frameSamples), encoder.frameSamples, 'samples concealed');
        const loudest = peak(pcm.subarray(0, encoder.frameSamples * codec.channels));
        if (loudest > SILENT) throw new Error(`it is at ${loudest}`);
      },
    ],
    [
      'a stream that breaks off falls silent within a second',
      () => {
        const coder = new Coder(codec);
        coder.through(speechOf(codec, 20));
        for (let lost = 0; lost < framesIn(codec, 1000); lost++) {
          coder.decoder.conceal(coder.pcm, coder.encoder.frameSamples);
        }
        const loudest = peak(coder.pcm.subarray(0, coder.length));
        if (loudest > SILENT) throw new Error(`it is still at ${loudest}`);
      },
    ],
    [
      'half a second after a loss the audio is what it would have been without',
      () => {
        const frames = framesIn(codec, 2000);
        const firstLost = framesIn(codec, 500);
        const speech = speechOf(codec, frames);
        const whole = new Coder(codec).through(speech);
        const coder = new Coder(codec);
        const broken = coder.through(speech, (frame) => frame >= firstLost && frame < firstLost + 3);
        const after = (firstLost + 3 + framesIn(codec, 500)) * coder.length;
        const snr = measureSnr(whole.subarray(after), broken.subarray(after));
        if (!(snr >= RECOVERED_SNR)) throw new Error(`it agrees to ${snr.toFixed(1)} dB, not ${RECOVERED_SNR}`);
      },
    ],
  ];
}

function peak(pcm: Int16Array): number {
  let loudest = 0;
  for (const sample of pcm) loudest = Math.max(loudest, Math.abs(sample));
  return loudest;
}
