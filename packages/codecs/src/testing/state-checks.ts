import type { Codec } from '../contract/codec';
import { type Check, expectSame } from './check';
import { Coder, speechOf } from './coder';

/** Every stream has a state of its own, and reset clears all of it. */
export function stateChecks(codec: Codec): Check[] {
  return [
    [
      'two streams at once do not disturb each other',
      () => {
        const speech = speechOf(codec, 20);
        const alone = new Coder(codec).through(speech);
        const other = speech.map((sample) => -sample >> 1);
        const [first, second] = [new Coder(codec), new Coder(codec)];
        const decoded = new Int16Array(speech.length);
        const unused = new Int16Array(speech.length);
        for (let frame = 0; frame < 20; frame++) {
          first.step(speech, frame, decoded);
          second.step(other, frame, unused, frame % 3 === 0);
        }
        expectSame(decoded, alone, 'samples beside another stream');
      },
    ],
    [
      'reset makes encoder and decoder new, also after losses',
      () => {
        const coder = new Coder(codec);
        const speech = speechOf(codec, 20);
        const once = coder.through(speech);
        coder.reset();
        coder.through(speech, (frame) => frame % 2 === 0);
        coder.decoder.conceal(coder.pcm, coder.encoder.frameSamples);
        coder.reset();
        expectSame(coder.through(speech), once, 'samples after reset');
      },
    ],
    [
      'buffers may be used again by the caller: nothing of them is kept',
      () => {
        const speech = speechOf(codec, 20);
        const wanted = new Coder(codec).through(speech);
        const coder = new Coder(codec);
        const frame = new Int16Array(coder.length);
        const decoded = new Int16Array(speech.length);
        for (let i = 0; i < 20; i++) {
          frame.set(speech.subarray(i * coder.length, (i + 1) * coder.length));
          const bytes = coder.encoder.encode(frame, coder.payload);
          frame.fill(0x7fff);
          if (bytes > 0) coder.decode(bytes);
          else coder.decoder.conceal(coder.pcm, coder.encoder.frameSamples);
          coder.payload.fill(0xff);
          decoded.set(coder.pcm.subarray(0, coder.length), i * coder.length);
          coder.pcm.fill(0x7fff);
        }
        expectSame(decoded, wanted, 'samples with buffers overwritten');
      },
    ],
  ];
}
