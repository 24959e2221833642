import { instrument, type MetricMeter } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';

describe('what goes on in an endpoint', () => {
  test('is counted, by reason where it went no further', async () => {
    const lab = new MemoryLab();
    const alice = await lab.endpoint('alice');
    const bob = await lab.endpoint('bob', {}, { limits: { maxSessions: 0 } });
    expect(alice.counters).toMatchObject({ received: 0, sent: 0 });
    const call = alice.call('sip:bob@10.0.0.2');
    await expect(lab.clock.until(call.established)).rejects.toMatchObject({ status: 503 });
    expect(bob.counters!.refusals.sessions).toBe(1);
    expect(bob.counters!.drops.noise).toBe(0);
    await lab.clock.until(Promise.all([alice.close(), bob.close()]));
    expect(bob.counters).toBeUndefined();
  });

  test('can be measured', async () => {
    const lab = new MemoryLab();
    const counts: Record<string, number> = {};
    const meter: MetricMeter = {
      createCounter: (name) => ({
        add: (value) => {
          counts[name] = (counts[name] ?? 0) + value;
        },
      }),
      createHistogram: () => ({ record: () => {} }),
      createObservableGauge: () => ({ addCallback: () => {}, removeCallback: () => {} }),
    };
    const alice = await lab.endpoint('alice', {}, { onStack: (stack) => instrument(stack, meter) });
    const bob = await lab.endpoint('bob');
    const response = await lab.clock.until(alice.options('sip:bob@10.0.0.2'));
    expect(response.status).toBe(200);
    expect(counts).toEqual({ 'sip.requests': 1, 'sip.responses': 1 });
    await lab.clock.until(Promise.all([alice.close(), bob.close()]));
  });
});
