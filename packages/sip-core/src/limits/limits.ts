import type { SipRequest } from '../message/request';
import type { Address } from '../transport/transport';

/**
 * How much is taken on, of one message, of one peer, and of all together. Whatever is over a limit is refused with the status
 * the RFC has for it, or dropped, and counted. With all of them finite, so is the memory that strangers can make us use.
 *
 * ACK, CANCEL of a call we know, and requests inside a dialog we know are served beyond the limits on numbers and rates: they
 * end work rather than begin it.
 */
export interface Limits {
  /**
   * Most bytes of a message; 65,535. A longer request is answered 413 (RFC 3261 §21.4.11) when its body is what is long, and 513
   * (§21.5.7) when its header section is.
   */
  readonly maxMessageSize: number;
  /** Most bytes of a body, as Content-Length says or as they come; 65,535. A longer one is answered 413 (RFC 3261 §21.4.11). */
  readonly maxBodySize: number;
  /** Most header lines; 256. More are answered 513 (RFC 3261 §21.5.7): 431, which HTTP has for it, is no SIP status. */
  readonly maxHeaderCount: number;
  /** Most bytes of a header line with its folds, or of a Request-URI; 8,192. More is answered 513, or 414 (§21.4.12). */
  readonly maxHeaderLength: number;
  /** Most requests received that wait for their final response; 20,000. Beyond, new ones are answered 503. */
  readonly maxServerTransactions: number;
  /** Most requests remembered after their final response, to absorb repeats; 100,000. Beyond, the oldest is forgotten early. */
  readonly maxAnsweredTransactions: number;
  /** Most requests of ours under way; 50,000. Beyond, new ones fail with `ERR_SIP_LIMIT`, except BYE and CANCEL. */
  readonly maxClientTransactions: number;
  /** Most INVITE sessions, of both directions; 20,000. Beyond, INVITEs are answered 503, and `invite()` throws `ERR_SIP_LIMIT`. */
  readonly maxSessions: number;
  /** Most dialogs, of all usages; 50,000. Beyond, requests that would open one are answered 503. */
  readonly maxDialogs: number;
  /** Requests per second that one source may begin; 5,000, as a proxy or trunk is one. 0 sets no limit. An IPv6 source is its /64 network. */
  readonly sourceRate: number;
  /** Requests that a source may begin at once after a pause; twice `sourceRate` when absent. */
  readonly sourceBurst?: number | undefined;
  /** Sources whose rate is known at a time; 16,384. Beyond, those longest unheard of begin afresh. */
  readonly maxSources: number;
  /**
   * What becomes of requests over `sourceRate`: `refuse` answers 503 with Retry-After, at most `sourceRate` times a second, and
   * drops the rest; `drop` drops them all. `refuse` when absent.
   */
  readonly overRate: 'refuse' | 'drop';
  /** Shortest Retry-After of a 503, in seconds; 5. It is scattered up to twice that, so that not all come back at once. */
  readonly retryAfter: number;
  /** Whether the whole element has too much to do now: while it says so, requests outside dialogs are answered 503 (RFC 6357). */
  readonly overload?: (() => boolean) | undefined;
  /** Requests that no limit on numbers, rates and load holds for, such as those of a proxy that admits for us. */
  readonly exempt?: ((source: Address, request: SipRequest) => boolean) | undefined;
}

/** What holds unless something else is said. */
export const defaultLimits: Limits = {
  maxMessageSize: 65_535,
  maxBodySize: 65_535,
  maxHeaderCount: 256,
  maxHeaderLength: 8_192,
  maxServerTransactions: 20_000,
  maxAnsweredTransactions: 100_000,
  maxClientTransactions: 50_000,
  maxSessions: 20_000,
  maxDialogs: 50_000,
  sourceRate: 5_000,
  maxSources: 16_384,
  overRate: 'refuse',
  retryAfter: 5,
};
