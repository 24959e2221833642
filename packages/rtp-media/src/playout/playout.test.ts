import { pcma, pcmu } from '@offhook/codecs';
import { describe, expect, test } from 'vitest';
import { correlateSegments } from '../analysis/correlate';
import { toneLevelDbfs } from '../analysis/level';
import { seededRandom } from '../testing/seeded-random';
import { voice } from '../testing/voice';
import { Playout } from './playout';

interface Network {
  /** ms each copy of packet `i` takes; none: it is lost. */
  delays(i: number): number[];
  /** Millionths by which the sender's clock is slow. */
  ppm?: number;
  /** ms from a packet's fastest arrival to the pull after it. */
  phase?: number;
}

/** Sends a recording through a network and plays it out. */
function listen(sent: Int16Array, { delays, ppm = 0, phase = 13 }: Network) {
  const encoder = pcmu.createEncoder();
  const arrivals: { at: number; i: number; payload: Uint8Array }[] = [];
  for (let i = 0; (i + 1) * 160 <= sent.length; i++) {
    const payload = new Uint8Array(160);
    encoder.encode(sent.subarray(i * 160, i * 160 + 160), payload);
    for (const delay of delays(i)) arrivals.push({ at: i * 20 * (1 + ppm / 1e6) + delay, i, payload });
  }
  arrivals.sort((a, b) => a.at - b.at);
  const playout = new Playout();
  playout.configure(new Map([[0, { codec: pcmu }]]));
  const heard = new Int16Array(sent.length);
  const frame = new Int16Array(160);
  const delaysHeard: number[] = [];
  let next = 0;
  for (let i = 0; (i + 1) * 160 <= sent.length; i++) {
    const now = i * 20 + phase;
    for (; next < arrivals.length && arrivals[next]!.at <= now; next++) {
      const { i: number, payload, at } = arrivals[next]!;
      playout.receive(0, (65_500 + number) & 0xffff, (0xffff_f000 + number * 160) >>> 0, payload, 0, 160, at);
    }
    playout.pull(frame, now);
    heard.set(frame, i * 160);
    if (i > 100) delaysHeard.push(playout.delayMs);
  }
  const meanDelay = delaysHeard.reduce((sum, delay) => sum + delay, 0) / delaysHeard.length;
  return { playout, heard, meanDelay, maxDelay: Math.max(...delaysHeard) };
}

const halfMinute = voice(30);
/** The same again and again. */
const fiveMinutes = Int16Array.from({ length: halfMinute.length * 10 }, (_, i) => halfMinute[i % halfMinute.length]!);

