import { EndpointError, type EndpointErrorOptions } from './endpoint-error';

/**
 * What went wrong with a call, stable across releases:
 *
 * - `ERR_CALL_BUSY`: the callee is busy (486, 600);
 * - `ERR_CALL_DECLINED`: the callee does not want the call (603);
 * - `ERR_CALL_FORBIDDEN`: the server does not allow the call (403);
 * - `ERR_CALL_UNAUTHORIZED`: the server asks for a password and none, or a wrong one, is configured (401, 407);
 * - `ERR_CALL_NOT_FOUND`: nobody has that address (404, 410, 484, 604);
 * - `ERR_CALL_UNAVAILABLE`: the callee cannot be reached now (480, 502, 503);
 * - `ERR_CALL_NO_ANSWER`: no final answer came in time (408, 504, or nothing at all);
 * - `ERR_CALL_NO_COMMON_CODEC`: the two sides share no codec (488, 606);
 * - `ERR_CALL_CANCELLED`: the call was given up before it was answered (487);
 * - `ERR_CALL_MOVED`: the callee is at another address (300 to 302, 305, 380);
 * - `ERR_CALL_REJECTED`: any other refusal; `status` says which;
 * - `ERR_CALL_TRANSPORT`: the network failed;
 * - `ERR_CALL_MEDIA`: media could not be opened or agreed on;
 * - `ERR_CALL_TRANSFER`: the peer refused to transfer the call, or did not reach the target;
 * - `ERR_CALL_DTMF`: the peer does not take a digit in the way it was sent;
 * - `ERR_CALL_STATE`: the call is in a state where this makes no sense;
 * - `ERR_CALL_ENDED`: the call ended while this was being done.
 */
export type CallErrorCode =
  | 'ERR_CALL_BUSY'
  | 'ERR_CALL_DECLINED'
  | 'ERR_CALL_FORBIDDEN'
  | 'ERR_CALL_UNAUTHORIZED'
  | 'ERR_CALL_NOT_FOUND'
  | 'ERR_CALL_UNAVAILABLE'
  | 'ERR_CALL_NO_ANSWER'
  | 'ERR_CALL_NO_COMMON_CODEC'
  | 'ERR_CALL_CANCELLED'
  | 'ERR_CALL_MOVED'
  | 'ERR_CALL_REJECTED'
  | 'ERR_CALL_TRANSPORT'
  | 'ERR_CALL_MEDIA'
  | 'ERR_CALL_TRANSFER'
  | 'ERR_CALL_DTMF'
  | 'ERR_CALL_STATE'
  | 'ERR_CALL_ENDED';

/** Details of a {@link CallError}. */
export interface CallErrorOptions extends EndpointErrorOptions {
  /** Reason phrase that came with the status. */
  reason?: string | undefined;
  /** Where the callee is to be found, of a redirection (RFC 3261 §21.3). */
  contacts?: readonly string[] | undefined;
}

/** A call, or something done with it, failed. */
export class CallError extends EndpointError {
  declare readonly code: CallErrorCode;
  /** Reason phrase that came with the status. */
  readonly reason: string | undefined;
  /** URIs where the callee is to be found, of a redirection (RFC 3261 §21.3); else empty. */
  readonly contacts: readonly string[];

  /** @param code one of {@link CallErrorCode} */
  constructor(code: CallErrorCode, message: string, options: CallErrorOptions = {}) {
    super(code, message, options);
    this.reason = options.reason;
    this.contacts = options.contacts ?? [];
  }
}

const BY_STATUS: Readonly<Record<number, readonly [CallErrorCode, string]>> = {
  401: [
    'ERR_CALL_UNAUTHORIZED',
    'The server asks for a password; give the connection the right username and password.',
  ],
  403: ['ERR_CALL_FORBIDDEN', 'The server does not allow this call; check the account and the number.'],
  404: ['ERR_CALL_NOT_FOUND', 'Nobody has that address; check the number.'],
  407: ['ERR_CALL_UNAUTHORIZED', 'The proxy asks for a password; give the connection the right username and password.'],
  408: ['ERR_CALL_NO_ANSWER', 'No answer came in time; check the address and the network, or try again.'],
  410: ['ERR_CALL_NOT_FOUND', 'Nobody has that address any more; check the number.'],
  480: ['ERR_CALL_UNAVAILABLE', 'The callee cannot be reached now; try again later.'],
  484: ['ERR_CALL_NOT_FOUND', 'The number is not complete; add the missing digits.'],
  486: ['ERR_CALL_BUSY', 'The callee is busy; try again later.'],
  487: ['ERR_CALL_CANCELLED', 'The call was given up before it was answered.'],
  488: ['ERR_CALL_NO_COMMON_CODEC', 'The two sides share no codec; enable one that the other side has.'],
  502: ['ERR_CALL_UNAVAILABLE', 'A gateway on the way failed; try again later.'],
  503: ['ERR_CALL_UNAVAILABLE', 'The server is out of service; try again later or use another.'],
  504: ['ERR_CALL_NO_ANSWER', 'A server on the way got no answer in time; try again later.'],
  600: ['ERR_CALL_BUSY', 'The callee is busy everywhere; try again later.'],
  603: ['ERR_CALL_DECLINED', 'The callee declined the call.'],
  604: ['ERR_CALL_NOT_FOUND', 'Nobody anywhere has that address; check the number.'],
  606: ['ERR_CALL_NO_COMMON_CODEC', 'The callee cannot take the media offered; enable a codec that it has.'],
};

/**
 * The error for a final response to an INVITE that is no success.
 *
 * @param status 300 to 699
 * @param reason the reason phrase that came with it
 */
export function callErrorFor(status: number, reason: string, options: CallErrorOptions = {}): CallError {
  const [code, advice] =
    BY_STATUS[status] ??
    (status < 400
      ? (['ERR_CALL_MOVED', 'The callee is at another address; call one of `contacts`.'] as const)
      : (['ERR_CALL_REJECTED', 'The call was refused.'] as const));
  return new CallError(code, `${advice} (${status} ${reason})`, { ...options, status, reason });
}
