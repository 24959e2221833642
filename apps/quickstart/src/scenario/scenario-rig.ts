import { randomBytes } from 'node:crypto';
import {
  ConferenceService,
  type DnOptions,
  Ladder,
  type MediaServers,
  MusicService,
  SipServer,
  type TClient,
  type TEvent,
  type TRequest,
  TreatmentService,
} from '@offhook/call-control';
import { SipUri } from '@offhook/sip-core';
import { UdpTransport } from '@offhook/sip-core/node';
import { ScenarioPhone } from './scenario-phone';

const host = '127.0.0.1';
const TONES = { UA1: 700, UA2: 1100, UA3: 1700 } as const;

/** Name of a phone of the scenarios. */
export type PhoneName = keyof typeof TONES;

/** What a scenario changes of the server. */
export interface RigOptions {
  readonly options?: DnOptions;
  readonly dns?: Readonly<Record<string, { options: DnOptions }>>;
  readonly mediaServers?: Pick<MediaServers, 'conferenceTakesDelayedOffer'>;
  /** Phones that do not ring but refuse with this status. */
  readonly refusing?: Readonly<Partial<Record<PhoneName, number>>>;
}

/** Whom each of the phones hears: names of phones, or `music`. */
export type Hearing = Readonly<Partial<Record<PhoneName, readonly string[]>>>;

/** A moment of a scenario, and whether it was as it has to be. */
export interface Phase {
  readonly what: string;
  readonly hearing: Hearing;
  /** ms until it was so; undefined: it never was. */
  readonly afterMs: number | undefined;
  /** What was heard instead. */
  readonly found?: Hearing;
}

/** A SIP Server, its media servers and three phones on this machine, with real audio. */
export class ScenarioRig implements AsyncDisposable {
  readonly ladder: Ladder;
  readonly events: TEvent[] = [];
  readonly phases: Phase[] = [];
  readonly phones: Readonly<Record<PhoneName, ScenarioPhone>>;
  readonly #desktop: TClient;
  readonly #close: () => Promise<void>;

  private constructor(
    phones: Readonly<Record<PhoneName, ScenarioPhone>>,
    server: SipServer,
    names: ReadonlyMap<string, string>,
    close: () => Promise<void>,
  ) {
    this.phones = phones;
    this.#close = close;
    this.ladder = new Ladder((address) => names.get(address) ?? address);
    server.on('trace', (event) => this.ladder.add(event));
    server.on('event', (event) => {
      if (event.event !== 'EventRegistered') this.events.push(event);
    });
    this.#desktop = server.openServer();
  }

  /** Starts all of it. */
  static async open(options: RigOptions = {}): Promise<ScenarioRig> {
    const media = { transports: () => [new UdpTransport({ host })], mediaAddress: host };
    const music = new MusicService({ ...media, transports: media.transports() });
    const treatments = new TreatmentService({ ...media, transports: media.transports() });
    const conference = new ConferenceService({
      ...media,
      transports: media.transports(),
      takesDelayedOffer: options.mediaServers?.conferenceTakesDelayedOffer ?? true,
    });
    const services = [music, treatments, conference];
    await Promise.all(services.map((service) => service.start()));
    const passwords = Object.fromEntries(Object.keys(TONES).map((name) => [name, randomBytes(9).toString('hex')]));
    const at = (service: { transports: readonly { local: { port: number } }[] }) =>
      SipUri.parse(`sip:${host}:${service.transports[0]!.local.port}`);
    const server = new SipServer({
      transports: [new UdpTransport({ host })],
      domains: [host],
      users: passwords,
      ...(options.options && { options: options.options }),
      ...(options.dns && { dns: options.dns }),
      mediaServers: {
        music: at(music),
        treatments: at(treatments),
        conference: at(conference),
        ...options.mediaServers,
      },
    });
    await server.start();
    const { port } = server.transports[0]!.local;
    const opened = await Promise.all(
      Object.entries(TONES).map(([name, hz]) => ScenarioPhone.open(name, hz, `sip:${host}:${port}`, passwords[name]!)),
    );
    const phones = Object.fromEntries(opened.map((phone) => [phone.name, phone])) as Record<PhoneName, ScenarioPhone>;
    const names = new Map([
      ...opened.map(({ name, endpoint }) => [`${host}:${endpoint.addresses[0]!.port}`, name] as const),
      [`${host}:${music.transports[0]!.local.port}`, 'MOH'] as const,
      [`${host}:${treatments.transports[0]!.local.port}`, 'SM'] as const,
      [`${host}:${conference.transports[0]!.local.port}`, 'MCU'] as const,
    ]);
    for (const [name, status] of Object.entries(options.refusing ?? {})) {
      phones[name as PhoneName].endpoint.on('call', (call) => call.reject(status));
    }
    const rig = new ScenarioRig(phones, server, names, async () => {
      await Promise.all(opened.map(({ endpoint }) => endpoint.close()));
      await Promise.all([server.close(), ...services.map((service) => service.close())]);
    });
    for (const thisDN of Object.keys(TONES)) await rig.request({ request: 'TRegisterAddress', thisDN });
    return rig;
  }

  /** Sends a T-Lib request and waits for the event that answers it. */
  async request(request: TRequest): Promise<TEvent> {
    const event = await this.#desktop.request(request);
    return event;
  }

  /** Waits until a phone rings in a call. */
  async ringing(name: PhoneName): Promise<void> {
    await this.#until(() => this.events.some(({ event, thisDN }) => event === 'EventRinging' && thisDN === name));
  }

  /** Waits for an event of a DN. */
  async told(event: TEvent['event'], thisDN: string): Promise<void> {
    await this.#until(() => this.events.some((each) => each.event === event && each.thisDN === thisDN));
  }

  async #until(holds: () => boolean, patience = 5000): Promise<boolean> {
    const deadline = performance.now() + patience;
    while (!holds()) {
      if (performance.now() > deadline) return false;
      await pause(10);
    }
    return true;
  }

  /** Whom everybody hears now. */
  hearing(): Record<PhoneName, string[]> {
    const tones = new Map(Object.entries(TONES) as [string, number][]);
    const entries = Object.entries(this.phones).map(([name, phone]) => [name, phone.hears(tones)]);
    return Object.fromEntries(entries) as Record<PhoneName, string[]>;
  }

  /** Notes whether all hear whom they have to. @param hearing whom each phone has to hear; nobody where nothing is said */
  async phase(what: string, hearing: Hearing): Promise<void> {
    const wanted = { UA1: [], UA2: [], UA3: [], ...hearing };
    const began = performance.now();
    const same = () => JSON.stringify(this.hearing()) === JSON.stringify(wanted);
    const reached = await this.#until(same, 3000);
    const afterMs = performance.now() - began;
    // It stays so, too.
    await pause(250);
    const stays = reached && (same() || (await this.#until(same, 300)));
    this.phases.push({
      what,
      hearing: wanted,
      afterMs: stays ? afterMs : undefined,
      ...(!stays && { found: this.hearing() }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
