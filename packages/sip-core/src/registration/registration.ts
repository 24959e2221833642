import { type Credentials, DigestClient } from '../auth/digest-client';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipUri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { type SipError, SipResponseError, SipStateError } from '../platform/errors';
import { randomToken } from '../platform/random';
import { TypedEmitter } from '../platform/typed-emitter';
import type { HeaderList } from '../session/session-events';
import { OutgoingRequest } from '../stack/outgoing-request';
import type { StackHost } from '../stack/stack-host';

/** What a registration is of, and where. */
export interface RegistrationOptions {
  /** Address-of-record: whose calls we want. */
  aor: SipUri | string;
  displayName?: string;
  /** Request-URI: the domain of the registrar; the host of the address-of-record when absent. */
  registrar?: SipUri | string;
  /** The server to send to, without a Route, when it is not the registrar's own address. */
  server?: SipUri | string;
  /** Binding asked for, in seconds; 3,600 when absent. The registrar may give another. */
  expires?: number;
  credentials?: Credentials;
  /** Contact to bind; the address we send from when absent. */
  contact?: NameAddr | string;
  headers?: HeaderList;
  /** First pause in ms before a failed registration is tried again, doubling to 32 times as much; 0 never tries again. 1,000 when absent. */
  retryInterval?: number;
}

/** Whether the registrar knows us. */
export type RegistrationState = 'unregistered' | 'registering' | 'registered' | 'failed';

/** Why a registration is in its state. */
export interface RegistrationDetail {
  /** Status of the registrar's last answer. */
  readonly status?: number;
  readonly reason?: string;
  readonly error?: SipError;
  /** Seconds the binding lasts, once registered. */
  readonly expires?: number;
}

/** Events of a {@link Registration}. */
export interface RegistrationEvents {
  state: [state: RegistrationState, detail: RegistrationDetail];
}

/** Longest pause between attempts is the first one doubled this often. */
const MAX_DOUBLINGS = 5;

/**
 * A binding of an address-of-record to this user agent (RFC 3261 §10.2), kept alive until it is removed: refreshed before it
 * expires, with the same Call-ID and a rising CSeq; tried again, with growing and scattered pauses, when it fails.
 */
export class Registration extends TypedEmitter<RegistrationEvents> {
  /** Address-of-record. */
  readonly aor: SipUri;
  readonly #host: StackHost;
  readonly #ended: () => void;
  readonly #options: RegistrationOptions;
  readonly #registrar: SipUri;
  readonly #digest: DigestClient | undefined;
  readonly #callId: string;
  readonly #tag: string;
  #sequence = 0;
  #expires: number;
  #state: RegistrationState = 'unregistered';
  #timer: Timer | undefined;
  #contact: NameAddr | undefined;
  #failures = 0;
  /** Until when the registrar may know our contact, in ms of the clock. */
  #boundUntil = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #running: Promise<void> | undefined;

