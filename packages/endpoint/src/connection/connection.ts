import {
  type Clock,
  NameAddr,
  SipError,
  SipResponseError,
  SipTimeoutError,
  SipTransportError,
  type SipUri,
} from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { CallOptions } from '../call/call-options';
import { ConnectionError } from '../errors/connection-error';
import { EndpointError } from '../errors/endpoint-error';
import { LineEvents } from '../events/line-events';
import { Observable, type ObservableEvents } from '../observable/observable';
import type { SipAddressing } from '../sip/sip-events';
import type {
  SipCredentials,
  SipProvider,
  SipReach,
  SipRegistration,
  SipRegistrationDetail,
} from '../sip/sip-provider';
import type { ConnectionOptions } from './connection-options';
import type { ConnectionReason, ConnectionState } from './connection-state';
import { parseServer, parseUser } from './line-address';
import { reachOf } from './reach';
import { ServerWatch } from './server-watch';

/** Events of a connection. */
export interface ConnectionEvents extends ObservableEvents {
  /** The connection is in another state, or in the same one for another reason. */
  state: [state: ConnectionState, reason: ConnectionReason];
  /** The server does not answer OPTIONS (`optionsInterval`): the line registers anew, at the next server where there is one. */
  serverLost: [error: Error];
}

/** A connection at one moment: frozen, and another object once anything has changed. */
export interface ConnectionSnapshot extends ConnectionReason {
  /** Address-of-record. */
  readonly user: string;
  /** The server it registers with. */
  readonly server: string;
  readonly displayName?: string;
  /** Whether it has no registrar. */
  readonly standalone: boolean;
  readonly state: ConnectionState;
}

/** @internal What a connection needs of its endpoint. */
export interface ConnectionHost {
  /** @throws EndpointError `ERR_ENDPOINT_STATE` unless the endpoint is active */
  requireSip(): SipProvider;
  call(uri: string, options: CallOptions, connection: Connection): Call;
  readonly clock: Clock;
}

const DEFAULT_EXPIRES = 3600;

/**
 * A line: one user at one server, with its own registration. Made by {@link Endpoint.addConnection}.
 *
 * A connection that is not registered can place calls all the same; registering is what brings calls in.
 */
export class Connection extends Observable<ConnectionEvents, ConnectionSnapshot> {
  /** Address-of-record, without parameters. */
  readonly user: string;
  /** Whether it has no registrar (`expires: 0`). */
  readonly standalone: boolean;
  /** @internal */
  readonly aor: SipUri;
  /** @internal Where requests of this line go; the domain of the user when undefined. */
  readonly server: SipUri | undefined;
  /** @internal */
  readonly from: NameAddr;
  /** @internal */
  readonly credentials: SipCredentials | undefined;
  /** What the line can be told, and tell, besides calls: messages that wait, presence, busy lamps, conferences, short messages. */
  readonly events: LineEvents;
  readonly #host: ConnectionHost;
  readonly #expires: number;
  readonly #servers: readonly SipUri[];
  readonly #reach: SipReach;
  #registration: SipRegistration | undefined;
  #off: (() => void) | undefined;
  #starting: Promise<void> | undefined;
  #state: ConnectionState = 'unregistered';
  #reason: ConnectionReason = {};
  #removed = false;
  readonly #optionsInterval: number | undefined;
  #watch: ServerWatch | undefined;

  /** @internal */
  constructor(host: ConnectionHost, options: ConnectionOptions) {
    super();
    const { displayName, username, password, expires = DEFAULT_EXPIRES, servers = [] } = options;
    this.#host = host;
    this.aor = parseUser(options.user);
    this.user = this.aor.toString();
    this.#servers = servers.map((server) => parseServer(server)!);
    this.server = parseServer(options.server) ?? this.#servers[0];
    this.#reach = reachOf(options);
    this.from = new NameAddr(this.aor.clone(), displayName);
    this.standalone = expires === 0;
    this.#expires = expires;
    this.#optionsInterval = intervalOf(options);
    this.events = new LineEvents({
      sip: () => host.requireSip(),
      aor: this.aor,
      addressing: (uri) => this.addressing(uri),
      call: (uri, callOptions) => this.call(uri, callOptions),
    });
    this.credentials = password === undefined ? undefined : { username: username ?? this.aor.user ?? '', password };
  }

  /** Where the connection stands with its registrar. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** @internal The registration while the line is registered: calls go the way it has gone. */
  get registration(): SipRegistration | undefined {
    return this.#state === 'registered' ? this.#registration : undefined;
  }

  /** Why it is there. */
  get reason(): ConnectionReason {
    return this.#reason;
  }

