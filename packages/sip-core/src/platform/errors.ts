import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';

/** What every error of this package carries. */
export interface SipErrorOptions {
  /** Stable name of the failure, for programs. */
  code?: string;
  /** SIP status that answers, or answered, the request (RFC 3261 §21). */
  status?: number;
  /** The error underneath, when there is one. */
  cause?: unknown;
}

/** Base of all errors of the SIP stack: a stable `code`, a SIP `status` where there is one, and a sentence that says what to do. */
export class SipError extends Error {
  /** Stable name of the failure, for programs; messages may be reworded, codes stay. */
  readonly code: string;
  /** SIP status that answers, or answered, the request (RFC 3261 §21). */
  readonly status: number | undefined;

  constructor(message: string, options: SipErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code ?? 'ERR_SIP';
    this.status = options.status;
  }
}

/** Details of a {@link SipSyntaxError}. */
export interface SipSyntaxErrorOptions {
  /** SIP status a user agent server should answer; default 400. */
  status?: number;
  /** Name of the offending header field. */
  header?: string | undefined;
  /** Reason phrase for the wire; default the message. */
  reason?: string;
  /** Whether a response can be built (Via, From, To, Call-ID and CSeq are there, and it is no ACK); default false. */
  answerable?: boolean;
  /** What could be read of the malformed request. */
  request?: SipRequest;
  /** The error behind it. */
  cause?: unknown;
}

/** A message, header field or URI that does not follow the grammar of RFC 3261 §25, or breaks a rule of §8.1.1 or §20. */
export class SipSyntaxError extends SipError {
  override readonly status: number;
  /** Name of the offending header field, when it is one. */
  readonly header: string | undefined;
  /** Reason phrase for the wire: one line of plain ASCII. */
  readonly reason: string;
  /** Whether a response can be built: Via, From, To, Call-ID and CSeq are there, and the request is no ACK. */
  readonly answerable: boolean;
  /** What could be read of the malformed request. Typed fields of it may throw; `errorResponse` builds the answer from it safely. */
  readonly request: SipRequest | undefined;

  constructor(message: string, options: SipSyntaxErrorOptions = {}) {
    const status = options.status ?? 400;
    super(message, { code: 'ERR_SIP_SYNTAX', status, cause: options.cause });
    this.status = status;
    this.header = options.header;
    this.reason = options.reason ?? plainReason(message);
    this.answerable = options.answerable ?? false;
    this.request = options.request;
  }
}

/** A header name or value, or another text bound for the wire, that would break out of its line. */
export class SipInjectionError extends SipError {
  constructor(message: string) {
    super(message, { code: 'ERR_SIP_INJECTION' });
  }
}

/** A message could not be sent: no route, connection refused, socket closed, port in use. */
export class SipTransportError extends SipError {
  constructor(message: string, options: SipErrorOptions = {}) {
    super(message, { code: 'ERR_SIP_TRANSPORT', ...options });
  }
}

/** No answer came in time; the status is 408 (RFC 3261 §8.1.3.1). */
export class SipTimeoutError extends SipError {
  constructor(message: string, options: SipErrorOptions = {}) {
    super(message, { code: 'ERR_SIP_TIMEOUT', status: 408, ...options });
  }
}

/** A request was answered by a final response that is no success (RFC 3261 §21.3 to §21.6). */
export class SipResponseError extends SipError {
  override readonly status: number;
  /** Reason phrase of the response. */
  readonly reason: string;
  /** The response itself. */
  readonly response: SipResponse;

  constructor(status: number, reason: string, response: SipResponse) {
    super(`The request was answered ${status} ${reason}.`, { code: 'ERR_SIP_RESPONSE', status });
    this.status = status;
    this.reason = reason;
    this.response = response;
  }
}

/** The object is in a state where this operation makes no sense, such as answering a call that ended. */
export class SipStateError extends SipError {
  constructor(message: string, options: SipErrorOptions = {}) {
    super(message, { code: 'ERR_SIP_STATE', ...options });
  }
}

function plainReason(message: string): string {
  return message
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/\.$/, '')
    .slice(0, 120);
}
