import { describe, expect, test } from 'vitest';
import type { Registration } from './registration';
import { leaveNothingBehind, PhoneAndRegistrars } from './testing/phone-and-registrars';

leaveNothingBehind();

const LINES = 5_000;

/** Lines at one registrar, all begun at once. */
async function lines(scene: PhoneAndRegistrars, options: Parameters<PhoneAndRegistrars['register']>[0] = {}) {
  const all: Registration[] = [];
  for (let line = 0; line < LINES; line++) {
    all.push(
      scene.phone.register({
        aor: `sip:line${line}@example.com`,
        server: scene.server(1),
        expires: 600,
        ...options,
      }),
    );
  }
  const started = Promise.all(all.map((each) => each.start()));
  return { all, started };
}

describe(`${LINES} lines in one process`, () => {
  test('start so many at a time, share a connection, one timer and one keep-alive, and are all refreshed in time', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}], { registering: { concurrency: 50 } });
    let most = 0;
    const { arrivals } = scene.registrar;
    scene.registrar.refuse = () => {
      most = Math.max(most, scene.phone.load.transactions);
      return undefined;
    };
    const { all, started } = await lines(scene, { outbound: true });
    await scene.clock.until(started);
    expect(most).toBeLessThanOrEqual(50);
    expect(arrivals).toHaveLength(LINES);
    expect(scene.network.connections).toBe(2);
    await scene.clock.advance(100);
    expect(scene.clock.pending).toBe(1);
    expect(scene.phone.load).toMatchObject({ registrations: LINES, transactions: 0 });

    await scene.clock.advance(600_000);
    expect(all.every(({ state }) => state === 'registered')).toBe(true);
    for (let line = 0; line < LINES; line += 97) {
      expect(scene.registrar.bindings(`line${line}@example.com`)).toHaveLength(1);
    }
    // Each once or twice in that time, and scattered.
    const refreshes = arrivals.slice(LINES).map(({ time }) => Math.floor(time / 1_000));
    expect(refreshes.length).toBeGreaterThanOrEqual(LINES);
    expect(refreshes.length).toBeLessThan(2 * LINES);
    expect(new Set(refreshes).size).toBeGreaterThan(40);
    expect(scene.pings.length).toBeGreaterThanOrEqual(5);
    expect(scene.pings.length).toBeLessThanOrEqual(7);
  }, 60_000);

  test('lose their connection together, and are back on a new one', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}]);
    const { all, started } = await lines(scene, { outbound: true });
    await scene.clock.until(started);
    await scene.clock.advance(130_000);
    scene.network.sever();
    await scene.clock.advance(2_000);
    expect(all.filter(({ state }) => state !== 'registered')).toEqual([]);
    expect(scene.network.connections).toBe(2);
    expect(scene.clock.pending).toBe(1);
  }, 60_000);
});
