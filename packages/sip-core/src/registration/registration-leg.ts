import type { DigestClient } from '../auth/digest-client';
import { nextHop } from '../locate/resolver';
import { NameAddr } from '../message/name-addr';
import type { SipResponse } from '../message/response';
import { SipUri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { type SipError, SipResponseError, SipStateError, SipTransportError } from '../platform/errors';
import { randomToken } from '../platform/random';
import { renewalDelay } from '../platform/renewal';
import { OutgoingRequest } from '../sending/outgoing-request';
import type { StackHost } from '../stack/stack-host';
import { type Address, type Flow, isInvalid } from '../transport/transport';
import { type RegisterGrant, registerGrant } from './register-grant';
import { registerRequest, setContacts, withExpires } from './register-request';
import { addresses, registeredContacts } from './registered-contact';
import type { RegistrationCenter } from './registration-center';
import type { RegistrationDetail, RegistrationFlow, RegistrationOptions } from './registration-options';
import { retryPause } from './retry-policy';
import { keepAliveInterval, WatchedFlow } from './watched-flow';

/** What a leg needs of the registration it belongs to. */
export interface LegOwner {
  readonly host: StackHost;
  readonly center: RegistrationCenter;
  readonly aor: SipUri;
  readonly registrar: SipUri;
  readonly options: RegistrationOptions;
  /** Instance to register as; undefined: none. */
  readonly instanceId: string | undefined;
  readonly stopped: boolean;
  /** Servers a leg may try, in order; undefined in place of one: where the registrar's own URI leads. */
  serversFor(leg: RegistrationLeg): readonly (SipUri | undefined)[];
  /** Addresses the flows of other legs lead to. */
  takenBy(leg: RegistrationLeg): readonly Address[];
  /** Whether another leg is registered. */
  spareFor(leg: RegistrationLeg): boolean;
  changed(leg: RegistrationLeg, detail: RegistrationDetail): void;
}

/** Times a REGISTER is sent again because of what was learned from its response. */
const MOST_LESSONS = 4;

/**
 * One flow of a registration (RFC 5626 §4.2), or all there is of a plain one: a Call-ID with its CSeq, the Contact bound, the times to
 * refresh and to try again.
 */
export class RegistrationLeg implements RegistrationFlow {
  readonly regId: number;
  state: RegistrationFlow['state'] = 'idle';
  flow: Flow | undefined;
  outbound = false;
  contact: NameAddr | undefined;
  /** What the last 200 gave. */
  grant: RegisterGrant | undefined;
  /** The server of the last success. */
  server: SipUri | undefined;
  readonly #owner: LegOwner;
  readonly #digest: DigestClient | undefined;
  readonly #callId: string;
  readonly #tag: string;
  #sequence = 0;
  #expires: number;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  /** The Contact the registrar knows, and until when, in ms of the clock. */
  #bound: NameAddr | undefined;
  #boundUntil = Number.NEGATIVE_INFINITY;
  /** Whether the registrar has granted a plain registration when outbound was asked for. */
  #plain = false;
  /** Address the registrar sees us at. */
  #seen: Address | undefined;
  /** Whether the proxy in between can do outbound; not so after a 439. */
  #hopAble = true;
  #redirected: SipUri | undefined;
  readonly #watched: WatchedFlow;

  constructor(owner: LegOwner, regId: number, digest: DigestClient | undefined) {
    this.#owner = owner;
    this.regId = regId;
    this.#digest = digest;
    this.#callId = randomToken(owner.host.random, 24);
    this.#tag = randomToken(owner.host.random, 12);
    this.#expires = owner.options.expires ?? 3_600;
    this.#watched = new WatchedFlow(owner.center.keeper, owner.center.schedule, {
      failed: (error) => this.#flowFailed(error),
      proved: () => {
        this.#failures = 0;
      },
      moved: (seen) => this.#moved(seen),
    });
  }

  /** Whether its Contact is another than our own address. */
  get particular(): boolean {
    return this.outbound || this.grant?.gruu !== undefined || this.#seen !== undefined;
  }

  /** Registers now. Several at a time are one. */
  attempt(why: RegistrationDetail = {}): Promise<void> {
    this.#running ??= this.#attempt(why).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  /** Takes the binding away, if there may be one. @returns what became of it; undefined when there was none */
  async unbind(): Promise<RegistrationDetail | undefined> {
    this.rest();
    const bound = this.#bound;
    if (!bound || this.#boundUntil <= this.#owner.host.clock.now()) return undefined;
    this.#bound = undefined;
    try {
      const { status, reason } = await this.#exchange(this.server, () => [withExpires(bound, 0)], 0);
      return { status, reason };
    } catch (error) {
      return { error: error as SipError };
    }
  }

  /** Sends a REGISTER that changes nothing of the leg: one that takes other bindings away, or asks for them (RFC 3261 §10.2.3). */
  async ask(contacts: readonly NameAddr[]): Promise<void> {
    await this.settled();
    const response = await this.#exchange(this.server, () => contacts, undefined);
    if (response.status >= 300) throw new SipResponseError(response.status, response.reason, response);
    if (this.grant) this.grant = { ...this.grant, listed: registeredContacts(response) };
  }

  /** Neither refreshes nor keeps its flow any more. */
  rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watched.drop();
    this.state = 'idle';
  }

  /** The network is another one: gives up what there was of a flow. @returns the connection to close */
  abandonFlow(): Flow | undefined {
    const { flow } = this;
    this.#timer?.cancel();
    this.#watched.drop();
    this.flow = undefined;
    this.#seen = undefined;
    this.#failures = 0;
    this.state = 'idle';
    return flow?.reliable ? flow : undefined;
  }

  /** Registers anew, whatever is under way. */
  async restart(): Promise<void> {
    if (this.#running) {
      await this.settled();
      this.abandonFlow()?.close();
    }
    await this.attempt();
  }

  async #attempt(why: RegistrationDetail): Promise<void> {
    this.#timer?.cancel();
    if (this.state !== 'registered') this.#enter('registering', why);
    const servers = this.#owner.serversFor(this);
    for (const [index, server] of servers.entries()) {
      try {
        const response = await this.#negotiate(server);
        if (response.status >= 300) throw new SipResponseError(response.status, response.reason, response);
        this.#registered(response, this.grant!, server);
        return;
      } catch (error) {
        // Another server may be up where this one is not; one that refuses us speaks for all.
        const last = index === servers.length - 1 || this.#owner.stopped;
        if (!last && (!(error instanceof SipResponseError) || error.status >= 500)) continue;
        this.#failed(error as SipError);
        throw error;
      }
    }
  }

  /** A REGISTER, and others when the response teaches how to do better. */
  async #negotiate(server: SipUri | undefined): Promise<SipResponse> {
    for (let lessons = 0; ; lessons++) {
      const contacts = (flow: Flow) => this.#contacts(flow);
      const response = await this.#exchange(server, contacts, this.#expires);
      if (!this.#learn(response) || lessons >= MOST_LESSONS) return response;
    }
  }

  /** @returns whether the REGISTER is to be sent again */
  #learn(response: SipResponse): boolean {
    const { status, headers } = response;
    if (status === 423) {
      // RFC 3261 §10.2.8: the registrar wants longer intervals.
      const least = Number(headers.get('Min-Expires'));
      if (!(least > this.#expires)) return false;
      this.#expires = least;
      return true;
    }
    if (status === 439 && this.#hopAble) {
      // RFC 5626 §11.6: the first hop cannot keep flows; a plain registration may do.
      this.#hopAble = false;
      return true;
    }
    if (status === 301 || status === 302) {
      const [to] = addresses(response, 'Contact');
      if (!(to?.uri instanceof SipUri)) return false;
      // RFC 3261 §8.1.3.4; a registrar is named without a user (§10.2).
      this.#redirected = to.uri.clone();
      this.#redirected.user = undefined;
      this.#redirected.headers.length = 0;
      return true;
    }
    return status < 300 && this.#learnAddress(response, this.#note(response));
  }

  /** RFC 3581 §4: Via says where the request came from. */
  #learnAddress(response: SipResponse, { outbound }: RegisterGrant): boolean {
    const { natContact, contact } = this.#owner.options;
    const bound = this.contact?.uri;
    if (natContact !== 'auto' || contact !== undefined || !(bound instanceof SipUri) || outbound) return false;
    const { received, rport } = response.via;
    const host = received ?? bound.host;
    const own = this.flow;
    // The port a connection leaves by is no port that listens, unless a NAT is in between.
    const listening = own?.reliable === true && host === bound.host;
    const port = listening || typeof rport !== 'number' ? bound.port : rport;
    if (host === bound.host && port === bound.port) return false;
    this.#seen = { host, port: port ?? 5060 };
    return true;
  }

  /** Notes what is bound now. */
  #note(response: SipResponse): RegisterGrant {
    const { instanceId, options, host } = this.#owner;
    this.grant = registerGrant(response, {
      contact: this.contact,
      instanceId,
      regId: this.regId,
      expires: this.#expires,
      outbound: this.#asksOutbound,
      gruu: options.gruu ?? 'none',
    });
    this.#bound = this.contact;
    this.#boundUntil = host.clock.now() + this.grant.seconds * 1_000;
    return this.grant;
  }

  #registered({ status, reason }: SipResponse, grant: RegisterGrant, server: SipUri | undefined): void {
    const { host, center, stopped } = this.#owner;
    this.outbound = grant.outbound;
    this.#plain = !grant.outbound;
    this.server = server;
    if (!stopped) {
      this.#keep(grant.flowTimer);
      this.#timer = center.schedule.setTimer(renewalDelay(grant.seconds, host.random), () => this.#again());
    }
    // A flow counts as made once a keep-alive has been answered (RFC 5626 §4.5).
    if (!this.outbound || this.#watched.proved || !this.#watched.pinging) this.#failures = 0;
    this.#enter('registered', { status, reason, expires: grant.seconds });
  }

  get #asksOutbound(): boolean {
    return this.#owner.options.outbound === true && this.#hopAble;
  }

  #failed(error: SipError): void {
    const { flow } = this;
    this.#watched.drop();
    if (flow?.closed || error instanceof SipTransportError) this.flow = undefined;
    this.#redirected = undefined;
    this.#failures++;
    this.#enter('failed', {
      error,
      ...(error.status === undefined ? {} : { status: error.status }),
      ...(error instanceof SipResponseError ? { reason: error.reason } : {}),
    });
    this.#pause(error);
  }

  #pause(error: SipError): void {
    const { options, stopped, host, center } = this.#owner;
    if (stopped) return;
    const outbound = this.#asksOutbound && !this.#plain;
    const attempt = { error, failures: this.#failures, outbound, spare: this.#owner.spareFor(this) };
    const { retryInterval, retry = {} } = options;
    const policy = retryInterval === undefined ? retry : { first: retryInterval, ...retry };
    const pause = retryPause(attempt, policy, host.random);
    if (pause !== undefined) this.#timer = center.schedule.setTimer(pause, () => this.#again());
  }

  #again(): void {
    this.attempt().catch(() => {});
  }

  /** Contacts of a REGISTER over a flow: ours, and the one it replaces (RFC 3261 §10.2.2). */
  #contacts(flow: Flow): readonly NameAddr[] {
    const { host, center, aor, options, instanceId } = this.#owner;
    const given = options.contact ?? center.addressOver(flow, aor.user);
    const contact = typeof given === 'string' ? NameAddr.parse(given) : given.clone();
    const { params, uri } = contact;
    if (options.contact === undefined && this.#seen && uri instanceof SipUri) {
      uri.host = this.#seen.host;
      uri.port = this.#seen.port;
    }
    if (options.q !== undefined) params.set('q', String(options.q));
    if (instanceId !== undefined) params.set('+sip.instance', `<${instanceId}>`);
    if (this.#asksOutbound) params.set('reg-id', String(this.regId));
    params.set('expires', String(this.#expires));
    const former = this.#bound;
    this.contact = contact;
    // A flow's binding replaces the former one of the same flow by itself (RFC 5626 §6).
    const replaces = former && !this.outbound && this.#boundUntil > host.clock.now() && !former.uri.equals(contact.uri);
    return replaces ? [contact, withExpires(former, 0)] : [contact];
  }

  async #exchange(
    server: SipUri | undefined,
    contacts: (flow: Flow) => readonly NameAddr[],
    expires: number | undefined,
  ): Promise<SipResponse> {
    const { center, registrar } = this.#owner;
    const hop = this.#redirected ?? server ?? registrar;
    return center.gate.run(`${hop.host} ${hop.port ?? ''}`, async () => {
      const binding = expires !== undefined && expires > 0;
      if (binding && this.#owner.stopped) throw new SipStateError('The registration has been stopped.');
      const flow = await this.#chooseFlow(hop);
      return this.#send(server, flow, contacts, expires);
    });
  }

  /** The flow to use: the one there is, or one that leads elsewhere than those of other legs. */
  async #chooseFlow(hop: SipUri): Promise<Flow | undefined> {
    if (this.outbound && this.flow && !this.flow.closed) return this.flow;
    const taken = this.#owner.takenBy(this);
    if (taken.length === 0) return undefined;
    const { environment } = this.#owner.host;
    const targets = await environment.locate(nextHop(hop));
    const free = targets.filter(({ host, port }) => !taken.some((each) => each.host === host && each.port === port));
    const [target] = free;
    if (target) return environment.flow(target);
    throw new SipTransportError('Every server that could be found has a flow of this registration already.', {
      code: 'ERR_SIP_NO_OTHER_SERVER',
    });
  }

  #send(
    server: SipUri | undefined,
    flow: Flow | undefined,
    contacts: (flow: Flow) => readonly NameAddr[],
    expires: number | undefined,
  ): Promise<SipResponse> {
    const { host, aor, registrar, options, instanceId } = this.#owner;
    const supported = ['path'];
    if (this.#asksOutbound) supported.push('outbound');
    if (instanceId !== undefined && (options.gruu ?? 'none') !== 'none') supported.push('gruu');
    const { displayName, headers = [] } = options;
    const request = registerRequest(
      {
        aor,
        registrar: this.#redirected ?? registrar,
        displayName,
        callId: this.#callId,
        tag: this.#tag,
        supported,
        headers,
      },
      ++this.#sequence,
      expires,
    );
    host.decorate(request);
    return new Promise((resolve, reject) => {
      new OutgoingRequest(host.environment, {
        request,
        server: this.#redirected ? undefined : server,
        flow,
        keepsToFlow: true,
        digest: this.#digest,
        handlers: {
          sending: (sent, over) => {
            this.#sequence = sent.cseq.sequence;
            if (expires !== undefined && expires > 0) this.flow = over;
            setContacts(sent, contacts(over));
          },
          response: (response) => {
            if (response.status >= 200) resolve(response);
          },
          failed: reject,
        },
      }).send();
    });
  }

  /** Watches over the flow, with keep-alives when they are wanted. */
  #keep(flowTimer: number): void {
    const { flow, outbound } = this;
    if (!flow) return;
    const { keepAlive = 'auto' } = this.#owner.options;
    this.#watched.watch(flow, keepAliveInterval(keepAlive, flow, outbound, flowTimer), outbound);
  }

  /** RFC 5626 §4.5: a new flow in place of the one that broke; at once when it was a sound one. */
  #flowFailed(error: SipTransportError | undefined): void {
    if (this.#owner.stopped || this.#running || this.state !== 'registered') return;
    const { pinging, sound } = this.#watched;
    const { protocol, local } = this.flow ?? {};
    const listens = (protocol === 'TCP' || protocol === 'TLS') && local !== undefined && !isInvalid(local.host);
    this.flow = undefined;
    // The registrar reaches us at the port we listen on: that an idle connection was closed means nothing.
    if (!this.outbound && !pinging && !error && listens) return;
    const cause =
      error ?? new SipTransportError('The connection was closed by the peer.', { code: 'ERR_SIP_FLOW_FAILED' });
    this.#timer?.cancel();
    if (sound) {
      this.state = 'idle';
      this.attempt({ error: cause }).catch(() => {});
      return;
    }
    this.#failures++;
    this.#enter('failed', { error: cause });
    this.#pause(cause);
  }

  /** A NAT has given us another address: what was bound leads nowhere (RFC 5626 §4.4.2). */
  #moved(seen: Address): void {
    if (this.#seen) this.#seen = seen;
    if (!this.#owner.stopped) this.#again();
  }

  #enter(state: RegistrationFlow['state'], detail: RegistrationDetail): void {
    this.state = state;
    this.#owner.changed(this, detail);
  }
}
