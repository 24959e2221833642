import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Codec, EncoderOptions } from '../contract/codec';
import { codecConformance, measureSnr, seededRandom, speechLike } from '../testing';
import { createIlbc, ilbc } from './ilbc';

const RATE = 8000;
const of20 = createIlbc({ mode: 20 });
const modes = [
  { mode: 20, codec: of20, bytes: 38, delay: 40 },
  { mode: 30, codec: ilbc, bytes: 50, delay: 80 },
] as const;

function encode(codec: Codec, pcm: Int16Array, frameDuration = codec.defaultFrameDuration): Uint8Array[] {
  const encoder = codec.createEncoder({ frameDuration });
  const { frameSamples } = encoder;
  const out = new Uint8Array(codec.maxPayloadBytes(frameDuration));
  return Array.from({ length: Math.floor(pcm.length / frameSamples) }, (_, i) =>
    out.slice(0, encoder.encode(pcm.subarray(i * frameSamples, (i + 1) * frameSamples), out)),
  );
}

function decode(codec: Codec, payloads: readonly Uint8Array[]): Int16Array {
  const decoder = codec.createDecoder();
  const pcm = new Int16Array(960);
  const all: number[] = [];
  for (const payload of payloads) all.push(...pcm.subarray(0, decoder.decode(payload, pcm)));
  return Int16Array.from(all);
}

describe('iLBC', () => {
  test('is iLBC/8000 with packets of one or more frames of 38 or 50 bytes (RFC 3952 §2)', () => {
    expect(ilbc).toMatchObject({ name: 'iLBC', clockRate: 8000, sampleRate: 8000, defaultFrameDuration: 30 });
    const speech = speechLike(RATE, RATE);
    expect(new Set(encode(of20, speech).map(({ length }) => length))).toEqual(new Set([38]));
    expect(new Set(encode(ilbc, speech).map(({ length }) => length))).toEqual(new Set([50]));
    expect(new Set(encode(ilbc, speech, 90).map(({ length }) => length))).toEqual(new Set([150]));
    expect(() => createIlbc({ mode: 25 as 20 })).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_OPTIONS' }));
  });

  test('several frames in a packet are what they are one by one', () => {
    const speech = speechLike(RATE * 2 - ((RATE * 2) % 960), RATE);
    for (const { codec, mode } of modes) {
      const single = Buffer.concat(encode(codec, speech));
      expect(Buffer.concat(encode(codec, speech, mode * 2)).equals(single.subarray(0))).toBe(true);
      expect(decode(codec, encode(codec, speech, mode * 4))).toEqual(decode(codec, encode(codec, speech)));
    }
  });

  test('frames of 20 ms need both sides, else both use 30 (RFC 3952 §5)', () => {
    expect([ilbc.fmtp!.offer(), of20.fmtp!.offer()]).toEqual(['mode=30', 'mode=20']);
    for (const remote of [undefined, '', 'mode=20', 'mode=30']) {
      expect(ilbc.fmtp!.negotiate(remote)).toEqual({ local: 'mode=30' });
      expect(ilbc.fmtp!.frameDurations!(remote)).toEqual([30, 60, 90, 120]);
    }
    for (const remote of ['mode=20', 'x=1; mode=20', 'MODE = 20']) {
      expect(of20.fmtp!.negotiate(remote)).toEqual({ local: 'mode=20' });
      expect(of20.fmtp!.frameDurations!(remote)).toEqual([20, 40, 60, 80, 100, 120]);
    }
    for (const remote of [undefined, '', 'mode=30', 'mode=200', 'amode=20']) {
      expect(of20.fmtp!.negotiate(remote)).toEqual({ local: 'mode=30' });
      expect(of20.fmtp!.frameDurations!(remote)).toEqual([30, 60, 90, 120]);
    }
  });

  test('an encoder makes the frames that were agreed', () => {
    const bytes = (options: EncoderOptions) => {
      const encoder = of20.createEncoder(options);
      return [encoder.frameSamples, encoder.encode(new Int16Array(encoder.frameSamples), new Uint8Array(300))];
    };
    expect(bytes({})).toEqual([160, 38]);
    expect(bytes({ remoteFmtp: 'mode=20' })).toEqual([160, 38]);
    expect(bytes({ remoteFmtp: 'mode=30' })).toEqual([240, 50]);
    expect(bytes({ remoteFmtp: '' })).toEqual([240, 50]);
    expect(bytes({ frameDuration: 60, remoteFmtp: 'mode=30' })).toEqual([480, 100]);
    expect(bytes({ frameDuration: 60, remoteFmtp: 'mode=20' })).toEqual([480, 114]);
    expect(() => of20.createEncoder({ frameDuration: 20, remoteFmtp: 'mode=30' })).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_OPTIONS', message: expect.stringContaining('30, 60, 90, 120') }),
    );
  });

  test('the other frame length is decoded too, told by the bytes', () => {
    const speech = speechLike(RATE, RATE);
    expect(decode(ilbc, encode(of20, speech))).toEqual(decode(of20, encode(of20, speech)));
    expect(ilbc.createDecoder().decode(new Uint8Array(39), new Int16Array(960))).toBe(-1);
  });

  test('a frame that says that it is empty is concealed (RFC 3951 §3.8)', () => {
    const payloads = encode(ilbc, speechLike(RATE, RATE));
    const lost = payloads.map((payload, i) => {
      const copy = payload.slice();
      if (i === 20) copy[49]! |= 1;
      return copy;
    });
    const decoder = ilbc.createDecoder();
    const pcm = new Int16Array(240);
    const concealed: number[] = [];
    payloads.forEach((payload, i) => {
      if (i === 20) decoder.conceal(pcm, 240);
      else decoder.decode(payload, pcm);
      concealed.push(...pcm);
    });
    expect(decode(ilbc, lost)).toEqual(Int16Array.from(concealed));
  });

  test('concealment carries the voice on, and then falls silent', () => {
    const speech = speechLike(RATE, RATE).subarray(0, 240 * 23);
    for (const { codec, mode } of modes) {
      const decoder = codec.createDecoder();
      const pcm = new Int16Array(240);
      for (const payload of encode(codec, speech)) decoder.decode(payload, pcm);
      const level = () =>
        Math.sqrt(pcm.subarray(0, mode * 8).reduce((sum, sample) => sum + sample ** 2, 0) / (mode * 8));
      const before = level();
      decoder.conceal(pcm, mode * 8);
      expect(level()).toBeGreaterThan(before / 4);
      for (let ms = 0; ms < 300; ms += mode) decoder.conceal(pcm, mode * 8);
      expect(level()).toBeLessThan(before / 20);
    }
  });

  test('noise, silence and what clips go through without an end of the stream', () => {
    const random = seededRandom(3951);
    for (const { codec } of modes) {
      for (const pcm of [
        Int16Array.from({ length: RATE }, () => random() - 32768),
        new Int16Array(RATE),
        Int16Array.from({ length: RATE }, (_, i) => ((i >> 4) & 1 ? 32767 : -32768)),
      ]) {
        decode(codec, encode(codec, pcm));
        const speech = speechLike(RATE, RATE);
        const fresh = decode(codec, encode(codec, speech)).subarray(1600);
        const after = Int16Array.from([...pcm.subarray(0, 4800), ...speech]);
        const heard = decode(codec, encode(codec, after)).subarray(4800 + 1600);
        expect(measureSnr(fresh, heard)).toBeGreaterThan(3);
      }
    }
  });

  for (const { codec, mode } of modes) {
    describe(`with frames of ${mode} ms`, () => {
      for (const check of codecConformance(codec, { minimumSnr: 0 })) test(check.name, () => check.run(), 20_000);
    });
  }
});

