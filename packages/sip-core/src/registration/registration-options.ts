import type { CredentialSource } from '../auth/digest-client';
import type { HeaderList } from '../message/header-list';
import type { NameAddr } from '../message/name-addr';
import type { SipUri } from '../message/uri';
import type { SipError } from '../platform/errors';
import type { Flow } from '../transport/transport';
import type { RetryOptions } from './retry-policy';

/** Whether and how often keep-alives are sent (RFC 5626 §3.5). */
export type KeepAliveOption =
  /**
   * With outbound, and over connections of who cannot be connected to: CRLF, or the ping of WebSocket, each 95 to 120 s over connections, STUN each
   * 24 to 29 s over UDP, or as Flow-Timer asks.
   */
  | 'auto'
  /** Never. */
  | 'off'
  /** Always, at 80 to 100 per cent of this many ms: for a NAT on the way to a server that does not know outbound. */
  | { readonly interval: number };

/** What a registration is of, and where. */
export interface RegistrationOptions {
  /** Address-of-record: whose calls we want. */
  aor: SipUri | string;
  /** Name beside the address-of-record in From and To; none when absent. */
  displayName?: string;
  /** Request-URI: the domain of the registrar; the host of the address-of-record when absent. */
  registrar?: SipUri | string;
  /** The server to send to, without a Route, when it is not the registrar's own address. */
  server?: SipUri | string;
  /**
   * Several servers in place of one: an outbound proxy set (RFC 5626 §4.1). With outbound each flow leads to another of them; without,
   * they are tried in turn.
   */
  servers?: readonly (SipUri | string)[];
  /** Binding asked for, in seconds; 3,600 when absent. The registrar may give another. */
  expires?: number;
  /** What challenges of the registrar and of proxies are answered with; when absent they are refusals. */
  credentials?: CredentialSource;
  /** Contact to bind; the address we send from when absent. */
  contact?: NameAddr | string;
  /** Preference of our binding among those of the address-of-record, 0 to 1 (RFC 3261 §10.2.1.2). */
  q?: number;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /**
   * Whether to register flows (RFC 5626), over which requests come back to us through NATs, and which are mended when they break; false when
   * absent. With a registrar that does not know it, the registration is a plain one.
   */
  outbound?: boolean;
  /** Flows to keep at the same time with outbound; the number of servers, at least 1, when absent. */
  flows?: number;
  /**
   * Who we are across restarts and address changes (RFC 5626 §4.1): `urn:uuid:…`. With outbound or a GRUU the stack's own is taken when
   * absent. Keep it, so that after a restart old bindings are replaced.
   */
  instanceId?: string;
  /**
   * Globally routable URI (RFC 5627) to be reached at as this very user agent: `public` names us, `temporary` tells nobody who we are. `none`
   * when absent: our address.
   */
  gruu?: 'public' | 'temporary' | 'none';
  /** `auto` when absent. */
  keepAlive?: KeepAliveOption;
  /**
   * `auto` binds the address that the registrar sees us at (RFC 3581), when it is not our own: for NATs in front of registrars that do not know
   * outbound. `off` when absent.
   */
  natContact?: 'auto' | 'off';
  /** What to do about bindings of our own instance that are not ours any more: `remove` takes them away. `keep` when absent. */
  staleBindings?: 'remove' | 'keep';
  /** First pause in ms before a failed registration is tried again, doubling to 32 times as much; 0 never tries again. 1,000 when absent. */
  retryInterval?: number;
  /** When to try again, in detail. */
  retry?: RetryOptions;
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

/** One way to the registrar: with outbound there may be several. */
export interface RegistrationFlow {
  /** Tells the flows of an instance apart (RFC 5626 §4.2); from 1. */
  readonly regId: number;
  /** `idle` until it is needed. */
  readonly state: 'idle' | 'registering' | 'registered' | 'failed';
  /** What messages go over; undefined while there is nothing. */
  readonly flow: Flow | undefined;
  /** Whether the registrar sends requests back over this flow (RFC 5626 §6). */
  readonly outbound: boolean;
  /** The Contact bound. */
  readonly contact: NameAddr | undefined;
}

/** Events of a {@link Registration}. */
export interface RegistrationEvents {
  /** The registration as a whole: registered while one flow is. */
  state: [state: RegistrationState, detail: RegistrationDetail];
  /** One flow has come about, or failed. */
  flow: [flow: RegistrationFlow, detail: RegistrationDetail];
}
