import type {
  Clock,
  HeaderList,
  Logger,
  NameAddr,
  OfferAnswerHandler,
  RandomBytes,
  RegistrationOptions,
  ReliableProvisional,
  SessionBody,
  SessionTimerOptions,
  SipResponse,
  SipUri,
  TransactionCounters,
} from '@offhook/sip-core';
import type { TlsSettings } from '@offhook/sip-core/node';
import type {
  SipAddressing,
  SipIncomingMessage,
  SipPublication,
  SipPublish,
  SipSubscribe,
  SipSubscription,
} from './sip-events';
import type { IncomingSipSession, SipIncomingReferral, SipReferOptions, SipReferral, SipSession } from './sip-session';

/** A username and password for digest authentication (RFC 7616). */
export interface SipCredentials {
  username: string;
  password: string;
}

/** An outgoing call, for the provider. */
export interface SipInvite {
  uri: SipUri;
  /** Who calls; somebody at our own address when absent. */
  from?: NameAddr | undefined;
  /** The server to send to; the URI itself when absent. */
  server?: SipUri | undefined;
  headers?: HeaderList;
  credentials?: SipCredentials | undefined;
  offerAnswer: OfferAnswerHandler;
  /** Whether the INVITE goes without an offer. */
  delayedOffer?: boolean;
  /** What asks for the call: its header fields go into the INVITE, and whoever referred us is told how the call goes (RFC 3515). */
  referral?: SipIncomingReferral | undefined;
  /** The registration of the line it goes by; its way to the server comes before `server`. */
  registration?: SipRegistration | undefined;
}

/** How a registration reaches us: flows (RFC 5626), GRUUs (RFC 5627), keep-alives. */
export type SipReach = Pick<
  RegistrationOptions,
  'outbound' | 'flows' | 'instanceId' | 'gruu' | 'keepAlive' | 'natContact' | 'retry'
>;

/** A registration, for the provider. */
export interface SipRegister extends SipReach {
  aor: SipUri;
  displayName?: string | undefined;
  /** The server to send to; the domain of the address-of-record when absent. */
  server?: SipUri | undefined;
  /** Several servers in place of one. */
  servers?: readonly SipUri[];
  /** Seconds. */
  expires: number;
  credentials?: SipCredentials | undefined;
}

/** Why a registration is in its state. */
export interface SipRegistrationDetail {
  status?: number | undefined;
  reason?: string | undefined;
  error?: Error | undefined;
}

/** A registration that is kept alive until it is removed. */
export interface SipRegistration {
  /** Listens to the changes of its state; the returned function ends that. */
  on(
    name: 'state',
    listener: (state: 'unregistered' | 'registering' | 'registered' | 'failed', detail: SipRegistrationDetail) => void,
  ): () => void;
  /** Registers, and refreshes from then on; resolves once registered. */
  start(): Promise<void>;
  /** Registers anew at once, at the next server when this one does not answer; absent: it cannot. */
  refresh?(): Promise<void>;
  /** Takes the binding away; resolves when the server said so, or could not. */
  remove(): Promise<void>;
  /** Stops refreshing without a word to the server. */
  stop(): void;
  /** What its requests go over, when it is bound to that (RFC 5626). */
  readonly flow?: { readonly local: { readonly host: string } } | undefined;
}

/** A SIP message that was sent or received. */
export interface SipTrace {
  /** ms since 1970. */
  time: number;
  direction: 'sent' | 'received';
  protocol: string;
  local: { host: string; port: number };
  remote: { host: string; port: number };
  /** The message as on the wire. */
  data: Uint8Array;
}

/** Where the provider reports to. */
export interface SipProviderHandlers {
  /** An INVITE came that opens a dialog. */
  invite(session: IncomingSipSession): void;
  /** A REFER came outside any call. */
  refer?(referral: SipIncomingReferral): void;
  /** A MESSAGE came (RFC 3428). */
  message?(message: SipIncomingMessage): void;
  /** Undefined while nobody wants to see messages: none has to be copied then. */
  readonly trace?: ((trace: SipTrace) => void) | undefined;
}

/** An address the provider listens on. */
export interface SipAddress {
  protocol: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Numeric address. */
  host: string;
  port: number;
}

