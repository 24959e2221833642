import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { JitterBuffer } from './jitter-buffer';

const FRAME = 160;

/** Drives a buffer packet by packet: a payload is the packet's number. */
class Rig {
  readonly buffer = new JitterBuffer({ clockRate: 8000 });
  readonly firstSequence: number;
  readonly firstTimestamp: number;
  /** What was played in frames of 20 ms: packet numbers, `-` for concealed, `.` for silent. */
  readonly played: string[] = [];

  constructor(firstSequence = 1000, firstTimestamp = 50_000) {
    this.firstSequence = firstSequence;
    this.firstTimestamp = firstTimestamp;
  }

  arrive(number: number, at: number, timestampOffset = 0) {
    const timestamp = (this.firstTimestamp + number * FRAME + timestampOffset) >>> 0;
    return this.buffer.insert((this.firstSequence + number) & 0xffff, timestamp, 0, Uint8Array.of(9, number), 1, 1, at);
  }

  /** One frame of 20 ms. */
  pull(at: number): string {
    const buffer = this.buffer;
    let left = FRAME;
    let heard = '';
    while (left > 0) {
      const decision = buffer.next(at + (FRAME - left) / 8);
      if (decision === 'packet') {
        heard = String(buffer.payload[0]);
        buffer.played(FRAME);
        left -= FRAME;
        continue;
      }
      const part = Math.min(left, Math.max(1, Math.round(buffer.duration)));
      buffer.filled(part);
      left -= part;
      heard ||= decision === 'conceal' ? '-' : '.';
    }
    this.played.push(heard);
    return heard;
  }

  get text(): string {
    return this.played.join(' ');
  }
}

