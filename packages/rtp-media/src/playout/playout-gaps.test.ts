import { pcmu } from '@offhook/codecs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import { seededRandom } from '../testing/seeded-random';
import { voice } from '../testing/voice';
import { Playout } from './playout';

const FRAME = 160;
const NOISE = 13;

const steepest = (pcm: Int16Array) =>
  pcm.reduce((most, value, i) => (i === 0 ? 0 : Math.max(most, Math.abs(value - pcm[i - 1]!))), 0);

/** RFC 3389 §3.1 counts from the loudest square wave, not from the loudest sine. */
const levelDbov = (pcm: Int16Array) => levelDbfs(pcm) - 20 * Math.log10(Math.SQRT2);

/** Packets of PCMU by number, at the time of their sending, and what is heard of them. */
class Listener {
  readonly playout = new Playout();
  readonly #encoder = pcmu.createEncoder();
  readonly #heard: number[] = [];
  #pulls = 0;

  constructor() {
    this.playout.configure(new Map([[0, { codec: pcmu }]]), [NOISE]);
  }

  send(sequence: number, frame: number, pcm: Int16Array): void {
    const payload = new Uint8Array(FRAME);
    this.#encoder.encode(pcm.subarray(0, FRAME), payload);
    this.playout.receive(0, sequence, frame * FRAME, payload, 0, FRAME, frame * 20);
  }

  describeSilence(sequence: number, frame: number, ...bytes: number[]): void {
    this.playout.receive(NOISE, sequence, frame * FRAME, Uint8Array.from(bytes), 0, bytes.length, frame * 20);
  }

  /** Plays up to a frame. */
  until(frame: number): Int16Array {
    const from = this.#heard.length;
    const pcm = new Int16Array(FRAME);
    for (; this.#pulls < frame; this.#pulls++) {
      this.playout.pull(pcm, this.#pulls * 20 + 10);
      this.#heard.push(...pcm);
    }
    return Int16Array.from(this.#heard.slice(from));
  }

  get heard(): Int16Array {
    return Int16Array.from(this.#heard);
  }
}

const tone = (frame: number) =>
  Int16Array.from({ length: FRAME }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 250 * (frame * FRAME + i)) / 8000)),
  );