/** What SIP shall travel over. */
export interface SipTransport extends SipAddress {
  /** Whether others may connect to us. */
  listen: boolean;
  /** Certificates and trust, for `tls` and `wss`. */
  tls?: TlsSettings;
  /** Path of WebSockets. */
  path?: string;
  /** Origins of pages that may open WebSockets. */
  origins?: readonly string[];
}

/** What an endpoint hands its SIP provider, each time it starts. */
export interface SipProviderContext {
  clock?: Clock;
  random?: RandomBytes;
  logger?: Logger;
  userAgent: string;
  /** What to listen on. */
  transports: readonly SipTransport[];
  /** Session timers (RFC 4028); false: none, undefined: those of the provider. */
  sessionTimer?: SessionTimerOptions | false | undefined;
  /** ms that a request waits for an answer (RFC 3261 §17, timers B and F); undefined: as the provider has it. */
  requestTimeoutMs?: number | undefined;
  /** Which provisional responses are acknowledged (RFC 3262). */
  reliableProvisional?: ReliableProvisional | undefined;
  /** Address to give to peers in place of the local one. */
  publicAddress?: string | undefined;
  /** Methods the endpoint answers inside calls beyond those of the session itself, for `Allow`. */
  allow: readonly string[];
  /** Info Packages that calls receive (RFC 6086); none when absent. */
  infoPackages?: readonly string[] | undefined;
  handlers: SipProviderHandlers;
}

/** How an endpoint speaks SIP: the seam behind which a stack sits. The default is {@link sipCoreProvider}. */
export interface SipProvider {
  /** Opens the transports. @throws EndpointError `ERR_PORT_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_TRANSPORT` */
  start(): Promise<void>;
  /**
   * Closes them. Sessions still there are over without a word.
   *
   * @param patience ms to wait for what is on its way: an INVITE that was given up can be cancelled only once it has been answered
   *   provisionally (RFC 3261 §9.1)
   */
  close(patience?: number): Promise<void>;
  /** What it listens on, once started. */
  readonly addresses: readonly SipAddress[];
  /** What is alive in it now, where it can tell: what a test for leaks looks at. */
  readonly load?: { readonly sessions: number; readonly transactions: number; readonly registrations: number };
  /** Messages seen, and what was repeated, refused and dropped, by reason, since it started; where it counts them. */
  readonly counters?: Readonly<TransactionCounters>;
  /** Begins a call. Nothing has been sent when it returns. */
  invite(invite: SipInvite): SipSession;
  /**
   * Asks the peer of a session to call somebody else (RFC 3515), or to take our place in another session (RFC 3891); absent: it cannot.
   *
   * @param target whom to call, or the session of ours that the call is to replace
   */
  refer?(session: SipSession, target: SipUri | SipSession, options?: SipReferOptions): SipReferral;
  /** Subscribes to the state of a resource (RFC 6665); absent: it cannot. Nothing has been sent when it returns. */
  subscribe?(subscribe: SipSubscribe): SipSubscription;
  /** Publishes a state of ours (RFC 3903); absent: it cannot. Nothing has been sent when it returns. */
  publish?(publish: SipPublish): SipPublication;
  /** Tells all registrations and, by re-INVITE, all calls that this machine has another address; absent: it cannot. */
  networkChanged?(): Promise<void>;
  /** Makes the registration of a line. Nothing has been sent when it returns. */
  register(register: SipRegister): SipRegistration;
  /** Sends a request outside a dialog and gives its final response. */
  request(
    request: SipAddressing & { method: string; body?: SessionBody; signal?: AbortSignal | undefined },
  ): Promise<SipResponse>;
  /** What requests of ours inside an incoming session answer a challenge with; without this such a challenge is a refusal. */
  authenticate?(session: IncomingSipSession, credentials: SipCredentials): void;
  /** The registration a session has come by, where the provider can tell. */
  registrationFor?(session: SipSession): SipRegistration | undefined;
  /** The numeric address of this machine that a session's peer, the server of a line that has a flow, or somebody at a URI is reached from. */
  localAddress(toward: SipSession | SipRegistration | SipUri): Promise<string>;
}

/** Makes the SIP provider of an endpoint, each time it starts. */
export type SipProviderFactory = (context: SipProviderContext) => SipProvider;