describe('jitter buffer', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });

  test('nothing is silence; the first packet is played at the next pull', () => {
    expect(rig.pull(0)).toBe('.');
    rig.arrive(0, 10);
    expect(rig.pull(20)).toBe('0');
  });

  test('a clean stream is played as it comes, within one frame, across the wraps of both numbers', () => {
    rig = new Rig(65_530, 0xffff_fe00);
    for (let i = 0; i < 20; i++) {
      rig.arrive(i, i * 20);
      rig.pull(i * 20 + 7);
      expect(rig.buffer.delayMs(i * 20 + 7, FRAME)).toBeCloseTo(7, 6);
    }
    expect(rig.text).toBe('0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19');
    expect(rig.buffer).toMatchObject({ concealedMs: 0, discarded: 0, size: 0 });
  });

  test('a first packet that comes right before its pull waits for the next, for those after it may be late', () => {
    rig.arrive(0, 19.9);
    expect(rig.pull(20)).toBe('.');
    expect(rig.pull(40)).toBe('0');
  });

  test('packets that overtake each other before they are due are put in order', () => {
    rig.arrive(0, 0);
    rig.arrive(2, 1);
    rig.arrive(1, 2);
    for (const at of [10, 30, 50]) rig.pull(at);
    expect(rig.text).toBe('0 1 2');
  });

  test('a lost packet is concealed for just its time', () => {
    for (let i = 0; i < 6; i++) {
      if (i !== 3) rig.arrive(i, i * 20);
      rig.pull(i * 20 + 10);
    }
    expect(rig.text).toBe('0 1 2 - 4 5');
    expect(rig.buffer.concealedMs).toBe(20);
  });

  test('a packet that is only late is played, and the delay has grown', () => {
    for (let i = 0; i < 3; i++) {
      rig.arrive(i, i * 20);
      rig.pull(i * 20 + 10);
    }
    rig.pull(70);
    rig.arrive(3, 75);
    rig.arrive(4, 80);
    rig.pull(90);
    rig.pull(110);
    expect(rig.text).toBe('0 1 2 - 3 4');
    expect(rig.buffer.delayMs(130, 0)).toBeCloseTo(30, 6);
    expect(rig.buffer.discarded).toBe(0);
  });

  test('a packet whose time is past is late, one that was played or waits is a duplicate', () => {
    for (const i of [0, 1, 3]) rig.arrive(i, i * 20);
    expect(rig.arrive(3, 61)).toBe('duplicate');
    for (const at of [10, 30, 50, 70]) rig.pull(at);
    expect(rig.text).toBe('0 1 - 3');
    expect(rig.arrive(2, 75)).toBe('late');
    expect(rig.arrive(1, 76)).toBe('duplicate');
    expect(rig.buffer.discarded).toBe(1);
  });

  test('before anything was heard, an earlier packet goes first', () => {
    rig.arrive(1, 10);
    expect(rig.arrive(0, 12)).toBe('stored');
    rig.pull(20);
    rig.pull(40);
    expect(rig.text).toBe('0 1');
  });

  test('a pause the sender made is no loss, and what follows is played at its own time', () => {
    rig.arrive(0, 0);
    rig.pull(10);
    // Silence suppression: the next number, 100 ms later.
    for (const at of [30, 50, 70, 90, 110]) rig.pull(at);
    rig.arrive(1, 120, 5 * FRAME - FRAME + FRAME);
    rig.pull(130);
    expect(rig.text).toBe('0 - - - - - 1');
    expect(rig.buffer.concealedMs).toBe(0);
  });

  test('numbers taken by telephone events are no loss', () => {
    rig.arrive(0, 0);
    rig.pull(10);
    for (let i = 1; i <= 3; i++) {
      rig.buffer.skip(rig.firstSequence + i);
      rig.pull(i * 20 + 10);
    }
    rig.arrive(4, 80);
    rig.pull(90);
    expect(rig.text).toBe('0 - - - 4');
    expect(rig.buffer.concealedMs).toBe(0);
  });

  test('a stream that stays away is silent after a second, and begins afresh', () => {
    rig.arrive(0, 0);
    for (let at = 10; at < 1500; at += 20) rig.pull(at);
    expect(rig.played.slice(0, 51).filter((heard) => heard === '-')).toHaveLength(50);
    expect(rig.played.slice(51).every((heard) => heard === '.')).toBe(true);
    rig.arrive(75, 1500);
    expect(rig.pull(1510)).toBe('75');
    expect(rig.buffer.concealedMs).toBe(0);
  });

  test('after an outage, what the network held back is left out but for the latest', () => {
    rig.arrive(0, 0);
    for (let at = 10; at < 3000; at += 20) rig.pull(at);
    for (let i = 50; i < 150; i++) rig.arrive(i, 3000);
    const heard = Number(rig.pull(3010));
    expect(heard).toBeGreaterThan(140);
  });

  test('a number far ahead empties the buffer', () => {
    rig.arrive(0, 0);
    rig.arrive(1, 1);
    expect(rig.arrive(1000, 20)).toBe('overflow');
    expect(rig.buffer.discarded).toBe(2);
    expect(rig.pull(30)).toBe(String(1000 & 0xff));
  });

  test('reset forgets the stream but not the counters', () => {
    for (const i of [0, 2]) rig.arrive(i, i * 20);
    for (const at of [10, 30, 50]) rig.pull(at);
    rig.buffer.reset();
    expect(rig.buffer.concealedMs).toBe(20);
    rig.arrive(500, 60, -12_345);
    expect(rig.pull(70)).toBe(String(500 & 0xff));
  });

  test('the target follows how late packets are, and forgets', () => {
    const { buffer } = rig;
    expect(buffer.targetMs).toBe(2);
    for (let i = 0; i < 200; i++) rig.arrive(i, i * 20 + (i % 10 === 0 ? 50 : 0));
    expect(buffer.targetMs).toBeGreaterThanOrEqual(50);
    expect(buffer.targetMs).toBeLessThanOrEqual(56);
    for (let i = 200; i < 3000; i++) rig.arrive(i, i * 20);
    expect(buffer.targetMs).toBe(1);
  });

  test('a longer route is not paid for twice: what was learnt moves with it', () => {
    const { buffer } = rig;
    for (let i = 0; i < 1000; i++) rig.arrive(i, i * 20 + (i % 5));
    expect(buffer.targetMs).toBe(5);
    for (let i = 1000; i < 1600; i++) rig.arrive(i, i * 20 + 100 + (i % 5));
    expect(buffer.targetMs).toBe(5);
  });

  test('what an outage held back says nothing about the packets to come', () => {
    const { buffer } = rig;
    for (let i = 0; i < 500; i++) rig.arrive(i, i * 20);
    for (let i = 500; i < 540; i++) rig.arrive(i, 11_000);
    expect(buffer.targetMs).toBe(1);
  });

  test.each([
    ['back', -1_000_000],
    ['ahead', 1_000_000],
  ])('timestamps that leap %s begin anew at once', (_way, leap) => {
    for (let i = 0; i < 100; i++) {
      rig.arrive(i, i * 20 + (i % 2) * 30);
      rig.pull(i * 20 + 10);
    }
    rig.played.length = 0;
    for (let i = 100; i < 110; i++) {
      rig.arrive(i, i * 20, leap);
      rig.pull(i * 20 + 10);
    }
    expect(rig.text).toBe('100 101 102 103 104 105 106 107 108 109');
    expect(rig.buffer.targetMs).toBeLessThan(3);
  });

  test('late packets and overtaken ones are counted', () => {
    for (const i of [0, 2, 1, 4]) rig.arrive(i, i * 20);
    for (const at of [10, 30, 50, 70, 90]) rig.pull(at);
    rig.arrive(3, 95);
    expect(rig.buffer).toMatchObject({ reordered: 1, late: 1, discarded: 1 });
  });

  test('an arrival time that is not known teaches nothing', () => {
    const { buffer } = rig;
    for (let i = 0; i < 50; i++) rig.arrive(i, i * 20);
    for (let i = 50; i < 100; i++) rig.arrive(i, Number.NaN);
    expect(buffer.targetMs).toBe(1);
  });

  test('whatever the network does, packets are played in order, each once, and time never stands still', () => {
    const step = fc.record({ number: fc.nat(60), wait: fc.nat(30), pull: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fuzzed = new Rig(65_500, 0xffff_0000);
        let now = 0;
        for (const { number, wait, pull } of steps) {
          now += wait;
          fuzzed.arrive(number, now);
          if (pull) fuzzed.pull(now);
        }
        const heard = fuzzed.played.filter((text) => /\d/.test(text)).map(Number);
        expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});

test('a time line that begins anew behind a telephone event is taken', () => {
  const buffer = new JitterBuffer({ clockRate: 8000 });
  const packet = new Uint8Array(160);
  buffer.insert(100, 5_000_000, 0, packet, 0, 160, 0);
  buffer.skip(203);
  buffer.insert(201, 1_000_000, 0, packet, 0, 160, 20);
  for (let i = 0; i < 20; i++) buffer.next(20 + i * 20);
  expect(Math.abs(buffer.delayMs(420, 0)) < 2000 || Number.isNaN(buffer.delayMs(420, 0))).toBe(true);
});
