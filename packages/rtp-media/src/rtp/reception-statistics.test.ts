import { describe, expect, test } from 'vitest';
import { ReceptionStatistics } from './reception-statistics';

function received(...sequences: number[]): ReceptionStatistics {
  const statistics = new ReceptionStatistics(8000);
  for (const sequence of sequences) statistics.update(sequence);
  return statistics;
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => (from + i) & 0xffff);

describe('sequence numbers (RFC 3550 A.1)', () => {
  test('the first packet counts', () => {
    expect(received(77)).toMatchObject({ received: 1, expected: 1, lost: 0, extendedHighestSequence: 77 });
  });

  test('a wrap adds a cycle', () => {
    const statistics = received(...range(65_530, 12));
    expect(statistics).toMatchObject({ received: 12, expected: 12, lost: 0, extendedHighestSequence: 65_536 + 5 });
  });

  test('an old packet after a wrap takes no cycle back', () => {
    const statistics = received(65_534, 65_535, 1, 0, 2);
    expect(statistics).toMatchObject({ extendedHighestSequence: 65_538, received: 5, lost: 0, reordered: 1 });
  });

  test('one packet far away is not believed, two in a row begin the stream anew', () => {
    const statistics = received(...range(100, 10));
    expect(statistics.update(20_000)).toBe('unproven');
    expect(statistics.update(110)).toBe('valid');
    expect(statistics).toMatchObject({ received: 11, expected: 11 });
    expect(statistics.update(30_000)).toBe('unproven');
    expect(statistics.update(30_001)).toBe('restarted');
    expect(statistics.update(30_002)).toBe('valid');
    expect(statistics).toMatchObject({ received: 2, expected: 2, lost: 0, totalReceived: 13 });
  });
});

describe('loss (RFC 3550 A.3)', () => {
  test('counts what is missing, and a duplicate against it', () => {
    expect(received(1, 2, 5, 6).lost).toBe(2);
    expect(received(1, 2, 5, 5, 5, 6).lost).toBe(0);
    expect(received(1, 1).lost).toBe(-1);
  });

  test('the fraction is of the interval since the last report, in 1/256', () => {
    const statistics = received(...range(1, 100));
    expect(statistics.takeFractionLost()).toBe(0);
    for (const sequence of range(101, 100)) if (sequence % 4 !== 0) statistics.update(sequence);
    // The last packet of the hundred, 200, is not known to be lost yet: 24 of 99.
    expect(statistics.takeFractionLost()).toBe(Math.floor((24 * 256) / 99));
    expect(statistics.takeFractionLost()).toBe(0);
  });

  test('more duplicates than losses are no loss', () => {
    const statistics = received(1, 2, 2, 2, 4);
    expect(statistics.takeFractionLost()).toBe(0);
  });

  test('totals go on over a change of source', () => {
    const statistics = received(1, 2, 4);
    statistics.newSource();
    for (const sequence of [500, 503]) statistics.update(sequence);
    expect(statistics).toMatchObject({ totalExpected: 8, totalReceived: 5, received: 2, expected: 4 });
  });
});

describe('jitter (RFC 3550 A.8)', () => {
  test('packets at even distance have none, whatever the timestamps begin with', () => {
    const statistics = new ReceptionStatistics(8000);
    for (let i = 0; i < 100; i++) statistics.updateJitter((0xffff_ff00 + i * 160) >>> 0, 5000 + i * 20);
    expect(statistics.jitterMs).toBe(0);
  });

  test('packets early and late by 5 ms in turn come to 10 ms', () => {
    const statistics = new ReceptionStatistics(8000);
    for (let i = 0; i < 400; i++) statistics.updateJitter(i * 160, i * 20 + (i % 2 === 0 ? 5 : -5));
    expect(statistics.jitterMs).toBeCloseTo(10, 1);
    expect(statistics.jitter).toBe(79);
  });

  test('each packet moves it by a sixteenth of the difference', () => {
    const statistics = new ReceptionStatistics(8000);
    statistics.updateJitter(0, 0);
    statistics.updateJitter(160, 36);
    expect(statistics.jitterMs).toBeCloseTo(1, 6);
    statistics.updateJitter(320, 56);
    expect(statistics.jitterMs).toBeCloseTo(15 / 16, 6);
  });

  test('a jump of the timestamps and a pause are no jitter', () => {
    const statistics = new ReceptionStatistics(8000);
    statistics.updateJitter(0, 0);
    statistics.updateJitter(160_000, 20);
    expect(statistics.jitterMs).toBe(0);
    statistics.breakJitter();
    statistics.updateJitter(160_160, 2000);
    expect(statistics.jitterMs).toBe(0);
  });
});