const folder =
  process.env.OFFHOOK_ILBC_VECTORS ?? new URL('../../../../../shared/vectors/ilbc/', import.meta.url).pathname;
const samplesOf = (name: string) =>
  new Int16Array(new Uint8Array(readFileSync(`${folder}/${name}`)).slice(0).buffer.slice(0));
const there = existsSync(`${folder}/F00.INP`);

describe.skipIf(!there)(
  `iLBC beside the fixed-point reference${there ? '' : ' [skipped: its vectors are not at OFFHOOK_ILBC_VECTORS]'}`,
  () => {
    /** dB that the decoder's output agrees to, rounded down: the reference's arithmetic has 16 bits, ours 53. */
    const agreement = { F00: [35, 31], F01: [41, 39], F02: [34, 34], F03: [31, 28] } as const;
    const cases = Object.entries(agreement).flatMap(([name, floors]) =>
      modes.map((each, i) => ({ name, floor: floors[i]!, ...each })),
    );
    const framesOf = (bits: Uint8Array, bytes: number) =>
      Array.from({ length: bits.length / bytes }, (_, i) => bits.subarray(i * bytes, (i + 1) * bytes));

    test.each(cases)('decodes $name, $mode ms, to within $floor dB', ({ name, mode, codec, bytes, floor }) => {
      const heard = decode(codec, framesOf(readFileSync(`${folder}/${name}.BIT${mode}`), bytes));
      const reference = samplesOf(`${name}.OUT${mode}`);
      expect(heard.length).toBe(reference.length);
      expect(measureSnr(reference, heard)).toBeGreaterThan(floor);
    });

    test.each(cases)('encodes $name, $mode ms, as well', ({ name, mode, codec, bytes, delay }) => {
      const input = samplesOf(`${name}.INP`);
      const theirs = decode(codec, framesOf(readFileSync(`${folder}/${name}.BIT${mode}`), bytes));
      const own = decode(codec, encode(codec, input));
      expect(measureSnr(input, own, delay)).toBeGreaterThan(measureSnr(input, theirs, delay) - 0.1);
      expect(segmentalSnr(input, own, delay)).toBeGreaterThan(segmentalSnr(input, theirs, delay) - 0.1);
    });
  },
);

/** The mean SNR in dB of 20 ms each, of those that are not quiet. */
function segmentalSnr(wanted: Int16Array, heard: Int16Array, delay: number): number {
  const snrs: number[] = [];
  for (let at = 0; at + 160 + delay <= Math.min(wanted.length, heard.length); at += 160) {
    const segment = wanted.subarray(at, at + 160);
    if (segment.reduce((sum, sample) => sum + sample ** 2, 0) < 160 * 100 ** 2) continue;
    snrs.push(measureSnr(segment, heard.subarray(at + delay, at + delay + 160)));
  }
  return snrs.reduce((sum, each) => sum + each, 0) / snrs.length;
}
