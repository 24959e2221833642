import { describe, expect, test } from 'vitest';
import type { InviteSession } from '../session/invite-session';
import { SipStack } from '../stack/sip-stack';
import { ForwardingProxy } from '../testing/forwarding-proxy';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';

/** Alice calls three phones of Bob’s at once through a proxy; they ring, answer and refuse as it pleases them. */
async function play(seed: number) {
  const chance = seededRandom(seed);
  const pick = <Item>(...items: readonly Item[]): Item => items[Math.floor(chance() * items.length)]!;
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, {
    loss: pick(0, 0, 0.1),
    duplicate: pick(0, 0.2),
    jitter: pick(0, 20, 200),
    seed,
  });
  const sometime = (limit: number, what: () => unknown) =>
    clock.setTimer(
      chance() * limit,
      () =>
        void Promise.resolve()
          .then(what)
          .catch(() => {}),
    );
  const proxy = await new ForwardingProxy({
    clock,
    random: seededRandomBytes(seed),
    transport: network.transport('UDP', { host: '192.0.2.9', port: 5060 }),
    route: () => ['sip:bob@192.0.2.2', 'sip:bob@192.0.2.3', 'sip:bob@192.0.2.4'],
    earlyEnds: true,
  }).start();
  const sessions: InviteSession[] = [];
  const slowness = pick(0, 0, 500);
  const media = (name: string) => {
    const scripted = new ScriptedMedia(name);
    if (slowness > 0) {
      Object.defineProperty(scripted, 'pause', {
        get: () => new Promise<void>((resolve) => void clock.setTimer(chance() * slowness, resolve)),
      });
    }
    return scripted;
  };
  let willing = 0;
  const stacks: SipStack[] = [];
  for (const last of [1, 2, 3, 4]) {
    const host = `192.0.2.${last}`;
    const stack = new SipStack({
      clock,
      random: seededRandomBytes(10 * seed + last),
      transports: [network.transport('UDP', { host, port: 5060 })],
    });
    stack.on('session', (session) => sessions.push(session));
    stack.on('invite', (session) => {
      session.offerAnswer = media(`phone ${last}`);
      if (chance() < 0.7) sometime(500, () => session.ring({ earlyMedia: chance() < 0.5, reliable: chance() < 0.5 }));
      const takes = chance() < 0.6;
      if (takes) willing++;
      sometime(2_000, () => (takes ? session.accept() : session.reject(pick(480, 486, 404))));
    });
    await stack.start();
    stacks.push(stack);
  }
  const call = stacks[0]!.invite({
    uri: 'sip:bob@192.0.2.9',
    from: 'sip:alice@192.0.2.1',
    offerAnswer: media('alice'),
    delayedOffer: chance() < 0.2,
  });
  const impatient = chance() < 0.2;
  if (impatient) sometime(3_000, () => call.terminate());
  for (let count = 0; count < 4; count++) {
    sometime(8_000, () =>
      pick(
        () => pick(...sessions).reinvite(),
        () => pick(...sessions).update(),
      )(),
    );
  }
  await clock.advance(100_000);
  return { clock, stacks, sessions, proxy, call, expected: !impatient && willing > 0 };
}

describe('an INVITE that forks, over a network that loses, doubles and reorders', () => {
  test.each(Array.from({ length: 8 }, (_, decade) => decade * 20))('seeds from %i on', async (first) => {
    for (let seed = first + 1; seed <= first + 20; seed++) {
      const { clock, stacks, sessions, proxy, call, expected } = await play(seed);
      // Whoever answers first has the call, alone; all others are told.
      const confirmed = sessions.filter(({ state }) => state === 'confirmed');
      const open = sessions.filter(({ state }) => state !== 'confirmed' && state !== 'terminated');
      if (expected) expect({ seed, state: call.state }).toEqual({ seed, state: 'confirmed' });
      expect({ seed, confirmed: confirmed.length, open: open.length }).toEqual({
        seed,
        confirmed: call.state === 'confirmed' ? 2 : 0,
        open: 0,
      });
      if (call.state === 'confirmed') {
        const [other] = confirmed.filter((each) => each !== call);
        expect([seed, other!.dialog!.localTag]).toEqual([seed, call.dialog!.remoteTag]);
        expect([seed, call.dialogs.length]).toEqual([seed, 1]);
      }
      void call.terminate();
      await clock.advance(100_000);
      for (const { load, dialogs } of stacks) {
        expect({ seed, sessions: load.sessions, transactions: load.transactions, dialogs: dialogs.size }).toEqual({
          seed,
          sessions: 0,
          transactions: 0,
          dialogs: 0,
        });
      }
      await clock.until(Promise.all(stacks.map((stack) => stack.close())));
      await proxy.close();
      await clock.advance(1_000);
      expect({ seed, pending: clock.pending }).toEqual({ seed, pending: 0 });
    }
  });
});
