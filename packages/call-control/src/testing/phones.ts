import {
  type IncomingSession,
  type OfferAnswerHandler,
  type OutgoingSession,
  type SessionBody,
  SipStack,
  SipUri,
} from '@offhook/sip-core';
import { MemoryNetwork, seededRandomBytes, VirtualClock } from '@offhook/sip-core/testing';
import { SipServer, type SipServerOptions } from '../server/sip-server';

/** A session description that says nothing but a text. */
export const sdp = (text: string): SessionBody => ({
  contentType: 'application/sdp',
  body: new TextEncoder().encode(text),
});
const textOf = ({ body }: SessionBody) => new TextDecoder().decode(body);

/** Makes offers and answers that carry the name of a phone, and keeps what it was given. */
export class ScriptedMedia implements OfferAnswerHandler {
  /** Descriptions of the other side, in order: `offer: …`, `answer: …`. */
  readonly seen: string[] = [];
  /** Set to make the next offer fail to be answered. */
  refusal: Error | undefined;
  readonly #name: string;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  createOffer(): SessionBody {
    return sdp(`${this.#name} ${++this.#count}`);
  }

  createAnswer(offer: SessionBody): SessionBody {
    if (this.refusal) throw this.refusal;
    this.seen.push(`offer: ${textOf(offer)}`);
    return sdp(`${this.#name} ${++this.#count}`);
  }

  acceptAnswer(answer: SessionBody): void {
    this.seen.push(`answer: ${textOf(answer)}`);
  }

  rollback(): void {}
}

/** A user agent on a network in memory. */
export class Phone {
  readonly stack: SipStack;
  readonly media: ScriptedMedia;
  /** The calls that came in. */
  readonly incoming: IncomingSession[] = [];
  /** What to do with a call that comes in; answers by default. */
  onInvite: (session: IncomingSession) => void = (session) => void session.accept().catch(() => {});
  readonly #name: string;

  constructor(world: World, name: string, host: string) {
    this.#name = name;
    this.media = new ScriptedMedia(name);
    this.stack = new SipStack({
      transports: [world.network.transport('UDP', { host, port: 5060 })],
      clock: world.clock,
      random: seededRandomBytes(name.charCodeAt(0)),
    });
    this.stack.on('invite', (session) => {
      session.offerAnswer = this.media;
      this.incoming.push(session);
      this.onInvite(session);
    });
  }

  get #account() {
    return {
      from: `<sip:${this.#name}@192.0.2.1>`,
      server: SipUri.parse('sip:192.0.2.1:5060'),
      credentials: { username: this.#name, password: `${this.#name}'s` },
    };
  }

  async register(): Promise<void> {
    const { server, credentials } = this.#account;
    const registration = this.stack.register({ aor: `sip:${this.#name}@192.0.2.1`, registrar: server, credentials });
    await registration.start();
  }

  call(callee: string, options: { delayedOffer?: boolean; from?: string; password?: string } = {}): OutgoingSession {
    const { from, password, ...rest } = options;
    const account = this.#account;
    return this.stack.invite({
      ...account,
      ...(from !== undefined && { from }),
      ...(password !== undefined && { credentials: { ...account.credentials, password } }),
      uri: `sip:${callee}@192.0.2.1`,
      offerAnswer: this.media,
      ...rest,
    });
  }
}

/** A server with phones around it, in virtual time. */
export class World {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly server: SipServer;

  constructor(options: Partial<SipServerOptions> = {}) {
    this.network = new MemoryNetwork(this.clock);
    this.server = new SipServer({
      transports: [this.network.transport('UDP', { host: '192.0.2.1', port: 5060 })],
      domains: ['192.0.2.1'],
      users: { alice: "alice's", bob: "bob's", carol: "carol's" },
      clock: this.clock,
      random: seededRandomBytes(1),
      ...options,
    });
  }

  /** A server, alice who can call, and bob who is registered. */
  static async withAliceAndBob(options: Partial<SipServerOptions> = {}) {
    const world = new World(options);
    await world.server.start();
    const alice = new Phone(world, 'alice', '192.0.2.10');
    const bob = new Phone(world, 'bob', '192.0.2.11');
    await Promise.all([alice.stack.start(), bob.stack.start()]);
    await world.clock.until(bob.register());
    return { world, alice, bob };
  }

  /** Lets time pass until a session is confirmed; rejects with how it ended when it does not get there. */
  confirmed(session: OutgoingSession | IncomingSession): Promise<void> {
    return this.clock.until(
      new Promise((resolve, reject) => {
        if (session.state === 'confirmed') resolve();
        session.on('established', () => resolve());
        session.on('ended', (end) => reject(end));
      }),
    );
  }

  /** Lets time pass until a session has ended. */
  ended(session: OutgoingSession | IncomingSession): Promise<unknown> {
    return this.clock.until(
      new Promise((resolve) => {
        if (session.state === 'terminated') resolve(undefined);
        session.on('ended', resolve);
      }),
    );
  }
}
