import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DtmfDetector, DtmfToneSender, readWav } from '@offhook/rtp-media';
import { beforeAll, expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';

const KEYS = '0123456789*#ABCD';

describeWithPeers(['spandsp', 'espeak-ng'], 'digits as tones, beside SpanDSP', () => {
  let program: string;

  beforeAll(() => {
    program = join(mkdtempSync(join(tmpdir(), 'spandsp-')), 'dtmf');
    const source = fileURLToPath(new URL('./support/spandsp/dtmf.c', import.meta.url));
    execFileSync('cc', ['-O2', '-o', program, source, '-lspandsp']);
  });

  const spandspHears = (pcm: Int16Array) =>
    execFileSync(program, ['rx'], { input: Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength) }).toString();

  function spandspSends(digits: string, on: number, off: number): Int16Array {
    const bytes = execFileSync(program, ['tx', digits, String(on), String(off)], { maxBuffer: 64 << 20 });
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~1)));
  }

  function weHear(pcm: Int16Array): string {
    let heard = '';
    const detector = new DtmfDetector(({ digit }) => {
      heard += digit;
    });
    for (let at = 0; at < pcm.length; at += 160) detector.write(pcm.subarray(at, at + 160));
    detector.close();
    return heard;
  }

  function weSend(digits: string, durationMs: number, gapMs: number): Int16Array {
    const sender = new DtmfToneSender();
    void sender.send(digits, { durationMs, gapMs });
    const all: number[] = [];
    const frame = new Int16Array(160);
    while (sender.fill(frame, 8000)) all.push(...frame);
    return Int16Array.from([...all, ...new Int16Array(800)]);
  }

  /** A frequency pair off by a share, in silence. */
  function offTune(low: number, high: number, share: number, ms = 100): Int16Array {
    const wave = (frequency: number, i: number) => 8000 * Math.sin((2 * Math.PI * frequency * (1 + share) * i) / 8000);
    return Int16Array.from({ length: 800 + ms * 8 + 800 }, (_, i) =>
      i < 800 || i >= 800 + ms * 8 ? 0 : Math.round(wave(low, i) + wave(high, i)),
    );
  }

  test.each([
    [40, 40],
    [50, 50],
    [100, 100],
  ])('we hear all that it sends, %i ms on and %i ms off', (on, off) => {
    const digits = KEYS.repeat(20);
    expect(weHear(spandspSends(digits, on, off))).toBe(digits);
  });

  test.each([
    [50, 50],
    [100, 70],
  ])('it hears all that we send, %i ms on and %i ms off', (on, off) => {
    const digits = KEYS.repeat(20);
    expect(spandspHears(weSend(digits, on, off))).toBe(digits);
  });

  test('off tune: we hear all that are 1.5 % off and none that are 3.5 % off (Q.24), no worse than SpanDSP', () => {
    const counts = { near: { ours: 0, theirs: 0 }, far: { ours: 0, theirs: 0 } };
    for (const low of [697, 770, 852, 941]) {
      for (const high of [1209, 1336, 1477, 1633]) {
        for (const sign of [1, -1]) {
          for (const [kind, share] of [
            ['near', 0.015],
            ['far', 0.035],
          ] as const) {
            const pcm = offTune(low, high, sign * share);
            counts[kind].ours += weHear(pcm).length;
            // It loses some of such tones for moments, and reports them again.
            counts[kind].theirs += Math.min(1, spandspHears(pcm).length);
          }
        }
      }
    }
    console.info('digits heard of 32 that are 1.5 %, and 3.5 %, off:', JSON.stringify(counts));
    expect(counts).toMatchObject({ near: { ours: 32 }, far: { ours: 0 } });
  });

  test('neither imagines digits in speech', () => {
    const { samples } = readWav(readFileSync(new URL('../../apps/quickstart/assets/speech.wav', import.meta.url)));
    expect([weHear(samples), spandspHears(samples)]).toEqual(['', '']);
  });

  const text =
    'Good afternoon, you have reached the customer service of the city water works. Nineteen ninety nine, zero seven seven ' +
    'zero. Yellow llamas usually hum along in the early morning rain while we were away. She sells sea shells by the sea ' +
    'shore. No, no, no, I really do not know who owns the boat.';

  test.each(['en-us', 'en-gb+f2', 'en-us+f3', 'en-us+m5', 'de', 'es', 'ja'])(
    'nor in the voice of %s, at several heights',
    (voice) => {
      const { samples, sampleRate } = readWav(
        execFileSync('espeak-ng', ['-v', voice, '--stdout', text], { maxBuffer: 64 << 20 }),
      );
      for (const speed of [0.8, 1, 1.25]) {
        const step = (sampleRate / 8000) * speed;
        const pcm = Int16Array.from({ length: Math.floor(samples.length / step) - 1 }, (_, i) => {
          const at = Math.floor(i * step);
          return samples[at]! + (samples[at + 1]! - samples[at]!) * (i * step - at);
        });
        expect(weHear(pcm)).toBe('');
      }
    },
  );
});
