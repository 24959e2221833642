import { afterEach, expect } from 'vitest';
import type { IncomingSession } from '../../session/incoming-session';
import type { OutgoingSession } from '../../session/outgoing-session';
import type { SessionEnd } from '../../session/session-events';
import { SipStack } from '../../stack/sip-stack';
import type { StackInviteOptions } from '../../stack/stack-options';
import { MemoryNetwork, type MemoryNetworkOptions } from '../../testing/memory-network';
import { ScriptedMedia } from '../../testing/scripted-media';
import { seededRandomBytes } from '../../testing/seeded-random';
import { VirtualClock } from '../../testing/virtual-clock';
import { WireLog } from '../../testing/wire-log';
import { CallReplacement } from '../call-replacement';
import { ReferServer } from '../refer-server';

/** A whole stack that takes REFERs and understands Replaces, its media played by numbered texts. */
export class TransferPhone {
  readonly stack: SipStack;
  readonly media: ScriptedMedia;
  readonly calls: IncomingSession[] = [];
  readonly ends: SessionEnd[] = [];
  /** What to do with calls that come in. */
  answer: (session: IncomingSession) => void = (session) => void session.accept().catch(() => {});

  constructor(
    readonly room: ThreePhones,
    readonly name: string,
    readonly host: string,
  ) {
    this.media = new ScriptedMedia(name);
    this.stack = new SipStack({
      clock: room.clock,
      random: seededRandomBytes(Number(host.split('.').at(-1))),
      transports: [room.network.transport('UDP', { host, port: 5060 })],
    });
    this.stack.use(new ReferServer()).use(new CallReplacement());
    this.stack.on('invite', (session) => {
      session.offerAnswer = this.media;
      session.on('ended', (end) => this.ends.push(end));
      this.calls.push(session);
      this.answer(session);
    });
  }

  get uri(): string {
    return `sip:${this.name}@${this.host}`;
  }

  /** The call that came in last. */
  get call(): IncomingSession {
    return this.calls.at(-1)!;
  }

  invite(to: TransferPhone, options: Partial<StackInviteOptions> = {}): OutgoingSession {
    const session = this.stack.invite({ uri: to.uri, from: this.uri, offerAnswer: this.media, ...options });
    session.on('ended', (end) => this.ends.push(end));
    return session;
  }
}

/** Alice, bob and carol on one network in virtual time. */
export class ThreePhones {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly wire: WireLog;
  readonly alice: TransferPhone;
  readonly bob: TransferPhone;
  readonly carol: TransferPhone;

  private constructor(options: MemoryNetworkOptions) {
    this.network = new MemoryNetwork(this.clock, options);
    this.wire = new WireLog(this.network, { '192.0.2.1': 'alice', '192.0.2.2': 'bob', '192.0.2.3': 'carol' });
    this.alice = new TransferPhone(this, 'alice', '192.0.2.1');
    this.bob = new TransferPhone(this, 'bob', '192.0.2.2');
    this.carol = new TransferPhone(this, 'carol', '192.0.2.3');
  }

  static async start(options: MemoryNetworkOptions = {}): Promise<ThreePhones> {
    const room = new ThreePhones(options);
    for (const { stack } of room.phones) await stack.start();
    rooms.push(room);
    return room;
  }

  get phones(): TransferPhone[] {
    return [this.alice, this.bob, this.carol];
  }

  /** Lets messages travel. */
  settle(duration = 100): Promise<void> {
    return this.clock.advance(duration);
  }

  /** An established call. */
  async connect(from: TransferPhone, to: TransferPhone): Promise<OutgoingSession> {
    const session = from.invite(to);
    await this.settle();
    expect([session.state, to.call.state]).toEqual(['confirmed', 'confirmed']);
    return session;
  }

  async close(): Promise<void> {
    await this.clock.until(Promise.all(this.phones.map(({ stack }) => stack.close())));
    for (const { stack } of this.phones) {
      expect(stack.load).toEqual({ sessions: 0, transactions: 0, registrations: 0, features: 0 });
      expect(stack.dialogs.size).toBe(0);
    }
    expect(this.clock.pending).toBe(0);
  }
}

const rooms: ThreePhones[] = [];

/** After each test of a file: closing leaves no session, transaction, dialog or timer behind. */
export function emptyTheRooms(): void {
  afterEach(async () => {
    for (const room of rooms.splice(0)) await room.close();
  });
}
