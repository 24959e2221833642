import { describe, expect, test } from 'vitest';
import { CallReplacement } from '../refer/call-replacement';
import { ReferServer } from '../refer/refer-server';
import type { Referral } from '../refer/referral';
import type { InviteSession } from '../session/invite-session';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';

const NAMES = ['alice', 'bob', 'carol'] as const;
type Name = (typeof NAMES)[number];

/** Three phones call, transfer, watch and leave each other over a bad network, all at once. */
async function play(seed: number) {
  const chance = seededRandom(seed);
  const pick = <Item>(...items: readonly Item[]): Item => items[Math.floor(chance() * items.length)]!;
  const clock = new VirtualClock();
  const loss = pick(0, 0.1, 0.2);
  const network = new MemoryNetwork(clock, { loss, duplicate: pick(0, 0.2), jitter: pick(0, 30, 400), seed });
  const sessions: { name: Name; session: InviteSession }[] = [];
  /** Referrals and subscriptions that have not ended. */
  const open = new Set<string>();
  const refers = (name: Name, referral: Referral) => {
    const id = `${name} refers to ${referral.target} at ${clock.now()}`;
    open.add(id);
    void referral.done.then(() => open.delete(id));
  };
  const uri = (name: Name) => `sip:${name}@192.0.2.${NAMES.indexOf(name) + 1}`;
  /** Does something at some time within so many ms. */
  const sometime = (limit: number, what: () => unknown) =>
    clock.setTimer(
      chance() * limit,
      () =>
        void Promise.resolve()
          .then(what)
          .catch(() => {}),
    );
  const stacks = {} as Record<Name, SipStack>;
  for (const name of NAMES) {
    const host = `192.0.2.${NAMES.indexOf(name) + 1}`;
    const stack = new SipStack({
      clock,
      random: seededRandomBytes(10 * seed + NAMES.indexOf(name)),
      transports: [network.transport('UDP', { host, port: 5060 })],
    });
    stacks[name] = stack;
    stack.use(new ReferServer()).use(new CallReplacement());
    const lamp = stack.serveEvent({ event: 'lamp' });
    lamp.on('subscribe', (subscription) => {
      sometime(2_500, () => subscription.accept());
      sometime(8_000, () => subscription.notify());
      if (chance() < 0.3) sometime(8_000, () => subscription.terminate('noresource'));
    });
    stack.on('session', (session) => sessions.push({ name, session }));
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia(name);
      if (chance() < 0.5) sometime(300, () => session.ring({ reliable: chance() < 0.5 }));
      sometime(1_500, () => (chance() < 0.9 ? session.accept() : session.reject(486)));
    });
    stack.on('refer', (referral) => {
      sometime(1_000, () =>
        chance() < 0.8 ? referral.follow({ offerAnswer: new ScriptedMedia(name) }) : referral.reject(603),
      );
    });
    await stack.start();
  }
  const call = (from: Name, to: Name) =>
    stacks[from].invite({ uri: uri(to), from: uri(from), offerAnswer: new ScriptedMedia(from) });
  const ofOne = (name: Name) => pick(...sessions.filter((each) => each.name === name)).session;
  const actions = [
    () => ofOne(pick(...NAMES)).reinvite(),
    () => ofOne(pick(...NAMES)).update(),
    () => {
      const name = pick(...NAMES);
      refers(name, ofOne(name).refer(uri(pick(...NAMES))));
    },
    () => {
      const name = pick(...NAMES);
      refers(name, ofOne(name).refer(ofOne(name)));
    },
    () => {
      const [from, to] = [pick(...NAMES), pick(...NAMES)];
      refers(from, stacks[from].refer({ uri: uri(to), from: uri(from), target: uri(pick(...NAMES)) }));
    },
    () => {
      const [from, to] = [pick(...NAMES), pick(...NAMES)];
      const subscription = stacks[from].subscribe({ uri: uri(to), from: uri(from), event: 'lamp', resubscribe: false });
      const id = `${from} subscribes to ${to} at ${clock.now()}`;
      open.add(id);
      subscription.on('ended', () => open.delete(id));
      sometime(8_000, () => subscription.unsubscribe());
    },
    () => ofOne(pick(...NAMES)).terminate(),
  ];
  call('alice', 'bob');
  call('bob', 'carol');
  for (let count = 0; count < 12; count++) sometime(8_000, pick(...actions));
  await clock.advance(80_000);
  return { clock, stacks, sessions, open };
}

describe('transfers, subscriptions and farewells that cross, over a network that loses, doubles and reorders', () => {
  test.each(Array.from({ length: 8 }, (_, decade) => decade * 20))('seeds from %i on', async (first) => {
    for (let seed = first + 1; seed <= first + 20; seed++) {
      const { clock, stacks, sessions, open } = await play(seed);
      // Every confirmed session has its other half.
      const halves = new Map<string, number>();
      for (const { session } of sessions) {
        if (session.state !== 'confirmed') continue;
        const { callId, localTag, remoteTag } = session.dialog!;
        const key = [callId, ...[localTag, remoteTag].sort()].join(' ');
        halves.set(key, (halves.get(key) ?? 0) + 1);
      }
      expect({ seed, halves: [...halves.values()].filter((count) => count !== 2) }).toEqual({ seed, halves: [] });
      for (const { session } of sessions) void session.terminate();
      await clock.advance(700_000);
      expect({ seed, open: [...open] }).toEqual({ seed, open: [] });
      for (const [name, { load, dialogs }] of Object.entries(stacks)) {
        expect({ seed, name, load, dialogs: dialogs.size }).toEqual({
          seed,
          name,
          load: { sessions: 0, transactions: 0, registrations: 0, features: 0 },
          dialogs: 0,
        });
      }
      await clock.until(Promise.all(Object.values(stacks).map((stack) => stack.close())));
      await clock.advance(1_000);
      expect({ seed, pending: clock.pending }).toEqual({ seed, pending: 0 });
    }
  });
});