describe('what a listener hears', { timeout: 30_000 }, () => {
  test.each([0.5, 6, 13, 19.9])(
    'a clean network adds at most one frame, and 2 ms for what is not measured yet (phase %f ms)',
    (phase) => {
      const { playout, heard, maxDelay } = listen(halfMinute, { delays: () => [0], phase });
      expect(maxDelay).toBeLessThanOrEqual(22);
      expect(playout).toMatchObject({ concealedMs: 0, droppedMs: 0, insertedMs: 0, discarded: 0 });
      expect(correlateSegments(halfMinute, heard, { segment: 8000 }).correlation).toBeGreaterThan(0.998);
    },
  );

  test('even jitter of 30 ms, with packets overtaking, costs its own delay and next to no audio', () => {
    const random = seededRandom(1);
    const { playout, heard, meanDelay } = listen(halfMinute, { delays: () => [random() * 30] });
    expect(meanDelay).toBeLessThan(50);
    expect(playout.concealedMs).toBeLessThan(200);
    expect(correlateSegments(halfMinute, heard, { segment: 8000 }).correlation).toBeGreaterThan(0.99);
  });

  test('one packet in twenty lost is one frame in twenty concealed, with no delay more', () => {
    const random = seededRandom(2);
    let lost = 0;
    const delays = () => {
      if (random() >= 0.05) return [random()];
      lost++;
      return [];
    };
    const { playout, heard, maxDelay } = listen(halfMinute, { delays });
    expect(playout.concealedMs).toBeGreaterThan(lost * 20 - 100);
    expect(playout.concealedMs).toBeLessThanOrEqual(lost * 20);
    expect(maxDelay).toBeLessThan(42);
    expect(correlateSegments(halfMinute, heard, { segment: 8000 }).correlation).toBeGreaterThan(0.95);
  });

  test('duplicates are not heard', () => {
    const { playout, heard } = listen(halfMinute, { delays: () => [0, 7] });
    expect(playout).toMatchObject({ concealedMs: 0, discarded: 0 });
    expect(correlateSegments(halfMinute, heard, { segment: 8000 }).correlation).toBeGreaterThan(0.998);
  });

  test.each([100, -100])('a clock off by %i ppm is made up for in the pauses, for five minutes', (ppm) => {
    const { playout, heard, maxDelay } = listen(fiveMinutes, { delays: () => [0], ppm, phase: 10 });
    expect(maxDelay).toBeLessThan(30);
    expect(playout.concealedMs).toBeLessThanOrEqual(40);
    // 30 ms of drift in all, made up for in frames.
    expect(playout.droppedMs + playout.insertedMs + playout.concealedMs).toBeLessThan(80);
    expect(correlateSegments(fiveMinutes, heard, { segment: 16_000, maxLag: 1600 }).correlation).toBeGreaterThan(0.99);
  });

  test('bursts of a radio network raise the delay while they last, and it comes down after', () => {
    const random = seededRandom(3);
    let held = 0;
    const delays = (i: number) => {
      if (i < 1000 && random() < 0.02) held = 150;
      held = Math.max(0, held - 20);
      return [held + random() * 3];
    };
    const long = voice(120);
    const { playout } = listen(long, { delays });
    expect(playout.discarded).toBe(0);
    expect(playout.targetMs).toBeLessThan(12);
    expect(playout.delayMs).toBeLessThan(40);
    expect(playout.droppedMs).toBeGreaterThan(80);
  });

  test('a longer route is taken up once, without losing a word', () => {
    const { playout, heard } = listen(halfMinute, { delays: (i) => [i < 700 ? 0 : 80] });
    expect(playout.discarded).toBe(0);
    expect(playout.concealedMs).toBeLessThan(150);
    expect(correlateSegments(halfMinute, heard, { segment: 8000 }).correlation).toBeGreaterThan(0.97);
  });

  test('the stream may change its codec at any packet', () => {
    const playout = new Playout();
    playout.configure(
      new Map([
        [0, { codec: pcmu }],
        [8, { codec: pcma }],
      ]),
    );
    const encoders = [pcmu.createEncoder(), pcma.createEncoder()];
    const heard = new Int16Array(8000);
    const tone = Int16Array.from({ length: 8160 }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 500 * i) / 8000)),
    );
    const payload = new Uint8Array(160);
    const frame = new Int16Array(160);
    for (let i = 0; i < 50; i++) {
      encoders[i % 2]!.encode(tone.subarray(i * 160, i * 160 + 160), payload);
      playout.receive((i % 2) * 8, i, i * 160, payload, 0, 160, i * 20);
      playout.pull(frame, i * 20 + 5);
      heard.set(frame, i * 160);
    }
    expect(playout.codec).toBe(pcma);
    const amplitude = toneLevelDbfs(heard.subarray(800), 8000, 500);
    expect(amplitude).toBeCloseTo(20 * Math.log10(8000 / 32_767), 1);
    expect(playout.concealedMs).toBe(0);
  });

  test('payloads of any length are played, empty ones are not decoded', () => {
    const playout = new Playout();
    playout.configure(new Map([[0, { codec: pcmu }]]));
    const frame = new Int16Array(80);
    playout.receive(0, 1, 0, new Uint8Array(240).fill(0xff), 0, 240, 0);
    playout.receive(0, 2, 240, new Uint8Array(80).fill(0xff), 0, 80, 1);
    playout.receive(0, 3, 320, new Uint8Array(1400).fill(0xff), 0, 1400, 2);
    for (let i = 0; i < 20; i++) playout.pull(frame, 5 + i * 10);
    expect(playout.concealedMs).toBe(0);
  });

  test('sound begins and ends without a click', () => {
    const playout = new Playout();
    playout.configure(new Map([[0, { codec: pcmu }]]));
    const frame = new Int16Array(160);
    const loud = new Uint8Array(160).fill(0x80);
    playout.receive(0, 1, 0, loud, 0, 160, 0);
    playout.pull(frame, 5);
    expect(Math.abs(frame[0]!)).toBeLessThan(1000);
    expect(frame[159]).toBeGreaterThan(30_000);
    playout.restart();
    playout.pull(frame, 25);
    for (let i = 1; i < 160; i++) expect(Math.abs(frame[i]! - frame[i - 1]!)).toBeLessThan(1000);
  });
});
