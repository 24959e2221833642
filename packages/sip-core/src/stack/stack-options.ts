import type { CredentialSource } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import { RecvInfo } from '../headers/info';
import type { Limits } from '../limits/limits';
import type { Resolver } from '../locate/resolver';
import type { HeaderList } from '../message/header-list';
import { Headers } from '../message/headers';
import type { NameAddr } from '../message/name-addr';
import type { SipUri, Uri } from '../message/uri';
import { Via } from '../message/via';
import type { Clock } from '../platform/clock';
import type { Logger } from '../platform/logger';
import type { RandomBytes } from '../platform/random';
import type { IncomingReferral } from '../refer/incoming-referral';
import type { Line } from '../registration/line';
import type { RegisteringOptions } from '../registration/registration-center';
import type { IncomingSession } from '../session/incoming-session';
import type { InviteSession } from '../session/invite-session';
import type { InviteOptions } from '../session/outgoing-session';
import type { ReliableProvisional, SessionTimerOptions } from '../session/session-settings';
import type { TraceEvent } from '../trace/trace-event';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { TimerValues } from '../transaction/timer-values';
import type { Flow, Transport } from '../transport/transport';

/** Settings of a {@link SipStack}. */
export interface SipStackOptions {
  /** What to listen on and send from; at least one. */
  transports: readonly Transport[];
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Where random bytes come from; the system's when absent. */
  random?: RandomBytes;
  /** Where the stack writes what it does, without passwords, digest responses and keys; nowhere when absent. */
  logger?: Logger;
  /** Timers of transactions in ms (RFC 3261 §17); `defaultTimers` where it says nothing. */
  timers?: Partial<TimerValues>;
  /** User-Agent and Server; none when absent. */
  userAgent?: string;
  /** Finds servers; only numeric hosts and `localhost` are found when absent. `@offhook/sip-core/node` has one for names. */
  resolver?: Resolver;
  /** Methods answered beyond INVITE, ACK, CANCEL, BYE and OPTIONS; for Allow. */
  allow?: readonly string[];
  /** Option tags understood (RFC 3261 §19.2): for Supported, and what a Require may ask for. */
  supported?: readonly string[];
  /** Content types that INVITE bodies may have; `application/sdp` when absent. */
  accept?: readonly string[];
  /** Host of our Contact and Via when it is not the address a flow leaves from: a known public address. */
  publicAddress?: string;
  /** What all registrations share. */
  registering?: RegisteringOptions;
  /**
   * How requests over 1,300 bytes go that would go over UDP: `tcp`, as RFC 3261 §18.1.1 demands, when a TCP transport is open and the
   * server takes the connection, else `udp` all the same; `tcp` when absent.
   */
  largeRequests?: 'tcp' | 'udp';
  /** Largest packet that crosses the network whole, in bytes: requests within 200 bytes of it are large, whatever their size. */
  pathMtu?: number;
  /**
   * Session timers (RFC 4028): calls are refreshed, and end when the peer is gone. Each 30 minutes when absent; false: calls live until somebody
   * ends them.
   */
  sessionTimer?: SessionTimerOptions | false;
  /** Which provisional responses to INVITE are acknowledged (RFC 3262); `early-media` when absent. */
  reliableProvisional?: ReliableProvisional;
  /** Info Packages that calls receive (RFC 6086); sessions tell of them by their `info` event. None when absent. */
  infoPackages?: readonly string[];
  /** How much is taken on, of one message, of one peer and of all together; `defaultLimits` where it says nothing. */
  limits?: Partial<Limits>;
}

/** Events of a {@link SipStack}. */
export interface SipStackEvents {
  /** An INVITE that opens a dialog. Set its `offerAnswer` before the listener returns. */
  invite: [session: IncomingSession];
  /** Somebody refers us elsewhere, outside a call or in one whose session nobody listens to for it. Needs a {@link ReferServer}. */
  refer: [referral: IncomingReferral];
  /** A request outside any dialog that the stack does not answer itself; unless somebody listens, it is answered 405. */
  request: [transaction: ServerTransaction];
  /** A session has begun, of either direction; nothing has been sent or answered in it. For statistics and the like. */
  session: [session: InviteSession];
  /** Each message on its way in or out. */
  trace: [event: TraceEvent];
}

/** A request outside any dialog. */
export interface RequestOptions {
  /** Method, such as `OPTIONS`; INVITE and ACK go by calls. */
  method: string;
  /** Request-URI. */
  uri: Uri | string;
  /** From; its tag is made. */
  from: NameAddr | string;
  /** To; the Request-URI when absent. */
  to?: NameAddr | string;
  /** Route header fields, the first hop first; those of the line, or none, when absent. */
  routes?: readonly NameAddr[];
  /** The server to send to, without a Route. */
  server?: SipUri | string;
  /** The flow to use while it is open, such as the one the recipient has registered over (RFC 5626 §5.3). */
  flow?: Flow;
  /** The line it goes by: its flow, its Service-Route and its Contact are taken. A `server` of its own comes before the flow. */
  registration?: Line;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /** Body with its content type; none when absent. */
  body?: SessionBody;
  /** What challenges are answered with; when absent the 401 or 407 is the response. */
  credentials?: CredentialSource;
  /** Gives up waiting. */
  signal?: AbortSignal;
}

/** An outgoing call: {@link InviteOptions} with addresses as text or parsed, and credentials. */
export type StackInviteOptions = Omit<InviteOptions, 'uri' | 'from' | 'to' | 'server'> & {
  uri: Uri | string;
  from: NameAddr | string;
  to?: NameAddr | string;
  server?: SipUri | string;
  credentials?: CredentialSource;
};

/** @internal What is written into every message is looked at once, before anything goes out. @throws SipInjectionError, SipSyntaxError */
export function checkTexts(options: SipStackOptions): void {
  const { userAgent = '', publicAddress = 'localhost', allow, supported, accept, infoPackages = [] } = options;
  for (const name of infoPackages) RecvInfo.format([{ package: name }]);
  new Headers([
    ['User-Agent', userAgent],
    ['Via', new Via({ transport: 'UDP', host: publicAddress })],
  ]);
  for (const [name, words] of Object.entries({ Allow: allow, Supported: supported, Accept: accept })) {
    for (const word of words ?? []) new Headers([[name, word]]);
  }
}
