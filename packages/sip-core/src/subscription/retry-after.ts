import { type SipError, SipResponseError } from '../platform/errors';

/** Retry-After of the response an error stands for, in ms; 0 when there is none (RFC 3261 §20.33). A day at most. */
export function retryAfter(error: SipError): number {
  if (!(error instanceof SipResponseError)) return 0;
  const seconds = Number.parseInt(error.response.headers.get('Retry-After') ?? '', 10);
  return seconds > 0 ? Math.min(seconds, 86_400) * 1_000 : 0;
}
