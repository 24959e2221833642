import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Codec, Decoder, Encoder } from './codec';
import type { EncoderRequest } from './codec-definition';
import { defineCodec } from './define-codec';

const encoder = (frameSamples: number): Encoder => ({ frameSamples, encode: () => 1, reset() {} });
const decoder: Decoder = { decode: () => -1, conceal: (_out, samples) => samples, reset() {} };

const base = {
  name: 'X-TYPES',
  sampleRate: 8000,
  clockRate: 8000,
  channels: 1,
  maxPayloadBytes: () => 33,
  createEncoder: ({ frameDuration }: { frameDuration: number }) => encoder(frameDuration * 8),
  createDecoder: () => decoder,
} as const;

const mute = () => ({ ...decoder, conceal: undefined });
const giving = () => ({ ...encoder(160), encode: () => new Uint8Array() });
const of30 = (_: EncoderRequest<30>) => encoder(240);
const half = { offer: () => 'mode=20' };

/** Definitions that do not compile, each with the one mistake that is named. None is run. */
function mistakes(): void {
  // @ts-expect-error no frame duration at all
  defineCodec({ ...base, frameDurations: [], defaultFrameDuration: 20 });
  // @ts-expect-error a default that is not on the list
  defineCodec({ ...base, frameDurations: [20, 40], defaultFrameDuration: 30 });
  // @ts-expect-error a dynamic payload type
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, payloadType: 96 });
  // @ts-expect-error a payload type that table 4 of RFC 3551 reserves
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, payloadType: 1 });
  // @ts-expect-error three channels
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, channels: 3 });
  // @ts-expect-error no concealment
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, createDecoder: mute });
  // @ts-expect-error an encoder that gives the payload, in place of writing it
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, createEncoder: giving });
  // @ts-expect-error an encoder that can only make what is not on the list
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, createEncoder: of30 });
  // @ts-expect-error no name
  defineCodec({ ...base, name: undefined, frameDurations: [20], defaultFrameDuration: 20 });
  // @ts-expect-error half of the format parameters
  defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20, fmtp: half });
}

describe('the types of a definition', () => {
  test('know the frame durations of a literal list', () => {
    const codec = defineCodec({
      ...base,
      frameDurations: [20, 30],
      defaultFrameDuration: 30,
      maxPayloadBytes(frameDuration) {
        expectTypeOf(frameDuration).toEqualTypeOf<20 | 30>();
        // An object with an entry for each is complete.
        return { 20: 38, 30: 50 }[frameDuration];
      },
      createEncoder({ frameDuration, remoteFmtp }) {
        expectTypeOf(frameDuration).toEqualTypeOf<20 | 30>();
        expectTypeOf(remoteFmtp).toEqualTypeOf<string | undefined>();
        return encoder({ 20: 160, 30: 240 }[frameDuration]);
      },
    });
    expectTypeOf(codec).toEqualTypeOf<Codec>();
    expect(codec.createEncoder().frameSamples).toBe(240);
    expect(codec.createEncoder({ frameDuration: 20 }).frameSamples).toBe(160);
    expect(codec.maxPayloadBytes(20)).toBe(38);
  });

  test('take a list that is only known when the program runs', () => {
    const frameDurations = Array.from({ length: 3 }, (_, i) => 20 * (i + 1));
    expect(defineCodec({ ...base, frameDurations, defaultFrameDuration: 60 }).frameDurations).toEqual([20, 40, 60]);
  });

  test('take a codec that is defined already', () => {
    const codec = defineCodec({ ...base, frameDurations: [20], defaultFrameDuration: 20 });
    expect(defineCodec({ ...codec, name: 'X-OTHER' }).createEncoder().frameSamples).toBe(160);
  });

  test('refuse what the compiler can see', () => {
    expect(mistakes).toBeTypeOf('function');
  });
});