  /** @internal Made by {@link SipStack.register}. */
  constructor(host: StackHost, options: RegistrationOptions, ended: () => void) {
    super();
    this.#host = host;
    this.#ended = ended;
    this.#options = options;
    this.aor = typeof options.aor === 'string' ? SipUri.parse(options.aor) : options.aor;
    const { scheme, host: domain, port, params } = this.aor;
    const registrar = options.registrar ?? new SipUri({ scheme, host: domain, port, params: params.clone() });
    this.#registrar = typeof registrar === 'string' ? SipUri.parse(registrar) : registrar;
    this.#digest = options.credentials && new DigestClient(options.credentials, host.random);
    this.#callId = randomToken(host.random, 24);
    this.#tag = randomToken(host.random, 12);
    this.#expires = options.expires ?? 3_600;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** The Contact bound; undefined before. */
  get contact(): NameAddr | undefined {
    return this.#contact;
  }

  /**
   * Registers, and keeps it so from then on. Resolves once registered.
   *
   * @throws SipResponseError when the registrar refuses, SipTimeoutError, SipTransportError: through the promise. It is tried again all
   *   the same, until {@link stop} or {@link remove}, unless the refusal is one of credentials (401, 403, 407) or of us (404)
   */
  start(): Promise<void> {
    this.#stopped = false;
    return this.refresh();
  }

  /** Registers again now. Settles as {@link start} does. */
  refresh(): Promise<void> {
    if (this.#stopped) return Promise.reject(new SipStateError('The registration has been stopped.'));
    this.#running ??= this.#register(this.#expires).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Takes the binding away (RFC 3261 §10.2.2). Resolves when the registrar says so, or does not answer. */
  async remove(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#timer?.cancel();
    this.#stopped = true;
    if (this.#boundUntil > this.#host.clock.now()) {
      this.#boundUntil = Number.NEGATIVE_INFINITY;
      await this.#exchange(0).then(
        (response) => this.#enter('unregistered', { status: response.status, reason: response.reason }),
        (error: SipError) => this.#enter('unregistered', { error }),
      );
    } else {
      this.#enter('unregistered', {});
    }
    this.#ended();
  }

  /** As {@link remove}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** Stops refreshing without a word to the registrar. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#ended();
  }

  async #register(expires: number): Promise<void> {
    this.#timer?.cancel();
    if (this.#state !== 'registered') this.#enter('registering', {});
    try {
      let response = await this.#exchange(expires);
      const least = Number(response.headers.get('Min-Expires'));
      if (response.status === 423 && least > expires) {
        // §10.2.8: the registrar wants longer intervals.
        this.#expires = least;
        response = await this.#exchange(least);
      }
      if (response.status >= 300) throw new SipResponseError(response.status, response.reason, response);
      this.#registered(response);
    } catch (error) {
      this.#failed(error as SipError);
      throw error;
    }
  }

  #registered(response: SipResponse): void {
    this.#failures = 0;
    const granted = this.#grantedSeconds(response);
    this.#boundUntil = this.#host.clock.now() + granted * 1_000;
    this.#enter('registered', { status: response.status, reason: response.reason, expires: granted });
    if (this.#stopped) return;
    // Early enough for retransmissions, scattered so that many of us do not come at once.
    const early = Math.min(granted * 0.5, Math.max(5, granted * (0.1 + 0.1 * this.#chance())));
    this.#timer = this.#host.clock.setTimer(Math.max(0.5, granted - early) * 1_000, () => {
      this.refresh().catch(() => {});
    });
  }

  /** Seconds our own binding got (§10.2.4): `expires` of our Contact, else Expires, else what we asked for. */
  #grantedSeconds(response: SipResponse): number {
    const contacts = response.contacts;
    const own =
      contacts === '*' ? undefined : contacts.find((each) => this.#contact && each.uri.equals(this.#contact.uri));
    const text = own?.params.get('expires');
    const seconds = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : (response.expires ?? this.#expires);
    return Math.max(1, Math.min(seconds, 0xffffffff));
  }

  #failed(error: SipError): void {
    const status = error.status;
    this.#enter('failed', {
      error,
      ...(status === undefined ? {} : { status }),
      ...(error instanceof SipResponseError ? { reason: error.reason } : {}),
    });
    const first = this.#options.retryInterval ?? 1_000;
    // Trying the same credentials, or an address the registrar does not know, again and again helps nobody.
    const hopeless = error instanceof SipResponseError && [401, 403, 404, 407].includes(error.status);
    if (this.#stopped || first === 0 || hopeless) return;
    const asked =
      error instanceof SipResponseError ? Number((error.response as SipResponse).headers.get('Retry-After')) : 0;
    const pause = first * 2 ** Math.min(this.#failures++, MAX_DOUBLINGS) * (0.5 + 0.5 * this.#chance());
    this.#timer = this.#host.clock.setTimer(Math.max(pause, asked > 0 ? asked * 1_000 : 0), () => {
      this.refresh().catch(() => {});
    });
  }

  #exchange(expires: number): Promise<SipResponse> {
    const { contact, headers = [], server, displayName } = this.#options;
    const request = SipRequest.create({ method: 'REGISTER', uri: this.#registrar.clone() });
    const address = new NameAddr(
      new SipUri({ scheme: this.aor.scheme, user: this.aor.user, host: this.aor.host, port: this.aor.port }),
      displayName,
    );
    const from = address.clone();
    from.tag = this.#tag;
    request.headers.set('Max-Forwards', 70);
    request.headers.set('From', from);
    request.headers.set('To', address);
    request.headers.set('Call-ID', this.#callId);
    request.cseq = { sequence: ++this.#sequence, method: 'REGISTER' };
    for (const [name, value] of headers) request.headers.append(name, value);
    request.headers.set('Expires', expires);
    this.#host.decorate(request);
    return new Promise((resolve, reject) => {
      new OutgoingRequest(this.#host.environment, {
        request,
        server: typeof server === 'string' ? SipUri.parse(server) : server,
        digest: this.#digest,
        handlers: {
          sending: (sent, flow) => {
            this.#sequence = sent.cseq.sequence;
            const own = contact ?? this.#host.contact(flow, this.aor.user);
            const bound = (typeof own === 'string' ? NameAddr.parse(own) : own).clone();
            bound.params.set('expires', String(expires));
            this.#contact = bound;
            sent.contact = bound;
          },
          response: (response) => {
            if (response.status >= 200) resolve(response);
          },
          failed: reject,
        },
      }).send();
    });
  }

  #enter(state: RegistrationState, detail: RegistrationDetail): void {
    this.#state = state;
    this.emit('state', state, detail);
  }

  /** 0 to 1. */
  #chance(): number {
    return this.#host.random(1)[0]! / 255;
  }
}
