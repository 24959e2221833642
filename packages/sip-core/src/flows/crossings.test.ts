import { describe, expect, test } from 'vitest';
import type { SessionBody } from '../body/session-body';
import { SipError } from '../platform/errors';
import type { InviteSession } from '../session/invite-session';
import type { OfferAnswerHandler } from '../session/offer-answer-handler';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';

/** One side of an exchange of descriptions that notes whatever RFC 3264 does not allow. */
class StrictMedia implements OfferAnswerHandler {
  /** What both sides have agreed on last. */
  agreed = '';
  #offer: string | undefined;
  #count = 0;

  /**
   * @param slow waits for as long as it takes to open a socket, to ask a media server…
   * @param refuses whether an offer in the call is refused
   */
  constructor(
    readonly name: string,
    readonly breaches: string[],
    readonly slow: () => Promise<void>,
    readonly refuses: () => boolean,
  ) {}

  async createOffer(): Promise<SessionBody> {
    if (this.#offer !== undefined) this.breaches.push(`${this.name} offers while its offer ${this.#offer} is open`);
    const offer = `${this.name} ${++this.#count}`;
    this.#offer = offer;
    await this.slow();
    return body(offer);
  }

  async createAnswer(offer: SessionBody): Promise<SessionBody> {
    if (this.#offer !== undefined) this.breaches.push(`${this.name} answers while its offer ${this.#offer} is open`);
    const answer = `${this.name} ${++this.#count}`;
    await this.slow();
    if (this.agreed !== '' && this.refuses()) throw new SipError('No.', { code: 'ERR_TEST', status: 488 });
    this.agreed = `${text(offer)} | ${answer}`;
    return body(answer);
  }

  async acceptAnswer(answer: SessionBody): Promise<void> {
    if (this.#offer === undefined) this.breaches.push(`${this.name} takes the answer ${text(answer)} to no offer`);
    this.agreed = `${this.#offer} | ${text(answer)}`;
    await this.slow();
    this.#offer = undefined;
  }

  rollback(): void {
    this.#offer = undefined;
  }

  /** Whether no offer of ours is open. */
  get stable(): boolean {
    return this.#offer === undefined;
  }
}

const body = (content: string): SessionBody => ({
  contentType: 'application/sdp',
  body: new TextEncoder().encode(content),
});
const text = ({ body }: SessionBody) => new TextDecoder().decode(body);

/** Alice calls Bob over a bad network, and both do what comes to their minds, at once. */
async function play(seed: number) {
  const chance = seededRandom(seed);
  const pick = <Item>(...items: Item[]): Item => items[Math.floor(chance() * items.length)]!;
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, {
    loss: pick(0, 0, 0.1, 0.2),
    duplicate: pick(0, 0.2),
    jitter: pick(0, 20, 400),
    seed,
  });
  const breaches: string[] = [];
  const slowness = pick(0, 0, 50, 1_000);
  const slow = () =>
    slowness === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => void clock.setTimer(chance() * slowness, resolve));
  const reluctance = pick(0, 0, 0.3);
  const describes = (name: string) => new StrictMedia(name, breaches, slow, () => chance() < reluctance);
  const media = { alice: describes('alice'), bob: describes('bob') };
  const stack = (host: string) =>
    new SipStack({
      clock,
      random: seededRandomBytes(seed + host.length + Number(host.at(-1))),
      transports: [network.transport('UDP', { host, port: 5060 })],
      sessionTimer: pick<false | object>(false, {}),
    });
  const [alice, bob] = [stack('192.0.2.1'), stack('192.0.2.2')];
  await Promise.all([alice.start(), bob.start()]);
  const ends: string[] = [];
  const sessions: InviteSession[] = [];
  const stage = { givenUp: false };
  const act = (session: InviteSession) =>
    pick<() => Promise<unknown>>(
      () => session.reinvite(),
      () => session.reinvite({ delayedOffer: true }),
      () => session.update(),
      () => session.update({ offer: false }),
      () => session.send('OPTIONS'),
    )();
  /** Does something at some time within so many ms. */
  const sometime = (limit: number, what: () => unknown) =>
    clock.setTimer(
      chance() * limit,
      () =>
        void Promise.resolve()
          .then(what)
          .catch(() => {}),
    );
  bob.on('invite', (session) => {
    session.offerAnswer = media.bob;
    sessions.push(session);
    session.on('ended', ({ by, status }) => ends.push(`bob ${by} ${status ?? ''}`));
    const early = chance() < 0.5;
    if (early) sometime(500, () => session.ring({ earlyMedia: chance() < 0.5, reliable: chance() < 0.5 }));
    if (early && chance() < 0.3) sometime(1_500, () => session.update());
    const takes = chance() < 0.9;
    if (!takes) stage.givenUp = true;
    sometime(2_000, () => (takes ? session.accept() : session.reject(486)));
  });
  const call = alice.invite({
    uri: 'sip:bob@192.0.2.2',
    from: 'sip:alice@192.0.2.1',
    offerAnswer: media.alice,
    delayedOffer: chance() < 0.3,
  });
  sessions.push(call);
  call.on('ended', ({ by, status }) => ends.push(`alice ${by} ${status ?? ''}`));
  if (chance() < 0.1) {
    stage.givenUp = true;
    sometime(2_500, () => call.terminate());
  }
  if (chance() < 0.2) {
    stage.givenUp = true;
    sometime(12_000, () => pick(...sessions).terminate());
  }
  for (let count = 0; count < 8; count++) sometime(10_000, () => act(pick(...sessions)));
  await clock.advance(80_000);
  return { ...stage, clock, network, alice, bob, call, sessions, media, breaches, ends, pick, sometime };
}

describe('whatever crosses whatever else, over a network that loses, doubles and reorders', () => {
  test.each(Array.from({ length: 10 }, (_, decade) => decade * 30))('seeds from %i on', async (first) => {
    for (let seed = first + 1; seed <= first + 30; seed++) {
      const stage = await play(seed);
      const { givenUp, clock, alice, bob, call, media, breaches, ends, sessions, sometime, pick } = stage;
      const told = { seed, breaches, states: sessions.map(({ state }) => state), ends };
      expect(told).toMatchObject({ breaches: [] });
      const [theirs] = sessions.filter((each) => each !== call);
      // Both ends see the same: a call, with the same descriptions, or none.
      if (theirs) expect({ ...told, state: theirs.state }).toMatchObject({ state: call.state });
      expect({ ...told, state: call.state }).toMatchObject({ state: givenUp ? 'terminated' : 'confirmed' });
      if (call.state === 'confirmed') {
        expect({ ...told, stable: [media.alice.stable, media.bob.stable], agreed: media.alice.agreed }).toMatchObject({
          stable: [true, true],
          agreed: media.bob.agreed,
        });
      }
      for (const session of pick([call], sessions)) sometime(50, () => session.terminate());
      await clock.advance(80_000);
      expect({ ...told, states: sessions.map(({ state }) => state) }).toMatchObject({
        states: sessions.map(() => 'terminated'),
      });
      expect({ ...told, load: [alice.load, bob.load], dialogs: [alice.dialogs.size, bob.dialogs.size] }).toMatchObject({
        load: Array(2).fill({ sessions: 0, transactions: 0, registrations: 0, features: 0 }),
        dialogs: [0, 0],
      });
      await clock.until(Promise.all([alice.close(), bob.close()]));
      await clock.advance(1_000);
      expect({ ...told, pending: clock.pending }).toMatchObject({ pending: 0 });
    }
  });
});
