import { describe, expect, test } from 'vitest';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Target } from '../transport/transport';
import { TargetHealth, type TargetHealthOptions } from './target-health';

const target = (last: number, protocol: Target['protocol'] = 'UDP'): Target => ({
  protocol,
  host: `192.0.2.${last}`,
  port: 5060,
});
const A = target(1);
const B = target(2);
const C = target(3);

function book(options: TargetHealthOptions = {}) {
  const clock = new VirtualClock();
  const health = new TargetHealth({ clock, random: seededRandomBytes(1), ...options });
  const order = (...targets: Target[]) =>
    health
      .order(targets)
      .map(({ host }) => host.at(-1))
      .join('');
  return { clock, health, order };
}

describe('targets that have failed come last (RFC 3263 §4.3)', () => {
  test('for a while, and longer each time they fail again', async () => {
    const { clock, health, order } = book({ penalties: { timeout: 60_000 } });
    expect(order(A, B, C)).toBe('123');
    health.failed(A, 'timeout');
    expect(order(A, B, C)).toBe('231');
    await clock.advance(60_000);
    expect(order(A, B, C)).toBe('123');
    health.failed(A, 'timeout');
    await clock.advance(60_000);
    expect(order(A, B, C)).toBe('231');
    await clock.advance(60_000);
    expect(order(A, B, C)).toBe('123');
  });

  test('when all have failed, the one that is forgiven first is tried first', () => {
    const { health, order } = book();
    health.failed(A, 'timeout');
    health.failed(B, 'unreachable');
    expect(order(A, B)).toBe('21');
  });

  test('an answer clears the record', () => {
    const { health, order } = book();
    health.failed(A, 'timeout');
    health.succeeded(A);
    expect([order(A, B), health.size]).toEqual(['12', 0]);
  });

  test('a thousand requests that fail together are one failure', async () => {
    const { clock, health, order } = book({ penalties: { timeout: 60_000 } });
    for (let count = 0; count < 1_000; count++) health.failed(A, 'timeout');
    await clock.advance(60_000);
    expect(order(A, B)).toBe('12');
  });

  test('Retry-After of a 503 sets aside for exactly that long, whatever else is answered; an absurd one is not believed', async () => {
    const { clock, health, order } = book();
    health.busy(A, 120);
    health.succeeded(A);
    await clock.advance(119_999);
    expect(order(A, B)).toBe('21');
    await clock.advance(1);
    expect(order(A, B)).toBe('12');
    health.busy(A, 4_000_000_000);
    await clock.advance(3_600_000);
    expect(order(A, B)).toBe('12');
  });

  test('the book does not grow without end', () => {
    const { health } = book({ maxTargets: 10 });
    for (let last = 0; last < 100; last++) health.failed(target(last), 'timeout');
    expect(health.size).toBe(10);
  });
});

describe('connections', () => {
  test('that could not be made are tried again after pauses that double, with jitter', async () => {
    const { clock, health } = book();
    const tcp = target(1, 'TCP');
    for (const longest of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      expect(health.connectPause(tcp)).toBe(0);
      health.failed(tcp, 'unreachable');
      health.failed(tcp, 'unreachable');
      const pause = health.connectPause(tcp);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest);
      await clock.advance(pause);
    }
    health.succeeded(tcp);
    health.failed(tcp, 'unreachable');
    expect(health.connectPause(tcp)).toBeLessThanOrEqual(500);
    expect(health.connectPause(A)).toBe(0);
  });

  test('are not tried for large requests for long once a server took none', async () => {
    const { clock, health } = book();
    health.keepToDatagrams(A);
    expect([health.takesConnections(A), health.takesConnections(B)]).toEqual([false, true]);
    await clock.advance(600_000);
    expect(health.takesConnections(A)).toBe(true);
  });
});