  /**
   * Registers, and refreshes the registration from then on. Registering again is registering once.
   *
   * @returns a promise for when the registrar has accepted. It rejects with ConnectionError
   *   `ERR_REGISTER_UNAUTHORIZED` (wrong password), `ERR_REGISTER_NO_ANSWER`, `ERR_REGISTER_REJECTED`,
   *   `ERR_REGISTER_TRANSPORT` or `ERR_CONNECTION_STANDALONE`, with EndpointError `ERR_ENDPOINT_STATE` when the endpoint is
   *   not active
   */
  async register(): Promise<void> {
    if (this.standalone) {
      const message = `The line ${this.user} has no registrar; leave out \`expires: 0\` to register it.`;
      throw new ConnectionError('ERR_CONNECTION_STANDALONE', message);
    }
    if (this.#removed)
      throw new ConnectionError('ERR_CONNECTION_REMOVED', `The line ${this.user} was removed; add it again.`);
    if (this.#state === 'registered') return;
    const sip = this.#host.requireSip();
    this.#starting ??= this.#register(sip).finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async #register(sip: SipProvider): Promise<void> {
    this.forget();
    const registration = sip.register({
      aor: this.aor,
      displayName: this.from.displayName,
      server: this.server,
      ...(this.#servers.length > 0 && { servers: this.#servers }),
      ...this.#reach,
      expires: this.#expires,
      credentials: this.credentials,
    });
    this.#registration = registration;
    this.#off = registration.on('state', (state, detail) => this.#follow(state, detail));
    this.#set('registering', {});
    try {
      await registration.start();
      this.#set('registered', this.#reason);
    } catch (cause) {
      const error = this.#errorOf(cause);
      this.#set('failed', reasonOf({ status: error.status, reason: error.reason, error }));
      throw error;
    }
  }

  /** Takes the registration back and stops refreshing it. Resolves also when the server does not answer. */
  async unregister(): Promise<void> {
    const registration = this.#registration;
    if (!registration) return;
    await registration.remove().catch(() => {});
    if (this.#registration !== registration) return;
    this.forget();
    this.#set('unregistered', {});
  }

  /**
   * Places a call by this line; see {@link Endpoint.call}. A bare name or number is called at the domain of the line.
   */
  call(uri: string, options: CallOptions = {}): Call {
    return this.#host.call(uri, options, this);
  }

  /** @internal How requests of this line get to a URI. */
  addressing(uri: SipUri): SipAddressing {
    const { from, server, credentials, registration } = this;
    return { uri, from, server, credentials, registration };
  }

  /** @internal The endpoint stops, or the connection was removed: no message goes out any more. */
  forget(removed = false): void {
    this.#removed ||= removed;
    this.#off?.();
    this.#off = undefined;
    this.#registration?.stop();
    this.#registration = undefined;
  }

  /** @internal The endpoint has stopped. */
  stopped(): void {
    this.forget();
    this.#set('unregistered', {});
  }

  protected takeSnapshot(): ConnectionSnapshot {
    const { displayName } = this.from;
    return {
      user: this.user,
      server: (this.server ?? registrarOf(this.aor)).toString(),
      ...(displayName !== undefined && { displayName }),
      standalone: this.standalone,
      state: this.#state,
      ...this.#reason,
    };
  }

  /** What the registration does by itself: refreshes, and tries again after a failure. */
  #follow(state: ConnectionState, { status, reason, error }: SipRegistrationDetail): void {
    const failure = state === 'failed' && error !== undefined ? this.#errorOf(error) : undefined;
    this.#set(state, reasonOf({ status: status ?? failure?.status, reason, error: failure }));
  }

  #set(state: ConnectionState, reason: ConnectionReason): void {
    const same =
      state === this.#state && reason.status === this.#reason.status && reason.reason === this.#reason.reason;
    this.#state = state;
    this.#reason = Object.freeze({ ...reason });
    this.#watchServer(state === 'registered');
    if (same) return;
    this.changed();
    this.emit('state', state, this.#reason);
  }

  #watchServer(registered: boolean): void {
    const interval = this.#optionsInterval;
    if (!registered || interval === undefined) {
      this.#watch?.stop();
      this.#watch = undefined;
      return;
    }
    const uri = registrarOf(this.aor);
    this.#watch ??= new ServerWatch({
      interval,
      clock: this.#host.clock,
      ask: (signal) => this.#host.requireSip().request({ ...this.addressing(uri), method: 'OPTIONS', signal }),
      lost: (error) => {
        this.emit('serverLost', error);
        this.#registration?.refresh?.().catch(() => {});
      },
    });
  }

  #errorOf(cause: unknown): ConnectionError {
    if (cause instanceof ConnectionError) return cause;
    const server = (this.server ?? registrarOf(this.aor)).toString();
    if (cause instanceof SipResponseError) {
      const { status, reason } = cause;
      if (status === 401 || status === 403 || status === 407) {
        const message = `${server} does not accept ${this.user} with these credentials (${status} ${reason}); check username and password.`;
        return new ConnectionError('ERR_REGISTER_UNAUTHORIZED', message, { status, reason, cause });
      }
      if (status !== 408) {
        const message = `${server} refused to register ${this.user}: ${status} ${reason}.`;
        return new ConnectionError('ERR_REGISTER_REJECTED', message, { status, reason, cause });
      }
    }
    if (cause instanceof SipTimeoutError || (cause instanceof SipError && cause.status === 408)) {
      const message = `${server} did not answer; check the address, the transport and the network.`;
      return new ConnectionError('ERR_REGISTER_NO_ANSWER', message, { status: 408, cause });
    }
    const text = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof SipTransportError ? 'ERR_REGISTER_TRANSPORT' : 'ERR_REGISTER_REJECTED';
    const status = cause instanceof SipError ? cause.status : undefined;
    return new ConnectionError(code, `${server} cannot be registered with: ${text}`, { status, cause });
  }
}

function reasonOf(reason: {
  status: number | undefined;
  reason: string | undefined;
  error: Error | undefined;
}): ConnectionReason {
  return {
    ...(reason.status !== undefined && { status: reason.status }),
    ...(reason.reason !== undefined && { reason: reason.reason }),
    ...(reason.error !== undefined && { error: reason.error }),
  };
}

function intervalOf({ optionsInterval }: ConnectionOptions): number | undefined {
  if (optionsInterval === undefined || optionsInterval >= 1000) return optionsInterval;
  const message = `The option optionsInterval is ${optionsInterval}; give ms, at least 1000.`;
  throw new EndpointError('ERR_OPTION', message);
}

/** RFC 3261 §10.2: the domain of the address-of-record, without a user. */
function registrarOf(aor: SipUri): SipUri {
  const registrar = aor.clone();
  registrar.user = undefined;
  return registrar;
}
