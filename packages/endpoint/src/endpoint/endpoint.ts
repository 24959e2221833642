import { type SipResponse, systemClock, type TransactionCounters } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { CallOptions, HeadersOption } from '../call/call-options';
import type { CallSnapshot } from '../call/call-snapshot';
import { headerList } from '../call/header-list';
import { Connection, type ConnectionHost, type ConnectionSnapshot } from '../connection/connection';
import type { ConnectionOptions } from '../connection/connection-options';
import { parseCallee } from '../connection/line-address';
import { CallError } from '../errors/call-error';
import { EndpointError } from '../errors/endpoint-error';
import { ReceivedMessage } from '../events/received-message';
import { AudioFocus, type VoiceDevice } from '../focus/audio-focus';
import { IN_DIALOG_METHODS } from '../in-dialog/in-dialog-requests';
import { TRICKLE_ICE } from '../in-dialog/trickle-ice';
import type { MediaProvider } from '../media/media-provider';
import { Observable, type ObservableEvents } from '../observable/observable';
import { type QualityPath, QualityPublisher, type ReportedCall } from '../quality/quality-publisher';
import { Ringing } from '../ringing/ringing';
import { sipCoreProvider } from '../sip/sip-core-provider';
import type { SipAddress, SipProvider, SipTrace } from '../sip/sip-provider';
import type { SipIncomingReferral, SipSession } from '../sip/sip-session';
import { type CallRecord, recordCall } from '../tracing/call-record';
import { Referral } from '../transfer/referral';
import { CallSetup } from './call-setup';
import { type ChangeableOptions, changeOptions } from './change-options';
import { type EndpointOptions, type ResolvedOptions, resolveOptions } from './endpoint-options';
import { type EndpointInput, type EndpointState, nextEndpointState } from './endpoint-state';
import { IncomingCalls } from './incoming-calls';
import type { OpenCalls } from './open-calls';
import { OutgoingCalls } from './outgoing-calls';
import { within } from './within';

/** Events of an endpoint. */
export interface EndpointEvents extends ObservableEvents {
  /** The endpoint is in another state. */
  state: [state: EndpointState, previous: EndpointState];
  /** A call has come in. It rings by itself unless a listener has rung, answered, rejected or redirected it at once. */
  call: [call: Call];
  /** A call is over: what it was. */
  callRecord: [record: CallRecord];
  /** Another call, or none, has the focus. */
  focus: [call: Call | undefined];
  /** Somebody outside any call asks us to call somebody else (RFC 3515). Refused with 603 unless a listener follows it. */
  referral: [referral: Referral];
  /** A short message has come (RFC 3428). Refused with 480 while nobody listens. */
  message: [message: ReceivedMessage];
  /** A SIP message was sent or received. */
  trace: [trace: SipTrace];
}

/** An endpoint at one moment: frozen, and another object once anything of it, its connections or calls has changed. */
export interface EndpointSnapshot {
  readonly state: EndpointState;
  /** What is listened on. */
  readonly addresses: readonly SipAddress[];
  readonly connections: readonly ConnectionSnapshot[];
  readonly calls: readonly CallSnapshot[];
  /** `id` of the call that has the focus. */
  readonly focus?: string;
}

/** How to stop. */
export interface StopOptions {
  /** Most ms to wait for peers and registrars to confirm; 2000 when absent. */
  timeout?: number;
}

/** How to ask another for what it can do. */
export interface OptionsRequest {
  /** The line to ask by. */
  connection?: Connection;
  /** Header fields to add. */
  headers?: HeadersOption;
  /** Gives up. */
  signal?: AbortSignal;
}

const STOP_TIMEOUT = 2000;

/**
 * A SIP phone in an object: lines, calls and their audio.
 *
 * ```ts
 * const endpoint = await new Endpoint().start();
 * const call = endpoint.call('sip:echo@127.0.0.1:5060', { source: toneSource({ frequencies: [440] }) });
 * await call.established;
 * await call.hangup();
 * await endpoint.close();
 * ```
 */
