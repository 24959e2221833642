import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codecConformance, measureSnr } from '../testing';
import { createIsac, isac } from './isac';
import { LowerBandDecoder } from './lower-band-decoder';
import { WidebandDecoder } from './wideband-decoder';
import { WidebandEncoder } from './wideband-encoder';

const folder =
  process.env.OFFHOOK_ISAC_VECTORS ?? new URL('../../../../../shared/vectors/isac/', import.meta.url).pathname;
const there = existsSync(`${folder}/wb-mix.pcm`);
const read = (name: string) => new Uint8Array(readFileSync(`${folder}/${name}`));
const samplesOf = (name: string) => new Int16Array(read(name).slice().buffer);

function packetsOf(name: string): Uint8Array[] {
  const bytes = read(`${name}.packets`);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]! | (bytes[at + 1]! << 8);
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return packets;
}

function decode(payloads: readonly Uint8Array[], one: (payload: Uint8Array, out: Int16Array) => number): Int16Array {
  const pcm = new Int16Array(1920);
  const all: number[] = [];
  for (const payload of payloads) {
    const samples = one(payload, pcm);
    expect(samples).toBeGreaterThan(0);
    all.push(...pcm.subarray(0, samples));
  }
  return Int16Array.from(all);
}

describe('iSAC', () => {
  test('has a target rate of 10 to 32 kbit/s', () => {
    expect(isac).toMatchObject({ name: 'ISAC', clockRate: 16000, sampleRate: 16000, frameDurations: [30, 60] });
    for (const rate of [9999, 32001, Number.NaN]) {
      expect(() => createIsac({ rate })).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_OPTIONS' }));
    }
  });

  for (const check of codecConformance(isac, { minimumSnr: 5, delay: 48, bytesPerFrame: 80_000 }))
    test(check.name, () => check.run(), 20_000);
});

describe.skipIf(!there)(
  `iSAC beside the reference${there ? '' : ' [skipped: its vectors are not at OFFHOOK_ISAC_VECTORS]'}`,
  () => {
    test.each([
      'wb-mix-i32k-30ms',
      'wb-speech-i32k-30ms',
      'wb-mix-i32k-60ms',
      'wb-speech-i15k-60ms',
      'wb-mix-i10k-30ms',
      'wb-mix-adaptive',
    ])('decodes %s as the reference does', (name) => {
      const decoder = new WidebandDecoder();
      const heard = decode(packetsOf(name), (payload, out) => decoder.decode(payload, out));
      const reference = samplesOf(`${name}.dec.pcm`);
      expect(heard.length).toBe(reference.length);
      expect(measureSnr(reference, heard)).toBeGreaterThan(80);
    });

    test.each([
      ['wb-mix', 'wb-mix-i32k-30ms', 30, 32000, 0.99],
      ['wb-speech', 'wb-speech-i32k-30ms', 30, 32000, 0.99],
      ['wb-mix', 'wb-mix-i32k-60ms', 60, 32000, 0.93],
      ['wb-speech', 'wb-speech-i15k-60ms', 60, 15000, 0.99],
      ['wb-mix', 'wb-mix-i10k-30ms', 30, 10000, 0.99],
    ] as const)('encodes %s to the bytes of %s', (input, name, duration, rate, share) => {
      const encoder = new WidebandEncoder(duration, rate);
      const pcm = samplesOf(`${input}.pcm`);
      const packets = packetsOf(name);
      const out = new Uint8Array(600);
      const same = packets.filter((packet, i) => {
        const { frameSamples } = encoder;
        const length = encoder.encode(pcm.subarray(i * frameSamples, (i + 1) * frameSamples), out);
        return Buffer.compare(out.subarray(0, length), packet) === 0;
      });
      expect(same.length / packets.length).toBeGreaterThan(share);
    });

    test('decodes redundant payloads in place of those lost', () => {
      const decoder = new LowerBandDecoder();
      const heard = decode(packetsOf('wb-speech-rcu'), (payload, out) => decoder.decode(payload, out, true));
      expect(measureSnr(samplesOf('wb-speech-rcu.dec.pcm'), heard)).toBeGreaterThan(75);
    });
  },
);
