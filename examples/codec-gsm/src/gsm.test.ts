import { createHash } from 'node:crypto';
import { codecConformance, seededRandom, speechLike } from '@offhook/codecs/testing';
import { describe, expect, test } from 'vitest';
import plugin, { gsm } from './index';

const FRAME = 160;
const BYTES = 33;

describe('the contract', () => {
  for (const check of codecConformance(gsm, { minimumSnr: 12 })) test(check.name, () => check.run());
});

describe('three frames as libgsm 1.0.22 has them', () => {
  const pcm = Int16Array.from({ length: 3 * FRAME }, (_, i) => ((i * i * 37) % 16001) - 8000 + (i % 57) * 100);
  const payload = Buffer.from(
    'dae6b3a15a503616e4b45e7b75d7bd1f6e358a82d8599d8dfc4b669558e46bdc6e' +
      'd9e5bba11a70f6bb1359747ce2b8a6bfb2172d82d64c6aead91dbcb3368cee887d' +
      'da65bba922f0d5db645456d27135c565ce573bd496e47333d9246e965f05e265d3',
    'hex',
  );

  test('encoded', () => {
    const out = Buffer.alloc(gsm.maxPayloadBytes(60));
    expect(gsm.createEncoder({ frameDuration: 60 }).encode(pcm, out)).toBe(3 * BYTES);
    expect(out.toString('hex')).toBe(payload.toString('hex'));
  });

  test('decoded', () => {
    const out = new Int16Array(3 * FRAME);
    expect(gsm.createDecoder().decode(payload, out)).toBe(3 * FRAME);
    expect([...out].filter((_, i) => i % 48 === 47)).toEqual([
      2280, 3744, 1896, 320, 2352, -4064, 3784, 176, 2840, 2488,
    ]);
  });
});

describe('twenty seconds and more as libgsm 1.0.22 has them, by their digests', () => {
  const random = seededRandom(610);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  // Noise that sinks from full scale to a single bit, and then frames of any bits.
  const noise = Int16Array.from({ length: 1000 * FRAME }, (_, i) => (random() - 32768) >> ((i >> 13) % 14));
  const frames = Uint8Array.from({ length: 2000 * BYTES }, (_, i) =>
    i % BYTES === 0 ? 0xd0 | (random() & 0xf) : random() & 0xff,
  );

  test('encoded', () => {
    const encoder = gsm.createEncoder();
    const out = new Uint8Array(1000 * BYTES);
    for (let i = 0; i < 1000; i++) {
      encoder.encode(noise.subarray(i * FRAME, (i + 1) * FRAME), out.subarray(i * BYTES));
    }
    expect(digest(out)).toBe('13894dff94e396249b2c49747ae1d3ac1e328299864d582a23a3228b33ce5145');
  });

  test('decoded, also with lags that cannot be', () => {
    const decoder = gsm.createDecoder();
    const out = new Int16Array(2000 * FRAME);
    for (let i = 0; i < 2000; i++) {
      decoder.decode(frames.subarray(i * BYTES, (i + 1) * BYTES), out.subarray(i * FRAME));
    }
    const bytes = new DataView(new ArrayBuffer(out.length * 2));
    for (const [i, sample] of out.entries()) bytes.setInt16(2 * i, sample, true);
    const wanted = '539eb26113f2c42e10df11f8a86268b58c14234dd0f326d3430e49b3bbbf5cfa';
    expect(digest(new Uint8Array(bytes.buffer))).toBe(wanted);
  });
});

/** A decoder that has heard the beginning of a syllable. */
function listening() {
  const speech = speechLike(50 * FRAME, 8000);
  const encoder = gsm.createEncoder();
  const decoder = gsm.createDecoder();
  const payload = new Uint8Array(BYTES);
  const out = new Int16Array(960);
  for (let i = 0; i < 4; i++) {
    encoder.encode(speech.subarray(i * FRAME, (i + 1) * FRAME), payload);
    decoder.decode(payload, out);
  }
  return { decoder, payload, heard: energy(out.subarray(0, FRAME)) };
}

const energy = (pcm: Int16Array) => pcm.reduce((sum, sample) => sum + sample * sample, 0);

describe('lost frames (GSM 06.11)', () => {
  test('the first is as loud as the last good one, then they sink, and after 320 ms there is nothing', () => {
    const { decoder, heard } = listening();
    const energies = Array.from({ length: 17 }, () => {
      const out = new Int16Array(FRAME);
      decoder.conceal(out, FRAME);
      return energy(out);
    });
    expect(energies[0]).toBeGreaterThan(heard / 4);
    expect(energies[0]).toBeLessThan(heard * 4);
    expect(energies[4]).toBeLessThan(energies[0]! / 10);
    expect(energies[16]).toBe(0);
  });

  test('asking sample by sample gives what asking for all gives', () => {
    const all = new Int16Array(400);
    listening().decoder.conceal(all, 400);
    const { decoder } = listening();
    const one = new Int16Array(1);
    const each = Int16Array.from({ length: 400 }, () => {
      decoder.conceal(one, 1);
      return one[0]!;
    });
    expect(each).toEqual(all);
  });
});

describe('payloads', () => {
  const out = new Int16Array(960);

  test.each([
    ['a frame cut short', (good: Uint8Array) => good.subarray(0, 32)],
    [
      'a frame without the signature',
      (good: Uint8Array) => Uint8Array.of(0xc0 | (good[0]! & 0xf), ...good.subarray(1)),
    ],
    ['a second frame without it', (good: Uint8Array) => Uint8Array.of(...good, ...new Uint8Array(BYTES))],
    ['more than 120 ms', (good: Uint8Array) => Uint8Array.from({ length: 7 * BYTES }, (_, i) => good[i % BYTES]!)],
  ])('%s is no audio, and leaves no trace', (_, broken) => {
    const { decoder, payload } = listening();
    const untouched = listening().decoder;
    expect(decoder.decode(broken(payload), out)).toBe(-1);
    const [ours, wanted] = [new Int16Array(FRAME), new Int16Array(FRAME)];
    decoder.decode(payload, ours);
    untouched.decode(payload, wanted);
    expect(ours).toEqual(wanted);
  });
});

test('the module has the codec by name and as default', () => {
  expect(plugin).toBe(gsm);
  expect(gsm).toMatchObject({ name: 'GSM', payloadType: 3, clockRate: 8000 });
});
