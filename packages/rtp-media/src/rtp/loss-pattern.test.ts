import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GMIN, LossPattern } from './loss-pattern';

/** `.` received, `x` lost, `d` discarded; all judged. */
function run(fates: string, start = 65_500): LossPattern {
  const pattern = new LossPattern();
  for (let i = 0; i < fates.length; i++) {
    const sequence = (start + i) & 0xffff;
    if (fates[i] !== 'x') pattern.received(sequence);
    if (fates[i] === 'd') pattern.discarded(sequence);
  }
  pattern.restart();
  return pattern;
}

const good = (count: number) => '.'.repeat(count);

describe('bursts and gaps (RFC 3611 §4.7.2)', () => {
  test('a stream without loss is one gap', () => {
    expect(run(good(100)).counts()).toEqual({
      packets: 100,
      lost: 0,
      discarded: 0,
      lossRuns: 0,
      bursts: 0,
      burstPackets: 0,
      burstLosses: 0,
      gaps: 1,
    });
  });

  test('losses with 16 packets and more between are single losses in a gap', () => {
    expect(run(`${good(20)}x${good(16)}x${good(20)}`).counts()).toMatchObject({
      lost: 2,
      lossRuns: 2,
      bursts: 0,
      gaps: 1,
    });
  });

  test('losses with fewer than 16 packets between are a burst, from the first to the last', () => {
    expect(run(`${good(20)}x${good(15)}x${good(20)}`).counts()).toMatchObject({
      bursts: 1,
      burstPackets: 17,
      burstLosses: 2,
      gaps: 2,
    });
  });

  test('discards count as losses do', () => {
    expect(run(`${good(20)}xd.d${good(20)}`).counts()).toMatchObject({
      lost: 1,
      discarded: 2,
      lossRuns: 2,
      bursts: 1,
      burstPackets: 4,
      burstLosses: 3,
    });
  });

  test('a stream that begins or ends in a burst has no gap there', () => {
    expect(run(`d.d${good(30)}`).counts()).toMatchObject({ bursts: 1, gaps: 1 });
    expect(run(`${good(30)}d.d`).counts()).toMatchObject({ bursts: 1, gaps: 1 });
    expect(run(`d.d`).counts()).toMatchObject({ bursts: 1, gaps: 0 });
  });

  test('a packet is judged when 64 more have come, and one that comes before is not lost', () => {
    const pattern = new LossPattern();
    for (const sequence of [10, 12, 13]) pattern.received(sequence);
    expect(pattern.counts().packets).toBe(0);
    pattern.received(11);
    for (let sequence = 14; sequence < 75; sequence++) pattern.received(sequence);
    expect(pattern.counts()).toMatchObject({ packets: 1, lost: 0 });
    pattern.received(75);
    expect(pattern.counts()).toMatchObject({ packets: 2, lost: 0 });
  });

  test('counts as the algorithm of A.2 does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('.', '.', '.', '.', '.', '.', '.', 'x', 'd'), { maxLength: 300 }),
        (middle) => {
          const fates = `${good(20)}x${good(20)}${middle.join('')}${good(20)}xx${good(20)}`;
          const reference = appendixA2(fates);
          const { burstPackets, burstLosses, packets, lost, discarded } = run(fates).counts();
          expect((256 * burstLosses) / burstPackets).toBeCloseTo(reference.burstDensity);
          const gapLosses = lost + discarded - burstLosses;
          expect(gapLosses).toBe(reference.gapLosses);
          expect(packets).toBe(fates.length);
        },
      ),
    );
  });
});

/** The counters of RFC 3611 A.2: transitions between received and lost, within gaps (1, 4) and bursts (2, 3). */
function appendixA2(fates: string) {
  let received = 0;
  let run = 0;
  let c14 = 0;
  let c22 = 0;
  let c23 = 0;
  let c33 = 0;
  let c13 = 0;
  for (const fate of fates) {
    if (fate === '.') {
      received++;
      continue;
    }
    if (received >= GMIN) {
      if (run === 1) c14++;
      else c13++;
      run = 1;
    } else {
      run++;
      if (received === 0) c33++;
      else {
        c23++;
        c22 += received - 1;
      }
    }
    received = 0;
  }
  // The last period has ended with the stream.
  if (run === 1) c14++;
  else c13++;
  // A.2 counts the beginning of the stream as a transition into a burst.
  c13--;
  const c31 = c13;
  const c32 = c23;
  const p32 = c32 / (c31 + c32 + c33);
  const p23 = c22 + c23 < 1 ? 1 : 1 - c22 / (c22 + c23);
  return { burstDensity: c23 === 0 ? 256 : (256 * p23) / (p23 + p32), gapLosses: c14 };
}
