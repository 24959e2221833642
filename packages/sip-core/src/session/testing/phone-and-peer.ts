import { afterEach, expect } from 'vitest';
import type { Dialog } from '../../dialog/dialog';
import { SipRequest } from '../../message/request';
import { SipStack } from '../../stack/sip-stack';
import type { SipStackOptions, StackInviteOptions } from '../../stack/stack-options';
import { MemoryNetwork, type MemoryNetworkOptions } from '../../testing/memory-network';
import { ScriptedMedia } from '../../testing/scripted-media';
import { ScriptedPeer } from '../../testing/scripted-peer';
import { seededRandomBytes } from '../../testing/seeded-random';
import { VirtualClock } from '../../testing/virtual-clock';
import type { TransportProtocol } from '../../transport/transport';
import type { IncomingSession } from '../incoming-session';
import type { OutgoingSession } from '../outgoing-session';
import type { SessionEnd } from '../session-events';

const PHONE = { host: '192.0.2.1', port: 5060 };

/** A stack of ours at 192.0.2.1 and a scripted peer at 192.0.2.2, in virtual time. */
export class PhoneAndPeer {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly stack: SipStack;
  readonly peer: ScriptedPeer;
  readonly media = new ScriptedMedia('A');
  /** How the sessions ended. */
  readonly ends: SessionEnd[] = [];
  /** What came in; its description is made by {@link media}. */
  incoming: IncomingSession | undefined;

  constructor(
    options: Partial<SipStackOptions> = {},
    network: MemoryNetworkOptions = {},
    protocol: TransportProtocol = 'UDP',
  ) {
    this.network = new MemoryNetwork(this.clock, network);
    this.stack = new SipStack({
      clock: this.clock,
      random: seededRandomBytes(7),
      transports: [this.network.transport(protocol, PHONE)],
      ...options,
    });
    this.peer = new ScriptedPeer(this.clock, this.network.transport(protocol, { host: '192.0.2.2', port: 5060 }));
    this.stack.on('invite', (session) => {
      this.incoming = session;
      session.offerAnswer = this.media;
      session.on('ended', (end) => this.ends.push(end));
    });
  }

  static async start(...args: ConstructorParameters<typeof PhoneAndPeer>): Promise<PhoneAndPeer> {
    const pair = new PhoneAndPeer(...args);
    await pair.stack.start();
    await pair.peer.start();
    running = pair;
    return pair;
  }

  /** Calls the peer. */
  call(options: Partial<StackInviteOptions> = {}): OutgoingSession {
    const session = this.stack.invite({
      uri: 'sip:bob@192.0.2.2',
      from: 'sip:alice@192.0.2.1',
      offerAnswer: this.media,
      ...options,
    });
    session.on('ended', (end) => this.ends.push(end));
    return session;
  }

  /** An outgoing call that the peer has answered. */
  async calling(options: Partial<StackInviteOptions> = {}): Promise<{ session: OutgoingSession; invite: SipRequest }> {
    const session = this.call(options);
    const invite = await this.peer.receive('INVITE');
    this.peer.reply(invite, 200, { body: options.delayedOffer ? 'peer offer' : 'peer answer' });
    await this.peer.receive('ACK');
    expect(session.state).toBe('confirmed');
    return { session, invite };
  }

  /** A request of the peer that opens a dialog, or is outside any. */
  request(
    method: string,
    {
      headers = [],
      body,
      uri = 'sip:alice@192.0.2.1',
      sequence = 1,
      contact = '<sip:peer@192.0.2.2:5060>',
    }: PeerRequest = {},
  ): SipRequest {
    const request = SipRequest.create({
      method,
      uri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:bob@192.0.2.2>;tag=peer'],
        ['To', '<sip:alice@192.0.2.1>'],
        ['Call-ID', 'call-of-the-peer'],
        ['CSeq', `${sequence} ${method}`],
        ['Contact', contact],
        ...headers,
      ],
    });
    if (body !== undefined) request.setBody('application/sdp', body);
    return request;
  }

  /** Sends such a request, and gives it back. */
  send(method: string, options: PeerRequest = {}): SipRequest {
    const request = this.request(method, options);
    this.peer.send(request, PHONE);
    return request;
  }

  /** A request of the peer inside the dialog of our session. */
  sendInside(method: string, options: PeerRequest = {}): SipRequest {
    const { dialog } = (this.incoming ?? this.outgoing)!;
    const { callId, local, remote, localTag } = dialog as Dialog;
    const request = this.request(method, { ...options, sequence: options.sequence ?? ++this.#sequence });
    request.callId = callId;
    request.from = remote;
    request.to = local;
    expect(request.to.tag).toBe(localTag);
    this.peer.send(request, PHONE);
    return request;
  }

  /** Acknowledges our 2xx to an INVITE of the peer. */
  sendAck(invite: SipRequest, body?: string): void {
    const ack = this.request('ACK', { sequence: invite.cseq.sequence, ...(body === undefined ? {} : { body }) });
    const { dialog } = (this.incoming ?? this.outgoing)!;
    ack.callId = invite.callId;
    ack.from = invite.from;
    ack.to = dialog!.local;
    this.peer.send(ack, PHONE);
  }

  /** Whose dialog {@link sendInside} speaks in when no call came in. */
  outgoing: OutgoingSession | undefined;
  #sequence = 100;
}

interface PeerRequest {
  headers?: readonly (readonly [string, string])[];
  body?: string;
  uri?: string;
  sequence?: number;
  contact?: string;
}

let running: PhoneAndPeer | undefined;

/** After each test of a file: closing leaves no session, transaction or timer behind. */
export function leaveNothingBehind(): void {
  afterEach(async () => {
    const pair = running!;
    running = undefined;
    await pair.clock.until(pair.stack.close());
    await pair.peer.close();
    await pair.clock.advance(100);
    expect(pair.stack.load).toEqual({ sessions: 0, transactions: 0, registrations: 0, features: 0 });
    expect(pair.clock.pending).toBe(0);
  });
}
