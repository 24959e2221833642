import { describe, expect, test } from 'vitest';
import type { Codec, EncoderOptions } from './codec';
import { defineCodec } from './define-codec';
import { CodecError } from './errors';

const good: Codec = {
  name: 'X-TEST',
  sampleRate: 16000,
  clockRate: 8000,
  channels: 1,
  frameDurations: [10, 20],
  defaultFrameDuration: 20,
  maxPayloadBytes: () => 80,
  createEncoder: () => ({ frameSamples: 320, encode: () => 0, reset() {} }),
  createDecoder: () => ({ decode: () => -1, conceal: (_out, samples) => samples, reset() {} }),
};

describe('defineCodec', () => {
  test.each<[Partial<Record<keyof Codec, unknown>>, string]>([
    [{ name: 'two words' }, 'its name must be an encoding name'],
    [{ name: undefined }, 'its name must be an encoding name'],
    [{ name: 'PCMU\r\na=evil' }, 'its name must be an encoding name'],
    [{ sampleRate: 8000.5 }, 'sampleRate must be a whole number of Hz'],
    [{ clockRate: 0 }, 'clockRate must be a whole number of Hz'],
    [{ channels: 3 }, '1 or 2 channels'],
    [{ payloadType: 96 }, 'leave it out for a dynamic one'],
    [{ frameDurations: [] }, 'at least one frame duration'],
    [{ frameDurations: [20, 10] }, 'must ascend'],
    [{ frameDurations: [20, 20] }, 'must ascend'],
    [{ frameDurations: [20, 200] }, 'not between 0 and 120 ms'],
    [{ frameDurations: [0.01, 20] }, 'no whole number of samples'],
    [{ frameDurations: [Number.NaN] }, 'not between'],
    [{ defaultFrameDuration: 30 }, 'must be one of those it lists'],
    [{ maxPayloadBytes: () => 0 }, 'maxPayloadBytes(10)'],
    [{ maxPayloadBytes: () => 70_000 }, 'maxPayloadBytes(10)'],
    [{ createDecoder: undefined }, 'createDecoder must be a function'],
    [{ fmtp: {} }, 'offer and negotiate'],
    [{ fmtp: null }, 'offer and negotiate'],
    [{ fmtp: { offer: () => undefined, negotiate: () => ({}), frameDurations: [20] } }, 'frameDurations of fmtp'],
  ])('%# refuses a description that cannot work, and says why', (changes, reason) => {
    const define = () => defineCodec({ ...good, ...changes } as Codec);
    expect(define).toThrowError(CodecError);
    expect(define).toThrowError(reason);
    expect(define).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_DEFINITION' }));
  });

  test.each([undefined, null, 'GSM'])('%s is no description', (nothing) => {
    expect(() => defineCodec(nothing as never)).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_DEFINITION', message: expect.stringContaining('must be an object') }),
    );
  });

  test('the clock rate need not be the sample rate (G.722, RFC 3551 §4.5.2)', () => {
    expect(defineCodec(good)).toMatchObject({ sampleRate: 16000, clockRate: 8000 });
  });

  test('an encoder is asked for a frame duration the codec lists, its default when none is named', () => {
    const asked: EncoderOptions[] = [];
    const codec = defineCodec({
      ...good,
      createEncoder: (options) => {
        asked.push(options);
        return { ...good.createEncoder(), frameSamples: options.frameDuration * 16 };
      },
    });
    codec.createEncoder();
    codec.createEncoder({ frameDuration: 10, remoteFmtp: 'mode=20' });
    expect(asked).toEqual([{ frameDuration: 20 }, { frameDuration: 10, remoteFmtp: 'mode=20' }]);
    expect(() => codec.createEncoder({ frameDuration: 30 })).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_OPTIONS', message: expect.stringContaining('10, 20 ms') }),
    );
  });

  test('format parameters may say which frame durations a peer takes (iLBC, RFC 3952 §5)', () => {
    const codec = defineCodec({
      ...good,
      fmtp: {
        offer: () => 'short=1',
        negotiate: () => ({}),
        frameDurations: (remote) => (remote === 'short=1' ? [10] : [10, 20]),
      },
      createEncoder: ({ frameDuration }) => ({ ...good.createEncoder(), frameSamples: frameDuration * 16 }),
    });
    expect(codec.createEncoder().frameSamples).toBe(320);
    expect(codec.createEncoder({ remoteFmtp: '' }).frameSamples).toBe(320);
    expect(codec.createEncoder({ remoteFmtp: 'short=1' }).frameSamples).toBe(160);
    expect(() => codec.createEncoder({ frameDuration: 20, remoteFmtp: 'short=1' })).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_OPTIONS', message: expect.stringContaining('ask for one of 10 ms') }),
    );
  });

  test.each<[Partial<Record<keyof Codec, unknown>>, string]>([
    [{ createEncoder: () => undefined }, 'createEncoder returned undefined'],
    [{ createEncoder: () => null }, 'createEncoder returned null'],
    [
      { createEncoder: () => ({ frameSamples: 320, reset() {} }) },
      'what createEncoder returned has no function encode',
    ],
    [
      { createEncoder: () => ({ frameSamples: 320, encode: () => 1 }) },
      'what createEncoder returned has no function reset',
    ],
    [
      { createEncoder: () => ({ frameSamples: 160, encode: () => 1, reset() {} }) },
      'its encoder says frameSamples 160, but 20 ms at 16000 Hz are 320',
    ],
  ])('%# an encoder that is none is found when it is made, not in a call', (changes, reason) => {
    const codec = defineCodec({ ...good, ...changes } as Codec);
    expect(() => codec.createEncoder()).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_DEFINITION', message: `Codec X-TEST: ${reason}.` }),
    );
  });

  test.each<[unknown, string]>([
    [undefined, 'createDecoder returned undefined'],
    [{ conceal: () => 0, reset() {} }, 'what createDecoder returned has no function decode'],
    [{ decode: () => -1, reset() {} }, 'what createDecoder returned has no function conceal'],
  ])('%# nor is a decoder', (made, reason) => {
    const codec = defineCodec({ ...good, createDecoder: () => made } as Codec);
    expect(() => codec.createDecoder()).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_DEFINITION', message: `Codec X-TEST: ${reason}.` }),
    );
  });

  test('a codec may be a class; what comes out cannot be changed', () => {
    class Counting {
      readonly name = 'X-CLASS';
      readonly sampleRate = 8000;
      readonly clockRate = 8000;
      readonly channels = 1;
      readonly frameDurations = [20];
      readonly defaultFrameDuration = 20;
      #bytes = 33;
      maxPayloadBytes() {
        return this.#bytes;
      }
      createEncoder() {
        return good.createEncoder();
      }
      createDecoder() {
        return good.createDecoder();
      }
    }
    const codec = defineCodec(new Counting());
    expect(codec.maxPayloadBytes(20)).toBe(33);
    expect(codec.createDecoder().decode(new Uint8Array(), new Int16Array())).toBe(-1);
    expect(() => Object.assign(codec, { name: 'other' })).toThrow(TypeError);
  });
});