describe('gaps', () => {
  test('a sender that says what its silence sounds like is heard so until it speaks', () => {
    const listener = new Listener();
    let sequence = 65_530;
    const next = () => sequence++ & 0xffff;
    for (let i = 0; i < 25; i++) {
      listener.send(next(), i, tone(i));
      listener.until(i + 1);
    }
    listener.describeSilence(next(), 25, 45, 100, 127, 140);
    listener.until(27);
    const pause = listener.until(125);
    expect(levelDbov(pause)).toBeCloseTo(-45, 0);
    expect(Math.abs(levelDbov(pause.subarray(-1600)) + 45)).toBeLessThan(2);
    listener.describeSilence(next(), 125, 60);
    listener.until(200);
    expect(levelDbov(listener.until(300))).toBeCloseTo(-60, 0);
    for (let i = 300; i < 325; i++) {
      listener.send(next(), i, tone(i));
      listener.until(i + 1);
    }
    const speech = listener.heard.subarray(302 * FRAME);
    expect(toneLevelDbfs(speech, 8000, 250)).toBeCloseTo(20 * Math.log10(8000 / 32_767), 0);
    const { concealedMs, discarded, delayMs } = listener.playout;
    expect({ concealedMs, discarded, delayMs }).toEqual({ concealedMs: 0, discarded: 0, delayMs: 10 });
    expect(steepest(listener.heard)).toBeLessThan(steepest(tone(0)) * 1.5);
  });

  test('a word after a pause is played from its first sample, though the packets before it were lost', () => {
    const listener = new Listener();
    for (let i = 0; i < 10; i++) {
      listener.send(i, i, tone(i));
      listener.until(i + 1);
    }
    listener.describeSilence(10, 10, 50);
    listener.until(50);
    // 11 and 12, at 48 and 49, were lost.
    listener.send(13, 50, tone(50));
    const first = listener.until(51);
    expect(toneLevelDbfs(first.subarray(40), 8000, 250)).toBeGreaterThan(-15);
    expect(listener.playout.concealedMs).toBe(0);
  });

  test('in a gap the voice goes, and the background stays for a while and goes too', () => {
    const random = seededRandom(3);
    const listener = new Listener();
    const background = () => Int16Array.from({ length: FRAME }, () => Math.round((random() - 0.5) * 300));
    for (let i = 0; i < 100; i++) {
      const pcm = background();
      if (i >= 95) for (const [j, value] of tone(i).entries()) pcm[j]! += value;
      listener.send(i, i, pcm);
      listener.until(i + 1);
    }
    const quiet = levelDbfs(background());
    listener.until(104);
    expect(Math.abs(levelDbfs(listener.until(125)) - quiet)).toBeLessThan(3);
    listener.until(148);
    expect(levelDbfs(listener.until(200))).toBeLessThan(-90);
    for (let i = 200; i < 210; i++) {
      listener.send(i, i, background());
      listener.until(i + 1);
    }
    expect(steepest(listener.heard)).toBeLessThan(steepest(tone(0)) * 1.5 + 300);
  });

  test('no click where concealment begins and ends', () => {
    const speech = voice(20);
    const steep = steepest(speech);
    for (let seed = 1; seed <= 5; seed++) {
      const random = seededRandom(seed);
      const listener = new Listener();
      for (let i = 0; i < speech.length / FRAME; i++) {
        if (random() > 0.15) listener.send(i, i, speech.subarray(i * FRAME));
        listener.until(i + 1);
      }
      expect(listener.playout.concealedMs).toBeGreaterThan(1000);
      expect(steepest(listener.heard)).toBeLessThan(steep * 1.3);
    }
  });

  test('whatever comes, in any order, as many samples as asked for come out, and nothing piles up', () => {
    const packet = fc.record({
      sequence: fc.oneof(fc.nat(200), fc.nat(0xffff)),
      timestamp: fc.oneof(
        fc.nat(200).map((n) => n * FRAME),
        fc.integer({ min: 0, max: 0xffff_ffff }),
      ),
      payloadType: fc.constantFrom(0, 0, 0, NOISE),
      length: fc.oneof(fc.constant(FRAME), fc.integer({ min: 1, max: 1400 })),
      copies: fc.integer({ min: 0, max: 3 }),
      known: fc.boolean(),
      wait: fc.oneof(fc.nat(25), fc.nat(3000)),
      pulls: fc.nat(4),
      samples: fc.constantFrom(80, 160, 480),
    });
    const noise = Uint8Array.from({ length: 1400 }, (_, i) => (i * 37) & 0xff);
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 150 }), (packets) => {
        const playout = new Playout();
        playout.configure(new Map([[0, { codec: pcmu }]]), [NOISE]);
        let now = 0;
        for (const { sequence, timestamp, payloadType, length, copies, known, wait, pulls, samples } of packets) {
          now += wait;
          for (let i = 0; i < copies; i++) {
            playout.receive(payloadType, sequence, timestamp, noise, 0, length, known ? now : Number.NaN);
          }
          const frame = new Int16Array(samples + 1).fill(12_345);
          for (let i = 0; i < pulls; i++) playout.pull(frame.subarray(0, samples), now + i * 10);
          expect(frame[samples]).toBe(12_345);
          expect(playout.queuedMs).toBeLessThan(400);
          for (const value of [playout.delayMs, playout.targetMs, playout.concealedMs]) {
            expect(Number.isFinite(value)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an hour', { timeout: 60_000 }, () => {
  const words = voice(65);
  const hiss = seededRandom(8);
  const noise = Int16Array.from({ length: 8000 }, () => Math.round((hiss() - 0.5) * 16_000));
  const encoder = pcmu.createEncoder();
  const encoded = (pcm: Int16Array) =>
    Array.from({ length: pcm.length / FRAME }, (_, i) => {
      const payload = new Uint8Array(FRAME);
      encoder.encode(pcm.subarray(i * FRAME, (i + 1) * FRAME), payload);
      return payload;
    });

  test.each([
    ['words', 100],
    ['words', -100],
    ['words', 1000],
    ['words', -1000],
    ['noise without a pause', 1000],
    ['noise without a pause', -1000],
  ])('of %s from a clock off by %i ppm: the delay stays, and nothing is missing', (what, ppm) => {
    const payloads = encoded(what === 'words' ? words : noise);
    const playout = new Playout();
    playout.configure(new Map([[0, { codec: pcmu }]]));
    const frame = new Int16Array(FRAME);
    let most = 0;
    let number = 0;
    const sent = (i: number) => i * 20 * (1 + ppm / 1e6);
    for (let now = 10; now < 3_600_000; now += 20) {
      for (; sent(number) <= now; number++) {
        const payload = payloads[number % payloads.length]!;
        playout.receive(0, number & 0xffff, (number * FRAME) >>> 0, payload, 0, FRAME, sent(number));
      }
      playout.pull(frame, now);
      most = Math.max(most, playout.delayMs);
    }
    expect([playout.concealedMs, playout.discarded]).toEqual([0, 0]);
    expect(most).toBeLessThan(what === 'words' ? 45 : 105);
    const drift = (3_600_000 * ppm) / 1e6;
    expect(Math.abs(playout.insertedMs - playout.droppedMs - drift)).toBeLessThan(60);
  });
});
