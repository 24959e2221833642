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
  SipRequest,
  SipResponse,
  SipUri,
  TransactionCounters,
} from '@offhook/sip-core';
import type { TlsSettings } from '@offhook/sip-core/node';

/** A request inside a dialog that waits for its response. */
export interface SipServerTransaction {
  readonly request: SipRequest;
  /** Sends the response; to be called once. */
  respond(response: SipResponse): void;
}

/** How a session ended. */
export interface SipSessionEnd {
  by: 'local' | 'remote' | 'error';
  /** SIP status, when there was one. */
  status?: number | undefined;
  reason?: string | undefined;
  error?: Error | undefined;
}

/** What an INFO of an Info Package brings. */
export interface SipInfo {
  readonly package: string;
  readonly body: SessionBody | undefined;
}

/** Events of a {@link SipSession}. */
export interface SipSessionEvents {
  /** Outgoing: a 101 to 199 came. */
  provisional: [response: SipResponse];
  /** The ACK was sent or came. */
  established: [];
  /** The peer changed the session by a re-INVITE or UPDATE of its own. */
  reoffered: [request: SipRequest];
  /** An INFO of a package that is received (RFC 6086); it has been answered. */
  info: [info: SipInfo];
  /** A request inside the dialog that the provider does not answer itself. */
  request: [transaction: SipServerTransaction];
  /** The session is over; always the last event. */
  ended: [end: SipSessionEnd];
}

/** The signalling of one call: an INVITE and the dialog it opens. */
export interface SipSession {
  readonly direction: 'outgoing' | 'incoming';
  /** The INVITE that opened it. */
  readonly invite: SipRequest;
  /** The other party. */
  readonly remote: NameAddr;
  on<Name extends keyof SipSessionEvents>(name: Name, listener: (...args: SipSessionEvents[Name]) => void): () => void;
  /** Ends it in whatever state: CANCEL, BYE or a refusal; resolves when that is done. */
  terminate(options?: { headers?: HeaderList }): Promise<void>;
  /** Sends a re-INVITE; rejects with a SipError when it was refused, the session then is as it was (RFC 3261 §14.1). */
  reinvite(options?: { headers?: HeaderList }): Promise<void>;
  /** Whether a re-INVITE of ours is under way: an offer asked for is then for that, else for a re-INVITE without one. */
  readonly reinviting: boolean;
  /** Whether the peer has said, in Allow, that it takes a method; undefined, or without this: it is not known. */
  peerAllows?(method: string): boolean | undefined;
  /** Sends a request inside the dialog and gives its final response, of whatever status. */
  send(method: string, options?: { headers?: HeaderList; body?: SessionBody }): Promise<SipResponse>;
}

/** A session that the peer has begun. */
export interface IncomingSipSession extends SipSession {
  readonly direction: 'incoming';
  /** Our side of offer and answer; to be set before anything is answered. */
  offerAnswer: OfferAnswerHandler;
  /** Sends a provisional response, with an answer in it when `earlyMedia` is set. */
  ring(options: { status: number; headers?: HeaderList; earlyMedia?: boolean }): Promise<void>;
  /** Sends 200; resolves when the ACK came. */
  accept(options: { headers?: HeaderList }): Promise<void>;
  /** Refuses. */
  reject(status: number, reason?: string, headers?: HeaderList): void;
}

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
  /** The registration of the line it goes by; its way to the server comes before `server`. */
  registration?: SipRegistration | undefined;
}

/** How a registration reaches us: flows (RFC 5626), GRUUs (RFC 5627), keep-alives. */
export type SipReach = Pick<
  RegistrationOptions,
  'outbound' | 'flows' | 'instanceId' | 'gruu' | 'keepAlive' | 'natContact'
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
  on(
    name: 'state',
    listener: (state: 'unregistered' | 'registering' | 'registered' | 'failed', detail: SipRegistrationDetail) => void,
  ): () => void;
  /** Registers, and refreshes from then on; resolves once registered. */
  start(): Promise<void>;
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
  register(register: SipRegister): SipRegistration;
  /** Sends a request outside a dialog and gives its final response. */
  request(request: {
    method: string;
    uri: SipUri;
    from?: NameAddr | undefined;
    server?: SipUri | undefined;
    headers?: HeaderList;
    body?: SessionBody;
    credentials?: SipCredentials | undefined;
    signal?: AbortSignal | undefined;
    registration?: SipRegistration | undefined;
  }): Promise<SipResponse>;
  /** The registration a session has come by, where the provider can tell. */
  registrationFor?(session: SipSession): SipRegistration | undefined;
  /** The numeric address of this machine that a session's peer, the server of a line that has a flow, or somebody at a URI is reached from. */
  localAddress(toward: SipSession | SipRegistration | SipUri): Promise<string>;
}

/** Makes the SIP provider of an endpoint, each time it starts. */
export type SipProviderFactory = (context: SipProviderContext) => SipProvider;