export class Endpoint extends Observable<EndpointEvents, EndpointSnapshot> {
  readonly #options: ResolvedOptions;
  readonly #media: MediaProvider;
  readonly #clock;
  readonly #host: ConnectionHost;
  readonly #calls: OpenCalls;
  readonly #outgoing: OutgoingCalls;
  readonly #incoming: IncomingCalls;
  readonly #publisher: QualityPublisher | undefined;
  readonly #focus: AudioFocus;
  readonly #ringing: Ringing | undefined;
  readonly #connections = new Set<Connection>();
  #sip: SipProvider | undefined;
  #state: EndpointState = 'inactive';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #closed = false;

  /** @throws EndpointError `ERR_OPTION`, `ERR_CODEC_UNKNOWN` */
  constructor(options: EndpointOptions = {}) {
    super();
    this.#options = resolveOptions(options);
    const { clock, random, logger, rtpPortRange, dscp, dtx, inbandDtmf } = this.#options;
    const { mediaSecurity, ice, publicAddress, codecSet, inactivityMs } = this.#options;
    this.#clock = clock ?? systemClock;
    this.#media = this.#options.media({
      registry: codecSet.registry,
      codecModules: () => codecSet.modules,
      ...(clock && { clock }),
      ...(random && { random }),
      ...(logger && { logger }),
      ...(rtpPortRange && { rtpPortRange }),
      ...(dscp !== undefined && { dscp }),
      ...(dtx !== undefined && { dtx }),
      ...(inbandDtmf !== undefined && { inbandDtmf }),
      ...(inactivityMs !== undefined && { inactivityMs }),
      mediaSecurity,
      ...(ice && { ice }),
      ...(publicAddress !== undefined && { publicAddress }),
    });
    this.#host = {
      clock: this.#clock,
      requireSip: () => this.#requireSip(),
      call: (uri, callOptions, connection) => this.call(uri, { ...callOptions, connection }),
    };
    const endpoint = this;
    const setup = new CallSetup(
      {
        options: this.#options,
        clock: this.#clock,
        media: this.#media,
        sip: () => this.#requireSip(),
        get connections() {
          return endpoint.connections;
        },
        began: (call) => {
          recordCall(call, this.#calls.get(call)?.connection, this.#clock, (record) => this.emit('callRecord', record));
          this.#focus.follow(call);
          this.#ringing?.follow(call);
        },
        changed: () => this.changed(),
      },
      {
        refer: (...referral) => this.#outgoing.refer(...referral),
        follow: (...referral) => this.#outgoing.follow(...referral),
        referrals: this.#options.referrals,
        quality: this.#options.quality,
        releaseInactive: this.#options.releaseInactive ?? false,
        established: (call, session, path) => this.#publisher?.watch(this.#reported(call, session, path)),
      },
    );
    const { collector, quality, logger: log } = this.#options;
    if (collector && quality) {
      const environment = { sip: () => this.#sip, clock: this.#clock, logger: log };
      this.#publisher = new QualityPublisher(collector, quality, environment);
    }
    const { device, holdOthers = false, ringing } = this.#options;
    const failed = (error: unknown) => log?.warn({ error }, 'audio');
    this.#focus = new AudioFocus({
      device,
      holdOthers,
      changed: (call) => {
        this.changed();
        this.emit('focus', call);
      },
      failed,
    });
    if (ringing) {
      const speaker = () => this.#focus.device?.sink;
      this.#ringing = new Ringing({ options: ringing, clock, speaker, calls: () => this.calls, failed });
    }
    this.#calls = setup.calls;
    this.#outgoing = new OutgoingCalls(setup);
    this.#incoming = new IncomingCalls(setup, (call) => this.emit('call', call));
  }

  /** Where the endpoint stands. */
  get state(): EndpointState {
    return this.#state;
  }

  /** What is listened on, with the ports in fact used; empty unless active. */
  get addresses(): readonly SipAddress[] {
    return this.#sip?.addresses ?? [];
  }

  /**
   * SIP messages seen since the endpoint started, and what was repeated, refused and dropped, by reason; undefined unless active.
   */
  get counters(): Readonly<TransactionCounters> | undefined {
    return this.#sip?.counters;
  }

  /** The lines, in the order they were added. */
  get connections(): readonly Connection[] {
    return [...this.#connections];
  }

  /** The calls that are not over, in the order they began. */
  get calls(): readonly Call[] {
    return this.#calls.list;
  }

  /** The call that people talk in: the one placed or answered last, or {@link setFocus}. Undefined while there is none. */
  get focus(): Call | undefined {
    return this.#focus.call;
  }

  /** Gives a call the focus, or takes it from all. */
  setFocus(call: Call | undefined): void {
    this.#focus.give(call);
  }

  /** What people talk and listen with; may be changed at any time, as when a headset is plugged in. */
  get device(): VoiceDevice | undefined {
    return this.#focus.device;
  }

  set device(device: VoiceDevice | undefined) {
    this.#focus.device = device;
  }

  /**
   * Swaps the call that has the focus with the one that had it before: holds the one, retrieves the other.
   *
   * @throws CallError (through the promise) `ERR_CALL_STATE` when there is no other; as {@link Call.hold} and {@link Call.retrieve}
   */
  async swap(): Promise<void> {
    const { call, previous } = this.#focus;
    if (!previous) throw new CallError('ERR_CALL_STATE', 'There is no other call to swap with.');
    if (call?.state === 'connected') await call.hold();
    if (previous.heldBy) await previous.retrieve();
    this.#focus.give(previous);
  }

  /**
   * Loads the codec plug-ins and opens the transports. Starting again is starting once.
   *
   * @throws EndpointError `ERR_CODEC_PLUGIN`, `ERR_CODEC_UNKNOWN` where a codec of a plug-in was meant, `ERR_PORT_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_TRANSPORT`, `ERR_TLS_SETTINGS`, `ERR_ENDPOINT_CLOSED`
   */
  async start(): Promise<this> {
    if (this.#closed) throw new EndpointError('ERR_ENDPOINT_CLOSED', 'This endpoint was closed; make a new one.');
    await this.#stopping;
    if (this.#state !== 'active') {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
    return this;
  }

  async #start(): Promise<void> {
    this.#input('start');
    try {
      await this.#options.codecSet.load();
      const provider = this.#makeProvider();
      await Promise.all([this.#media.start?.(), provider.start()]);
      this.#sip = provider;
    } catch (error) {
      this.#input('failed');
      throw error;
    }
    this.#input('started');
  }

  #makeProvider(): SipProvider {
    const { clock, random, logger, userAgent, transports, publicAddress, sip = sipCoreProvider() } = this.#options;
    const { sessionTimer, reliableProvisional, requestTimeoutMs } = this.#options;
    const endpoint = this;
    const trace = (message: SipTrace) => this.emit('trace', message);
    return sip({
      userAgent,
      transports,
      sessionTimer,
      reliableProvisional,
      requestTimeoutMs,
      publicAddress,
      allow: IN_DIALOG_METHODS,
      ...(this.#options.ice && { infoPackages: [TRICKLE_ICE] }),
      ...(clock && { clock }),
      ...(random && { random }),
      ...(logger && { logger }),
      handlers: {
        refer: (referral) => this.#referred(referral),
        message: (message) => {
          if (!this.emit('message', new ReceivedMessage(message))) message.reject(480);
        },
        invite: (session) => this.#incoming.take(session, this.#state === 'active' ? this.#sip : undefined),
        get trace() {
          return endpoint.listenerCount('trace') > 0 ? trace : undefined;
        },
      },
    });
  }

  /**
   * Hangs up all calls, takes back all registrations and closes the transports. The endpoint can be started again; its
   * connections stay, unregistered.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    await this.#starting?.catch(() => {});
    if (this.#state === 'inactive') return;
    this.#stopping ??= this.#stop(options.timeout ?? STOP_TIMEOUT).finally(() => {
      this.#stopping = undefined;
    });
    await this.#stopping;
  }

  async #stop(timeout: number): Promise<void> {
    const sip = this.#sip!;
    const deadline = this.#clock.now() + timeout;
    this.#input('stop');
    const goodbyes = [
      ...this.calls.map((call) => call.hangup()),
      ...this.connections.map((connection) => connection.unregister()),
    ];
    await within(this.#clock, timeout, Promise.allSettled(goodbyes));
    const rest = this.calls.map((call) => call.ended);
    await sip.close(Math.max(0, deadline - this.#clock.now()));
    await Promise.all(rest);
    for (const connection of this.#connections) connection.stopped();
    this.#sip = undefined;
    this.#input('stopped');
  }

  /** {@link stop}, for good. */
  async close(options: StopOptions = {}): Promise<void> {
    this.#closed = true;
    await this.stop(options);
    if (this.#media.close) await this.#media.close();
  }

  /** Same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Changes options for the calls that begin from now on; undefined stands for the default.
   *
   * @throws EndpointError `ERR_OPTION`, `ERR_CODEC_UNKNOWN`; nothing is changed then
   */
  reconfigure(changes: ChangeableOptions): void {
    changeOptions(this.#options, changes);
  }

  /**
   * Adds a line. It does not register by itself: call {@link Connection.register}.
   *
   * @throws EndpointError `ERR_OPTION`
   */
  addConnection(options: ConnectionOptions): Connection {
    const connection = new Connection(this.#host, options);
    this.#connections.add(connection);
    connection.subscribe(() => this.changed());
    this.changed();
    return connection;
  }

  /** Takes the line's registration back and removes it. Its calls go on. */
  async removeConnection(connection: Connection): Promise<void> {
    if (!this.#connections.delete(connection)) return;
    await connection.unregister();
    connection.forget(true);
    this.changed();
  }

  /**
   * Places a call. Returns at once: `await call.established` waits for the answer.
   *
   * @param uri a SIP URI, `user@host`, or, with a connection, a bare name or number
   * @throws EndpointError `ERR_ENDPOINT_STATE` unless the endpoint is active, `ERR_OPTION`, `ERR_CODEC_UNKNOWN`
   */
  call(uri: string, options: CallOptions & { connection?: Connection } = {}): Call {
    return this.#outgoing.place(uri, options);
  }

  /**
   * Asks somebody what it can do (RFC 3261 §11): also a way to see whether it is there.
   *
   * @returns the final response, whatever its status
   * @throws EndpointError `ERR_ENDPOINT_STATE`, `ERR_OPTION`; SipTimeoutError; SipTransportError
   */
  async options(uri: string, request: OptionsRequest = {}): Promise<SipResponse> {
    const sip = this.#requireSip();
    const { connection, signal } = request;
    const callee = parseCallee(uri, connection?.aor);
    return sip.request({
      ...connection?.addressing(callee),
      method: 'OPTIONS',
      uri: callee,
      headers: [['Accept', 'application/sdp'], ...headerList(request.headers)],
      signal,
    });
  }

  /**
   * This machine has another address: a cable was plugged in, another network joined. All lines register anew from there, and the peers of all
   * calls are told by re-INVITE; ICE begins anew in those that have it.
   *
   * @throws EndpointError `ERR_ENDPOINT_STATE`, `ERR_UNSUPPORTED`; SipTransportError: through the promise
   */
  async networkChanged(): Promise<void> {
    const sip = this.#requireSip();
    if (!sip.networkChanged) throw new EndpointError('ERR_UNSUPPORTED', 'This SIP provider cannot change its network.');
    for (const call of this.calls) call.networkChanged();
    await sip.networkChanged();
  }

  protected takeSnapshot(): EndpointSnapshot {
    return {
      state: this.#state,
      addresses: Object.freeze([...this.addresses]),
      connections: Object.freeze(this.connections.map((connection) => connection.snapshot)),
      calls: Object.freeze(this.calls.map((call) => call.snapshot)),
      ...(this.focus && { focus: this.focus.id }),
    };
  }

  #reported(call: Call, session: SipSession, path: () => QualityPath): ReportedCall {
    const connection = this.#calls.get(call)?.connection;
    const { from, to } = session.invite;
    const self = connection?.aor ?? (call.direction === 'outgoing' ? from : to).uri;
    const { uri: _, ...addressing } = connection?.addressing(connection.aor) ?? { uri: undefined };
    return { call, path, addressing, self: self.toString(), dialog: () => session.dialog };
  }

  #referred(asked: SipIncomingReferral): void {
    const referral = new Referral(asked, (each, options) => this.#outgoing.follow(each, undefined, options));
    this.emit('referral', referral);
    if (!referral.decided) referral.reject();
  }

  #requireSip(): SipProvider {
    if (this.#sip && this.#state === 'active') return this.#sip;
    throw new EndpointError('ERR_ENDPOINT_STATE', `The endpoint is ${this.#state}; \`await endpoint.start()\` first.`);
  }

  #input(input: EndpointInput): void {
    const next = nextEndpointState(this.#state, input);
    if (next === undefined) return;
    const previous = this.#state;
    this.#state = next;
    this.changed();
    this.emit('state', next, previous);
  }
}
