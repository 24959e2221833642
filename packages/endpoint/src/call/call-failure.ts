import { MediaError } from '@offhook/rtp-media';
import { SipError, SipResponseError, SipTransportError } from '@offhook/sip-core';
import { CallError, type CallErrorOptions, callErrorFor } from '../errors/call-error';
import type { SipSessionEnd } from '../sip/sip-session';

/**
 * Why a session that has ended did so, or undefined when somebody just hung up.
 *
 * @param established whether it was established before
 */
export function failureOf(
  end: SipSessionEnd,
  direction: 'outgoing' | 'incoming',
  established: boolean,
): CallError | undefined {
  if (end.error) return callErrorOf(end.error, end);
  if (established) return undefined;
  if (end.by === 'local' && direction === 'incoming' && end.status !== undefined) {
    return new CallError('ERR_CALL_REJECTED', `The call was rejected here with ${end.status}.`, end);
  }
  if (end.status !== undefined && end.status >= 300) return callErrorFor(end.status, end.reason ?? '');
  if (end.by === 'local') return callErrorFor(487, 'Request Terminated');
  return new CallError('ERR_CALL_ENDED', 'The peer hung up before the call was established.', { reason: end.reason });
}

/** Says a failure of the layers beneath in the words of a call. */
export function callErrorOf(
  cause: unknown,
  { status, reason }: { status?: number | undefined; reason?: string | undefined } = {},
): CallError {
  if (cause instanceof CallError) return cause;
  const media =
    mediaErrorIn(cause) ?? (cause instanceof SipError && cause.code === 'ERR_CALL_MEDIA' ? cause : undefined);
  if (media) return new CallError('ERR_CALL_MEDIA', media.message, { status, reason, cause });
  if (cause instanceof SipResponseError) {
    const options: CallErrorOptions = { cause, contacts: contactsOf(cause) };
    return callErrorFor(cause.status, cause.reason, options);
  }
  if (cause instanceof SipTransportError) {
    return new CallError('ERR_CALL_TRANSPORT', cause.message, { status: cause.status ?? status, reason, cause });
  }
  const code = cause instanceof SipError ? (cause.status ?? status) : status;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (code === undefined) return new CallError('ERR_CALL_ENDED', message, { reason, cause });
  const known = callErrorFor(code, reason ?? message, { cause });
  return known.code === 'ERR_CALL_REJECTED'
    ? new CallError(known.code, message, { status: code, reason, cause })
    : known;
}

function mediaErrorIn(error: unknown): MediaError | undefined {
  for (let depth = 0; error instanceof Error && depth < 4; depth++) {
    if (error instanceof MediaError) return error;
    error = error.cause;
  }
  return undefined;
}

function contactsOf({ status, response }: SipResponseError): string[] {
  if (status >= 400) return [];
  const { contacts } = response;
  return contacts === '*' ? [] : contacts.map(({ uri }) => uri.toString());
}
