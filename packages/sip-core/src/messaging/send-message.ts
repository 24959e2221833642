import type { SessionBody } from '../body/session-body';
import type { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { encodeUtf8 } from '../message/text';
import { SipError } from '../platform/errors';
import { type Addressing, digestOf, exchange, newRequest, wayOf } from '../sending/new-request';
import type { StackHost } from '../stack/stack-host';

/** A message to be sent (RFC 3428). */
export interface MessageOptions extends Addressing {
  /** Plain text, or a body of another type. */
  content: string | SessionBody;
  /**
   * Whether it may be longer than 1,300 bytes: only when all of its path is known to be over connections (RFC 3428 §8); false when absent.
   */
  large?: boolean;
}

/** Most bytes of a MESSAGE whose path is not known (RFC 3428 §8). */
const MOST_BYTES = 1_300;
/** The Via that is not there yet. */
const VIA_BYTES = 110;

/**
 * @internal Sends a MESSAGE outside any dialog and gives its final response, of whatever status. It has no Contact (RFC 3428 §4).
 *
 * @throws SipError `ERR_SIP_MESSAGE_TOO_LARGE`, SipTimeoutError, SipTransportError: through the promise
 */
export async function sendMessage(host: StackHost, options: MessageOptions): Promise<SipResponse> {
  const request = newRequest(host, 'MESSAGE', options, messageBody(options.content));
  const bytes = serializeMessage(request).length + VIA_BYTES;
  if (bytes > MOST_BYTES && !options.large) {
    throw new SipError(
      `A MESSAGE of ${bytes} bytes is too large; ${MOST_BYTES} may be sent, or more by one who knows the path (large: true).`,
      { code: 'ERR_SIP_MESSAGE_TOO_LARGE', status: 513 },
    );
  }
  return exchange(host, request, { ...wayOf(options), digest: digestOf(host, options.credentials) });
}

/** @internal */
export const messageBody = (content: string | SessionBody): SessionBody =>
  typeof content === 'string' ? { contentType: 'text/plain;charset=utf-8', body: encodeUtf8(content) } : content;
