import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipStack } from '../stack/sip-stack';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Address, Flow, TransportProtocol } from '../transport/transport';
import type { MemoryNetwork } from './memory-network';
import { seededRandomBytes } from './seeded-random';

/** Settings of a {@link TestRegistrar}. */
export interface TestRegistrarOptions {
  /** What it listens on; UDP when absent. */
  protocols?: readonly TransportProtocol[];
  /** Whether it knows outbound (RFC 5626); true when absent. */
  outbound?: boolean;
  /** Seconds it binds for; what is asked for when absent. */
  expires?: number;
  /** Seconds in Flow-Timer; no such header when absent. */
  flowTimer?: number;
  /** Whether it makes GRUUs (RFC 5627); false when absent. */
  gruu?: boolean;
  /** Header fields of its 200. */
  headers?: readonly (readonly [name: string, value: string])[];
}

/** A binding of a {@link TestRegistrar}. */
export interface TestBinding {
  readonly contact: NameAddr;
  /** The flow it came by. */
  readonly flow: Flow;
  /** When it ends, in ms of the clock. */
  readonly until: number;
}

/** A REGISTER as a {@link TestRegistrar} got it. */
export interface TestArrival {
  /** When, in ms of the clock. */
  readonly time: number;
  readonly request: SipRequest;
  readonly flow: Flow;
}

/**
 * A registrar without authentication, for tests of registrations: it binds what it is asked to by the rules of RFC 3261 §10.3 and RFC 5626
 * §6, and remembers all that came.
 */
export class TestRegistrar {
  /** All REGISTERs, in order. */
  readonly arrivals: TestArrival[] = [];
  /** Its stack: to call back, or to see other requests. */
  readonly stack: SipStack;
  /** May be changed at any time. */
  readonly options: TestRegistrarOptions;
  /** A status to answer instead, for each request: undefined lets it through, 0 does not answer at all. */
  refuse: ((request: SipRequest) => number | undefined) | undefined;
  readonly #network: MemoryNetwork;
  readonly #bindings = new Map<string, Map<string, TestBinding>>();

  /** @param address where it listens, over all its protocols */
  constructor(network: MemoryNetwork, address: Address, options: TestRegistrarOptions = {}) {
    this.#network = network;
    this.options = options;
    this.stack = new SipStack({
      clock: network.clock,
      random: seededRandomBytes(address.port + address.host.length),
      transports: (options.protocols ?? ['UDP']).map((protocol) => network.transport(protocol, address)),
      allow: ['REGISTER'],
      limits: { sourceRate: 0 },
    });
    this.stack.on('request', (transaction) => {
      if (transaction.request.method === 'REGISTER') this.serve(transaction);
      else transaction.reply(200);
    });
  }

  /** Listens. */
  async start(): Promise<this> {
    await this.stack.start();
    return this;
  }

  /** Closes its stack. */
  close(): Promise<void> {
    return this.stack.close();
  }

  /** Bindings of an address-of-record now, such as `bob@example.com`. */
  bindings(aor: string): TestBinding[] {
    const now = this.#network.clock.now();
    return [...(this.#bindings.get(aor)?.values() ?? [])].filter(({ until }) => until > now);
  }

  /** Answers a REGISTER. */
  serve(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const now = this.#network.clock.now();
    this.arrivals.push({ time: now, request, flow });
    const refusal = this.refuse?.(request);
    if (refusal === 0) return;
    if (refusal !== undefined) {
      transaction.reply(refusal);
      return;
    }
    const { outbound = true, expires, flowTimer, headers = [] } = this.options;
    const aor = request.to.sipUri!.aor.replace(/^sips?:/, '');
    const bindings = this.#bindings.get(aor) ?? new Map<string, TestBinding>();
    this.#bindings.set(aor, bindings);
    const flows = outbound && request.supported.includes('outbound');
    let byFlow = false;
    const contacts = request.contacts;
    for (const contact of contacts === '*' ? [] : contacts) {
      const instance = contact.params.get('+sip.instance');
      const regId = contact.params.get('reg-id');
      const known = flows && instance !== undefined && regId !== undefined;
      byFlow ||= known;
      const key = known ? `${instance} ${regId}` : contact.uri.toString();
      const asked = Number(contact.params.get('expires') ?? request.expires ?? 3_600);
      if (asked === 0) bindings.delete(key);
      else bindings.set(key, { contact, flow, until: now + (expires ?? asked) * 1_000 });
    }
    const listed = this.bindings(aor).map(({ contact, until }) => {
      const copy = contact.clone();
      copy.params.set('expires', String(Math.round((until - now) / 1_000)));
      if (this.options.gruu && request.supported.includes('gruu')) this.#addGruu(copy, aor);
      return ['Contact', copy.toString()] as const;
    });
    transaction.reply(200, {
      headers: [
        ...listed,
        ...(byFlow ? [['Require', 'outbound'] as const] : []),
        ...(byFlow && flowTimer !== undefined ? [['Flow-Timer', String(flowTimer)] as const] : []),
        ...headers,
      ],
    });
  }

  #addGruu({ params }: NameAddr, aor: string): void {
    const instance = params.get('+sip.instance')?.replace(/[<>]/g, '');
    if (instance === undefined) return;
    params.set('pub-gruu', `sip:${aor};gr=${instance}`);
    params.set('temp-gruu', `sip:tgruu.${this.arrivals.length}@${aor.replace(/^.*@/, '')};gr`);
  }
}
