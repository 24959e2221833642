import { describe, expect, test } from 'vitest';
import { toneLevelDbfs } from '../analysis/level';
import { toneSource } from '../sources/tone-source';
import { Pair, Recording } from '../testing/session-pair';

const A = '192.0.2.1';
const B = '192.0.2.2';

describe('a network that goes away for 8 seconds', () => {
  test('gives the call its audio back within half a second, both ways', () => {
    const pair = new Pair();
    pair.configure();
    pair.a.source = toneSource({ frequencies: [440] });
    pair.b.source = toneSource({ frequencies: [700] });
    const lost = { deliver: () => [] };
    pair.clock.advance(5000);
    for (const [from, to] of [
      [A, B],
      [B, A],
    ] as const)
      pair.network.setPath(from, to, lost);
    pair.clock.advance(1000);
    const silent = [new Recording(), new Recording()] as const;
    pair.a.addSink(silent[0]);
    pair.b.addSink(silent[1]);
    pair.clock.advance(7000);
    expect(toneLevelDbfs(silent[0].samples, 8000, 700)).toBeLessThan(-50);
    expect(toneLevelDbfs(silent[1].samples, 8000, 440)).toBeLessThan(-50);

    // Another path than before: longer, and less even.
    for (const [from, to] of [
      [A, B],
      [B, A],
    ] as const)
      pair.network.setPath(from, to, { delay: 60, jitter: 15 });
    pair.clock.advance(500);
    const back = [new Recording(), new Recording()] as const;
    pair.a.addSink(back[0]);
    pair.b.addSink(back[1]);
    pair.clock.advance(1000);
    expect(toneLevelDbfs(back[0].samples, 8000, 700)).toBeGreaterThan(-20);
    expect(toneLevelDbfs(back[1].samples, 8000, 440)).toBeGreaterThan(-20);
    const { packetsLost } = pair.b.statistics();
    expect(packetsLost).toBeGreaterThanOrEqual(399);
    expect(packetsLost).toBeLessThanOrEqual(402);
  });
});
