import {
  type IncomingReferral,
  type IncomingSession,
  NameAddr,
  type OfferAnswerHandler,
  type OutgoingSession,
  ReferServer,
  type SessionBody,
  SipStack,
  SipUri,
} from '@offhook/sip-core';
import { MemoryNetwork, seededRandomBytes, VirtualClock } from '@offhook/sip-core/testing';
import { Ladder } from '../ladder/ladder';
import { audioAddress, directionOf, type MediaDirection, sdpBody } from '../leg/descriptions';
import { SipServer, type SipServerOptions } from '../server/sip-server';
import type { TEvent } from '../tlib/events';
import type { TRequest } from '../tlib/requests';
import type { TClient } from '../tlib/t-client';

const SERVER = '192.0.2.1';
const mirrored = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;

/** Describes itself in real SDP, and knows whom it hears. */
class PhoneMedia implements OfferAnswerHandler {
  /** Where it sends to: `host:port direction`; undefined before anything was agreed. */
  peer: string | undefined;
  wants: MediaDirection = 'sendrecv';
  readonly #host: string;
  #port: number;
  #version = 0;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Moves to another port, as some phones do when a call is retrieved. */
  move(): void {
    this.#port += 2;
  }

  #describe(direction: MediaDirection): SessionBody {
    const lines = [
      'v=0',
      `o=phone 7 ${++this.#version} IN IP4 ${this.#host}`,
      's=-',
      `c=IN IP4 ${this.#host}`,
      't=0 0',
      `m=audio ${this.#port} RTP/AVP 0 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      `a=${direction}`,
      '',
    ];
    return sdpBody(lines.join('\r\n'));
  }

  #hear(description: SessionBody): void {
    const direction = directionOf(description) ?? 'inactive';
    this.peer = direction === 'inactive' ? 'nobody' : `${audioAddress(description)} ${mirrored[direction]}`;
  }

  createOffer(): SessionBody {
    return this.#describe(this.wants);
  }

  createAnswer(offer: SessionBody): SessionBody {
    this.#hear(offer);
    return this.#describe(mirrored[directionOf(offer) ?? 'inactive']);
  }

  acceptAnswer(answer: SessionBody): void {
    this.#hear(answer);
  }

  rollback(): void {}

  fork(): PhoneMedia {
    return this;
  }
}

/** One of a phone's calls. */
export interface PhoneCall {
  readonly session: IncomingSession | OutgoingSession;
  readonly media: PhoneMedia;
  /** Values of X-Genesys-CallUUID, in the order they came. */
  readonly callUUIDs: string[];
}

/** A phone that its server controls: it rings, and does what NOTIFY `talk` and `hold` say. */
export class DeskPhone {
  readonly stack: SipStack;
  readonly calls: PhoneCall[] = [];
  /** What to do with a call that comes in; rings by default. */
  onInvite: (session: IncomingSession) => void = (session) => void ring(session);
  /** What to do with a REFER; refuses by default. */
  onRefer: (referral: IncomingReferral) => void = (referral) => referral.reject();
  readonly name: string;
  readonly host: string;

  constructor(world: DeskWorld, name: string, host: string) {
    this.name = name;
    this.host = host;
    this.stack = new SipStack({
      transports: [world.network.transport('UDP', { host, port: 5060 })],
      clock: world.clock,
      random: seededRandomBytes(host.charCodeAt(host.length - 1) + 40),
      allow: ['NOTIFY', 'INFO', 'REFER'],
    });
    this.stack.use(new ReferServer());
    this.stack.on('refer', (referral) => this.onRefer(referral));
    this.stack.on('invite', (session) => {
      this.#take(session);
      this.onInvite(session);
    });
  }

  /** Its calls that are not over. */
  get live(): PhoneCall[] {
    return this.calls.filter(({ session }) => session.state !== 'terminated');
  }

  /** Whom its only call hears; `none` without one. */
  get peer(): string {
    return this.live[0]?.media.peer ?? 'none';
  }

  #take(session: IncomingSession | OutgoingSession, media = this.#media()): PhoneCall {
    const call: PhoneCall = { session, media, callUUIDs: [] };
    if (session.direction === 'incoming') (session as IncomingSession).offerAnswer = media;
    const hear = (value: string | undefined) => value !== undefined && call.callUUIDs.push(value);
    hear(session.invite.headers.get('X-Genesys-CallUUID'));
    session.on('reoffered', (request) => hear(request.headers.get('X-Genesys-CallUUID')));
    session.on('request', (transaction) => {
      const { method, headers } = transaction.request;
      const event = headers.get('Event');
      if (method === 'INFO') return void transaction.reply(200);
      if (method !== 'NOTIFY' || (event !== 'talk' && event !== 'hold')) return void transaction.reply(489);
      transaction.reply(200);
      if (event === 'talk' && session.state !== 'confirmed') void (session as IncomingSession).accept().catch(() => {});
    });
    this.calls.push(call);
    return call;
  }

  #media(): PhoneMedia {
    return new PhoneMedia(this.host, 4000 + 10 * this.calls.length);
  }

  async register(): Promise<void> {
    const registration = this.stack.register({
      aor: `sip:${this.name}@${SERVER}`,
      registrar: SipUri.parse(`sip:${SERVER}:5060`),
      credentials: { username: this.name, password: `${this.name}'s` },
    });
    await registration.start();
  }

  /** Does what a REFER says. */
  follow(referral: IncomingReferral): void {
    const media = this.#media();
    referral.accept();
    const session = referral.follow({
      from: new NameAddr(SipUri.parse(`sip:${this.name}@${SERVER}`)),
      server: SipUri.parse(`sip:${SERVER}:5060`),
      credentials: { username: this.name, password: `${this.name}'s` },
      offerAnswer: media,
    });
    this.#take(session, media);
  }

  /** Calls a number, as a user of the phone would. */
  dial(number: string): PhoneCall {
    const media = this.#media();
    const session = this.stack.invite({
      uri: `sip:${number}@${SERVER}`,
      from: new NameAddr(SipUri.parse(`sip:${this.name}@${SERVER}`)),
      server: SipUri.parse(`sip:${SERVER}:5060`),
      credentials: { username: this.name, password: `${this.name}'s` },
      offerAnswer: media,
    });
    return this.#take(session, media);
  }
}

