import { afterEach, expect } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { NameAddr } from '../message/name-addr';
import type { IncomingSession } from '../session/incoming-session';
import type { OutgoingSession } from '../session/outgoing-session';
import type { SessionEnd } from '../session/session-events';
import { SipStack } from '../stack/sip-stack';
import type { SipStackOptions, StackInviteOptions } from '../stack/stack-options';
import { ForwardingProxy, type ForwardingProxyOptions } from '../testing/forwarding-proxy';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { ScriptedPeer } from '../testing/scripted-peer';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { WireLog } from '../testing/wire-log';
import type { Target } from '../transport/transport';

/** Whom everybody in the flows trusts with this. */
export const PASSWORD = 'zanzibar';

/** Where everybody is; the addresses and names of RFC 3665 §1.2 and RFC 5359 §1.2, but for the documentation prefixes. */
export const places = {
  'atlanta.example.com': '192.0.2.111',
  'biloxi.example.com': '192.0.2.222',
  'chicago.example.com': '192.0.2.122',
  'client.atlanta.example.com': '192.0.2.101',
  'client.biloxi.example.com': '192.0.2.201',
  'client.chicago.example.com': '192.0.2.181',
} as const;

/** A user agent of the scene: a whole stack, its media played by numbered texts. */
export class Phone {
  readonly stack: SipStack;
  readonly media: ScriptedMedia;
  readonly incoming: IncomingSession[] = [];
  readonly ends: SessionEnd[] = [];

  constructor(
    readonly scene: Scene,
    readonly aor: string,
    readonly host: string,
    options: Partial<SipStackOptions> = {},
  ) {
    const name = aor.slice(4, aor.indexOf('@'));
    this.media = new ScriptedMedia(name);
    this.stack = new SipStack({
      clock: scene.clock,
      random: seededRandomBytes(host.length + Number(host.split('.').at(-1))),
      transports: [scene.network.transport('UDP', { host, port: 5060 })],
      resolver: (uri) => scene.locate(uri.host),
      ...options,
    });
    this.stack.on('invite', (session) => {
      session.offerAnswer = this.media;
      session.on('ended', (end) => this.ends.push(end));
      this.incoming.push(session);
    });
  }

  /** The call that came in last. */
  get call(): IncomingSession {
    return this.incoming.at(-1)!;
  }

  /** Where it is reached without a proxy; its Contact, but for the port. */
  get uri(): string {
    return `sip:${NameAddr.parse(this.aor).sipUri!.user}@${this.host}`;
  }

  invite(uri: string, options: Partial<StackInviteOptions> = {}): OutgoingSession {
    const session = this.stack.invite({ uri, from: this.aor, offerAnswer: this.media, ...options });
    session.on('ended', (end) => this.ends.push(end));
    return session;
  }
}

/** Phones, proxies and scripted peers on one network, in virtual time, with all they say written down. */
export class Scene {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly wire: WireLog;
  readonly #names: Record<string, string> = {};
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #phones: Phone[] = [];
  readonly #holders = new Set<(again: () => void) => boolean>();
  /** Targets of hosts that stand for several servers. */
  readonly servers = new Map<string, readonly string[]>();

  constructor() {
    this.wire = new WireLog(this.network, this.#names);
    this.network.filter = (data, from, to) => {
      const again = () => {
        const { tap } = this.network;
        this.network.tap = undefined;
        this.network.datagram('UDP', from, to, bytes);
        this.network.tap = tap;
      };
      const bytes = data.slice();
      return ![...this.#holders].some((holder) => holder(again));
    };
    scenes.push(this);
  }

  async phone(name: string, aor: string, host: string, options: Partial<SipStackOptions> = {}): Promise<Phone> {
    this.#named(host, name);
    const phone = new Phone(this, aor, host, options);
    await phone.stack.start();
    this.#phones.push(phone);
    this.#closing.push(() => phone.stack.close());
    return phone;
  }

  async proxy(
    name: string,
    host: string,
    options: Omit<Partial<ForwardingProxyOptions>, 'clock' | 'random' | 'transport'> = {},
  ): Promise<ForwardingProxy> {
    this.#named(host, name);
    const proxy = new ForwardingProxy({
      clock: this.clock,
      random: seededRandomBytes(Number(host.split('.').at(-1)) + 1_000),
      transport: this.network.transport('UDP', { host, port: 5060 }),
      locate: (domain) => this.locate(domain)[0],
      ...options,
    });
    await proxy.start();
    this.#closing.push(() => proxy.close());
    return proxy;
  }

  async peer(name: string, host: string): Promise<ScriptedPeer> {
    this.#named(host, name);
    const peer = await new ScriptedPeer(this.clock, this.network.transport('UDP', { host, port: 5060 })).start();
    this.#closing.push(() => peer.close());
    return peer;
  }

  /** A digest of this realm that knows alice and bob. */
  digest(realm: string, proxy = true): DigestServer {
    return new DigestServer({
      realm,
      proxy,
      algorithms: ['MD5'],
      password: (username) => (['alice', 'bob'].includes(username) ? PASSWORD : undefined),
      clock: this.clock,
      random: seededRandomBytes(realm.length),
    });
  }

  /** Numeric hosts stand for themselves, names for the places above. */
  locate(host: string): Target[] {
    const found = this.servers.get(host) ?? [(places as Record<string, string>)[host] ?? host];
    return found.map((each) => ({ protocol: 'UDP', host: each, port: 5060, domain: host }));
  }

  /** A call that has been answered. What it took to get there is wiped off the log. */
  async connect(from: Phone, to: Phone, uri = to.uri, options: Partial<StackInviteOptions> = {}) {
    const session = from.invite(uri, options);
    await this.settle();
    void to.call.accept();
    await this.settle();
    expect([session.state, to.call.state]).toEqual(['confirmed', 'confirmed']);
    this.wire.clear();
    return session;
  }

  /**
   * Keeps the next message that is written down like this, such as `alice > bob ACK`, and all its repetitions.
   *
   * @returns lets the first go on its way, late; without it they are lost
   */
  hold(line: string): () => void {
    let kept: (() => void) | undefined;
    const holder = (again: () => void) => {
      if (this.wire.lines.at(-1) !== line) return false;
      kept ??= again;
      return true;
    };
    this.#holders.add(holder);
    return () => {
      this.#holders.delete(holder);
      kept?.();
    };
  }

  /** Loses the next message that is written down like this; a repetition gets through. */
  lose(line: string): void {
    const holder = () => {
      if (this.wire.lines.at(-1) !== line) return false;
      this.#holders.delete(holder);
      return true;
    };
    this.#holders.add(holder);
  }

  /** Lets messages travel: a tenth of a second, unless told otherwise. */
  settle(duration = 100): Promise<void> {
    return this.clock.advance(duration);
  }

  async close(): Promise<void> {
    await this.clock.until(Promise.all(this.#phones.map(({ stack }) => stack.close())));
    for (const { stack } of this.#phones) {
      expect(stack.load).toMatchObject({ sessions: 0, transactions: 0, features: 0 });
      expect(stack.dialogs.size).toBe(0);
    }
    await this.clock.until(Promise.all(this.#closing.map((close) => close())));
    await this.clock.advance(1_000);
    expect(this.clock.pending).toBe(0);
  }

  #named(host: string, name: string): void {
    this.#names[host] = name;
  }
}

const scenes: Scene[] = [];

/** Closes the scenes of each test of a file: no session, dialog, subscription, transaction or timer is left. */
export function clearTheStage(): void {
  afterEach(async () => {
    for (const scene of scenes.splice(0)) await scene.close();
  });
}
