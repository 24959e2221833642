import type { Codec } from '../contract/codec';
import { type Check, expectEqual, expectSame } from './check';
import { Coder, roomFor, speechOf } from './coder';
import { seededRandom } from './signals';

/** Nothing that comes from the network makes a decoder throw, or answer what the contract does not have. */
export function hostileChecks(codec: Codec): Check[] {
  const decodeAnything = (payloads: Iterable<Uint8Array>) => {
    const coder = new Coder(codec);
    const speech = speechOf(codec, 20);
    const wanted = coder.through(speech);
    const room = roomFor(codec);
    for (const payload of payloads) {
      const samples = coder.decoder.decode(payload, room);
      if (!(Number.isInteger(samples) && samples >= -1 && samples * codec.channels <= room.length)) {
        throw new Error(`decode answered ${samples} to ${payload.length} bytes`);
      }
      if (samples < 0) coder.decoder.conceal(room, coder.encoder.frameSamples);
    }
    coder.reset();
    expectSame(coder.through(speech), wanted, 'samples after hostile payloads and reset');
  };
  return [
    [
      'an empty payload is undecodable',
      () => expectEqual(codec.createDecoder().decode(new Uint8Array(0), roomFor(codec)), -1, 'decode'),
    ],
    ['random payloads neither throw nor leave a trace after reset', () => decodeAnything(randomPayloads(2000))],
    ['nor do payloads that were cut short, lengthened or damaged', () => decodeAnything(damagedPayloads(codec))],
    [
      'nor do any as the packet after a loss, and what it corrects is a number of samples',
      () => {
        const coder = new Coder(codec);
        const { decoder } = coder;
        const speech = speechOf(codec, 20);
        const wanted = coder.through(speech);
        const room = roomFor(codec);
        const { frameSamples } = coder.encoder;
        for (const payloads of [randomPayloads(500), damagedPayloads(codec)]) {
          for (const payload of payloads) {
            const corrected = decoder.corrects?.(payload) ?? 0;
            if (!(Number.isInteger(corrected) && corrected >= 0)) throw new Error(`corrects answered ${corrected}`);
            expectEqual(decoder.conceal(room, frameSamples, payload), frameSamples, 'samples concealed');
          }
        }
        coder.reset();
        expectSame(coder.through(speech), wanted, 'samples after hostile payloads and reset');
      },
    ],
    [
      'a payload with more audio than there is room for is undecodable, or cut to the room',
      () => {
        const coder = new Coder(codec);
        const bytes = coder.encode(speechOf(codec, 2), 1);
        const room = new Int16Array(codec.channels);
        const samples = coder.decoder.decode(coder.payload.subarray(0, bytes), room);
        if (samples > 1) throw new Error(`decode answered ${samples} into room for 1`);
      },
    ],
  ];
}

function* randomPayloads(count: number): Iterable<Uint8Array> {
  const random = seededRandom(12345);
  for (let i = 0; i < 256; i++) yield Uint8Array.of(i);
  for (let i = 0; i < count; i++) yield Uint8Array.from({ length: random() % 1500 }, () => random() & 0xff);
}

function* damagedPayloads(codec: Codec): Iterable<Uint8Array> {
  const random = seededRandom(54321);
  const coder = new Coder(codec);
  const speech = speechOf(codec, 40);
  for (let frame = 0; frame < 40; frame++) {
    const whole = coder.payload.slice(0, coder.encode(speech, frame));
    if (whole.length === 0) continue;
    for (let cut = 0; cut < whole.length; cut += 1 + (random() % 16)) yield whole.slice(0, cut);
    yield Uint8Array.of(...whole, ...whole);
    for (let trial = 0; trial < 20; trial++) {
      const damaged = whole.slice();
      damaged[random() % damaged.length]! ^= 1 << (random() % 8);
      yield damaged;
    }
  }
}
