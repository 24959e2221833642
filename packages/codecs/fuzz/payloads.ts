import type { Chance } from '../../../tooling/fuzz/chance';
import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { type Codec, createIlbc, g722, ilbc, l16x8, l16x16, pcma, pcmu } from '../src/index';

const codecs = [ilbc, createIlbc({ mode: 20 }), g722, pcmu, pcma, l16x8, l16x16] as const;
/** iLBC has the most to lose. */
const weights = [0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 5, 6];
const FRAMES = 12;
/** Samples of 120 ms at 48 kHz. */
const ROOM = 5760;
/** How much louder or quieter the last good frame may be than it is without a hostile past. */
const ALIKE = 4;

/** A steady voice at 140 Hz: the last frame is as loud as the others. */
const vowel = (samples: number, rate: number) =>
  Int16Array.from({ length: samples }, (_, i) =>
    [1, 0.7, 0.8, 0.3, 0.2].reduce(
      (sum, level, k) => sum + 3000 * level * Math.sin((2 * Math.PI * 140 * (k + 1) * i) / rate + k),
      0,
    ),
  );

/** Good payloads of each codec, and what its decoder makes of the last of them. */
const good = codecs.map((codec) => {
  const encoder = codec.createEncoder();
  const { frameSamples } = encoder;
  const speech = vowel(frameSamples * FRAMES, codec.sampleRate);
  const room = new Uint8Array(codec.maxPayloadBytes(codec.defaultFrameDuration));
  const payloads = Array.from({ length: FRAMES }, (_, i) =>
    room.slice(0, encoder.encode(speech.subarray(i * frameSamples, (i + 1) * frameSamples), room)),
  );
  return { payloads, frameSamples, heard: hear(codec.createDecoder(), payloads) };
});

/** Feeds payloads, an empty one standing for a loss; what came of the last. @throws Error when one breaks the contract */
function hear(decoder: ReturnType<Codec['createDecoder']>, payloads: readonly Uint8Array[]): Int16Array {
  const pcm = new Int16Array(ROOM + 1);
  let samples = 0;
  for (const payload of payloads) {
    pcm[ROOM] = 0x5a5a;
    samples = decoder.decode(payload, pcm.subarray(0, ROOM));
    if (samples === 0 || samples > ROOM || samples < -1) throw new Error(`decode answered ${samples}`);
    if (samples === -1) {
      samples = 160;
      const concealed = decoder.conceal(pcm.subarray(0, ROOM), samples);
      if (concealed !== samples) throw new Error(`conceal answered ${concealed}`);
    }
    if (pcm[ROOM] !== 0x5a5a) throw new Error('it writes past its room');
  }
  return pcm.slice(0, samples);
}

const noise = (chance: Chance, length: number) => Uint8Array.from({ length }, () => chance.below(256));

function payload(chance: Chance, frames: readonly Uint8Array[]): Uint8Array {
  const frame = chance.pick(frames);
  switch (chance.below(6)) {
    case 0:
      return noise(chance, chance.below(400));
    case 1:
      return noise(chance, frame.length * (1 + chance.below(4)));
    case 2:
      return frame.slice(0, chance.below(frame.length));
    case 3:
      return new Uint8Array(chance.pick([0, frame.length, 38, 50])).fill(chance.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]));
    default: {
      const damaged = frame.slice();
      for (let flips = chance.below(8); flips > 0; flips--) {
        damaged[chance.below(damaged.length)]! ^= 1 << chance.below(8);
      }
      return damaged;
    }
  }
}

/** Payloads of our codecs, but for Opus, which is libopus. */
export const payloads: FuzzTarget = {
  name: 'payloads',
  promise: 'whatever a payload is, a decoder answers within its room, and good audio after it is good again',
  usual: 600,
  make(chance) {
    const index = chance.pick(weights);
    return [Uint8Array.of(index), ...chance.some(1, 40, () => payload(chance, good[index]!.payloads))];
  },
  check([selected, ...hostile]) {
    const index = selected?.[0] ?? 0;
    const codec = codecs[index]!;
    const { payloads: usual, heard } = good[index]!;
    const decoder = codec.createDecoder();
    hear(decoder, hostile);
    const after = levelOf(hear(decoder, usual));
    const without = levelOf(heard);
    if (!(after < without * ALIKE && after > without / ALIKE)) {
      throw new Error(`${codec.name}: its level is ${after.toFixed()} afterwards, ${without.toFixed()} without`);
    }
    decoder.reset();
    if (hear(decoder, usual).some((sample, i) => sample !== heard[i]))
      throw new Error(`${codec.name}: reset leaves traces`);
  },
};

const levelOf = (pcm: Int16Array) => Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