/** Rings, and says what it can be told. */
export const ring = (session: IncomingSession): Promise<void> =>
  session.ring({ headers: [['Allow-Events', 'talk, hold']] }).catch(() => {});

/** A server with three desk phones and media servers around it, each with its desktop, in virtual time. */
export class DeskWorld {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly server: SipServer;
  readonly ladder: Ladder;
  readonly events: TEvent[] = [];
  readonly phones: Record<'UA1' | 'UA2' | 'UA3', DeskPhone>;
  readonly media: Record<'MOH' | 'SM' | 'MCU', DeskPhone>;
  readonly desktop: TClient;
  readonly #hosts = new Map<string, string>();

  private constructor(options: Partial<SipServerOptions>) {
    this.server = new SipServer({
      transports: [this.network.transport('UDP', { host: SERVER, port: 5060 })],
      domains: [SERVER],
      users: { UA1: "UA1's", UA2: "UA2's", UA3: "UA3's" },
      clock: this.clock,
      random: seededRandomBytes(1),
      ...options,
      mediaServers: {
        music: SipUri.parse('sip:moh@192.0.2.51'),
        treatments: SipUri.parse('sip:sm@192.0.2.52'),
        conference: SipUri.parse('sip:mcu@192.0.2.53'),
        ...options.mediaServers,
      },
    });
    this.ladder = new Ladder((address) => this.#hosts.get(address) ?? address);
    this.server.on('trace', (event) => this.ladder.add(event));
    this.server.on('event', (event) => this.events.push(event));
    const phone = (name: string, host: string) => {
      this.#hosts.set(`${host}:5060`, name);
      return new DeskPhone(this, name, host);
    };
    this.phones = {
      UA1: phone('UA1', '192.0.2.11'),
      UA2: phone('UA2', '192.0.2.12'),
      UA3: phone('UA3', '192.0.2.13'),
    };
    this.media = {
      MOH: phone('MOH', '192.0.2.51'),
      SM: phone('SM', '192.0.2.52'),
      MCU: phone('MCU', '192.0.2.53'),
    };
    for (const server of Object.values(this.media))
      server.onInvite = (session) => void session.accept().catch(() => {});
    this.desktop = this.server.openServer();
  }

  /** All are registered, and one desktop hears of all DNs. */
  static async open(options: Partial<SipServerOptions> = {}): Promise<DeskWorld> {
    const world = new DeskWorld(options);
    const { server, phones, media } = world;
    await server.start();
    await Promise.all([...Object.values(phones), ...Object.values(media)].map(({ stack }) => stack.start()));
    for (const phone of Object.values(phones)) await world.clock.until(phone.register());
    for (const thisDN of Object.keys(phones)) await world.request({ request: 'TRegisterAddress', thisDN });
    world.forget();
    return world;
  }

  /** Sends a request and waits for the event that answers it. */
  request(request: TRequest): Promise<TEvent> {
    return this.clock.until(this.desktop.request(request));
  }

  /** Lets a while pass. */
  pass(ms = 500): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Forgets messages and events so far. */
  forget(): void {
    this.ladder.clear();
    this.events.length = 0;
  }

  /** Events since then: `EventHeld UA1`. */
  get told(): string[] {
    return this.events.map(({ event, thisDN }) => `${event} ${thisDN}`);
  }

  /** A call of UA1 to UA2 that they talk in. @returns its ConnID */
  async talking(): Promise<string> {
    const { connID } = await this.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await this.pass();
    await this.request({ request: 'TAnswerCall', thisDN: 'UA2', connID: connID! });
    await this.pass();
    this.forget();
    return connID!;
  }

  /** UA2 holds that call and talks to UA3. @returns the ConnIDs of the call and of the consultation */
  async consulting(): Promise<{ heldConnID: string; connID: string }> {
    const heldConnID = await this.talking();
    const { connID } = await this.request({
      request: 'TInitiateTransfer',
      thisDN: 'UA2',
      connID: heldConnID,
      otherDN: 'UA3',
    });
    await this.pass();
    await this.request({ request: 'TAnswerCall', thisDN: 'UA3', connID: connID! });
    await this.pass();
    this.forget();
    return { heldConnID, connID: connID! };
  }
}
