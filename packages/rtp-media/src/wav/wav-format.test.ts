import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MediaError } from '../platform/errors';
import { encodeWav, readWav } from './wav-format';

/** A WAV with any format, written apart from the code under test. */
function wav(o: { tag: number; channels: number; rate: number; bits: number; data: Uint8Array; before?: Uint8Array }) {
  const fmt = Buffer.alloc(24);
  fmt.write('fmt ');
  fmt.writeUInt32LE(16, 4);
  fmt.writeUInt16LE(o.tag, 8);
  fmt.writeUInt16LE(o.channels, 10);
  fmt.writeUInt32LE(o.rate, 12);
  fmt.writeUInt32LE((o.rate * o.channels * o.bits) / 8, 16);
  fmt.writeUInt16LE((o.channels * o.bits) / 8, 20);
  fmt.writeUInt16LE(o.bits, 22);
  const data = Buffer.alloc(8);
  data.write('data');
  data.writeUInt32LE(o.data.length, 4);
  const body = Buffer.concat([Buffer.from('WAVE'), fmt, o.before ?? Buffer.alloc(0), data, o.data]);
  const riff = Buffer.alloc(8);
  riff.write('RIFF');
  riff.writeUInt32LE(body.length, 4);
  return Buffer.concat([riff, body]);
}

function bytes(size: number, write: (view: DataView) => void): Uint8Array {
  const array = new Uint8Array(size);
  write(new DataView(array.buffer));
  return array;
}

describe('WAV', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 50 }), fc.constantFrom(8000, 16_000, 44_100), (samples, sampleRate) => {
        expect(readWav(encodeWav(samples, sampleRate))).toEqual({ sampleRate, channels: 1, samples });
      }),
    );
  });

  test.each([
    ['8 bits', 1, 8, Uint8Array.of(128, 255, 0), [0, 127 * 256, -32_768]],
    ['16 bits', 1, 16, Uint8Array.of(1, 0, 0xff, 0x7f, 0, 0x80), [1, 32_767, -32_768]],
    ['24 bits', 1, 24, Uint8Array.of(0, 1, 0, 0xff, 0xff, 0x7f, 0, 0, 0x80), [1, 32_767, -32_768]],
    ['32 bits', 1, 32, Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0x80), [1, -32_768]],
    [
      'floating point',
      3,
      32,
      bytes(16, (view) => [0.5, -1, 2, Number.NaN].forEach((value, i) => void view.setFloat32(i * 4, value, true))),
      [16_384, -32_767, 32_767, 0],
    ],
    ['double precision', 3, 64, bytes(8, (view) => view.setFloat64(0, -0.25, true)), [-8192]],
  ])('reads %s', (_what, tag, bits, data, samples) => {
    expect([...readWav(wav({ tag, bits, channels: 1, rate: 8000, data })).samples]).toEqual(samples);
  });

  test('mixes channels into one', () => {
    const data = bytes(8, (view) =>
      [1000, 3000, -5, -10].forEach((value, i) => void view.setInt16(i * 2, value, true)),
    );
    expect(readWav(wav({ tag: 1, bits: 16, channels: 2, rate: 48_000, data }))).toEqual({
      sampleRate: 48_000,
      channels: 2,
      samples: Int16Array.of(2000, -7),
    });
  });

  test('passes over chunks it does not know, odd ones too', () => {
    const before = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0, 1, 2, 3, 0])]);
    const data = Uint8Array.of(5, 0);
    expect([...readWav(wav({ tag: 1, bits: 16, channels: 1, rate: 8000, data, before })).samples]).toEqual([5]);
  });

  test('a recording whose size was never filled in is read to its end', () => {
    const file = encodeWav(Int16Array.of(1, 2, 3), 8000);
    for (const size of [0, 0xffff_ffff, 1000]) {
      new DataView(file.buffer).setUint32(40, size, true);
      expect([...readWav(file).samples]).toEqual([1, 2, 3]);
    }
    expect([...readWav(file.subarray(0, 47)).samples]).toEqual([1]);
  });

  test.each([
    ['nothing', new Uint8Array(0), 'RIFF'],
    ['a text', Buffer.from('This is not a recording at all.'), 'RIFF'],
    ['a header alone', encodeWav(new Int16Array(0), 8000).subarray(0, 36), 'no audio'],
    ['RIFF alone', Buffer.from('RIFF\0\0\0\0WAVE'), 'no format'],
    ['µ-law', wav({ tag: 7, bits: 8, channels: 1, rate: 8000, data: Uint8Array.of(1) }), 'µ-law'],
    ['12 bits', wav({ tag: 1, bits: 12, channels: 2, rate: 8000, data: Uint8Array.of(1) }), '12 bits'],
    ['no channels', wav({ tag: 1, bits: 16, channels: 0, rate: 8000, data: Uint8Array.of(1) }), '0 channels'],
    ['no rate', wav({ tag: 1, bits: 16, channels: 1, rate: 0, data: Uint8Array.of(1) }), '0 Hz'],
  ])('refuses %s with a reason', (_what, file, reason) => {
    expect(() => readWav(file)).toThrow(reason);
    expect(() => readWav(file)).toThrow(MediaError);
    try {
      readWav(file);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_WAV_FORMAT' });
    }
  });

  test('no bytes make it throw anything else', () => {
    const file = wav({ tag: 1, bits: 16, channels: 1, rate: 8000, data: new Uint8Array(20) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const broken = Uint8Array.from(file);
        for (const [at, value] of changes) broken[at] = value;
        try {
          readWav(broken);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_WAV_FORMAT' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
