import { describe, expect, test } from 'vitest';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { FlowWatch, TransactionLayer } from '../transaction/transaction-layer';
import type { Address, Flow } from '../transport/transport';
import { FlowKeeper, type FlowUser } from './flow-keeper';
import { RefreshSchedule } from './refresh-schedule';

/** A keeper of one flow whose peer does what the test says. */
function setUp(reliable = false) {
  const clock = new VirtualClock();
  const schedule = new RefreshSchedule(clock);
  const watches = new Set<FlowWatch>();
  const layer = {
    watch: (_flow: Flow, watch: FlowWatch) => {
      watches.add(watch);
      return () => watches.delete(watch);
    },
  } as unknown as TransactionLayer;
  let answers: Address | 'silence' | undefined;
  const pings: number[] = [];
  const flow = {
    reliable,
    remote: { host: '192.0.2.9', port: 5060 },
    closed: false,
    ping() {
      pings.push(clock.now());
      const mapped = answers;
      if (mapped === 'silence') return;
      clock.setTimer(1, () => {
        for (const watch of watches) watch.pong?.(mapped);
      });
    },
    close() {
      this.closed = true;
      for (const watch of [...watches]) watch.closed?.();
    },
  };
  const log: string[] = [];
  const user = (name: string, options: Partial<FlowUser> = {}): FlowUser => ({
    interval: [20_000, 20_000],
    answers: true,
    failed: (error) => log.push(`${name} failed ${error?.code}`),
    proved: () => log.push(`${name} proved`),
    moved: ({ host, port }) => log.push(`${name} moved ${host}:${port}`),
    ...options,
  });
  const keeper = new FlowKeeper(layer, schedule, seededRandomBytes(1));
  return {
    clock,
    keeper,
    pings,
    log,
    user,
    watches,
    flow: flow as unknown as Flow,
    answer: (how: typeof answers) => {
      answers = how;
    },
  };
}

describe('keeping a flow (RFC 5626 §4.4)', () => {
  test('one keep-alive for all users, as often as the most demanding wants', async () => {
    const { clock, keeper, pings, user, flow, log, watches } = setUp();
    const leave = [user('a', { interval: [60_000, 60_000] }), user('b'), user('c', { interval: undefined })].map(
      (each) => keeper.keep(flow, each),
    );
    await clock.advance(100_000);
    expect(pings).toEqual([20_000, 40_001, 60_002, 80_003]);
    expect(log).toEqual(['a proved', 'b proved', 'c proved']);
    leave[1]!();
    await clock.advance(200_000);
    expect(pings.slice(5)).toEqual([160_005, 220_006, 280_007]);
    leave[0]!();
    await clock.advance(200_000);
    expect(pings).toHaveLength(8);
    leave[2]!();
    expect([keeper.size, watches.size, clock.pending]).toEqual([0, 0, 0]);
  });

  test('who comes later learns that the flow has been proved', async () => {
    const { clock, keeper, user, flow, log } = setUp();
    keeper.keep(flow, user('a'));
    await clock.advance(30_000);
    keeper.keep(flow, user('b'));
    expect(log).toEqual(['a proved', 'b proved']);
    keeper.close();
    expect(clock.pending).toBe(0);
  });

  test('another address seen by the peer: a NAT has forgotten us (§4.4.2)', async () => {
    const { clock, keeper, user, flow, log, answer } = setUp();
    keeper.keep(flow, user('a'));
    answer({ host: '203.0.113.1', port: 40_000 });
    await clock.advance(45_000);
    expect(log).toEqual(['a proved']);
    answer({ host: '203.0.113.1', port: 40_001 });
    await clock.advance(45_000);
    expect(log).toEqual(['a proved', 'a moved 203.0.113.1:40001']);
    keeper.close();
  });

  test('silence fails it for all, once, and closes it', async () => {
    const { clock, keeper, user, flow, log, answer } = setUp(true);
    keeper.keep(flow, user('a'));
    keeper.keep(flow, user('b', { answers: false }));
    answer('silence');
    await clock.advance(29_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(['a failed ERR_SIP_FLOW_FAILED', 'b failed ERR_SIP_FLOW_FAILED']);
    expect(flow.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('a peer that need not answer may be silent, until it has answered once', async () => {
    const { clock, keeper, user, flow, log, pings, answer } = setUp(true);
    keeper.keep(flow, user('a', { answers: false }));
    answer('silence');
    await clock.advance(200_000);
    expect(pings).toHaveLength(10);
    answer(undefined);
    await clock.advance(20_001);
    answer('silence');
    await clock.advance(31_000);
    expect(log).toEqual(['a proved', 'a failed ERR_SIP_FLOW_FAILED']);
  });
});
