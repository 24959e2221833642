import { SipSyntaxError, type SipSyntaxErrorOptions } from '../platform/errors';
import { Role } from './header-names';
import { checkField, type SipMessage } from './message';
import { isAnswerable } from './parse';
import type { SipRequest } from './request';
import { SipResponse } from './response';
import { SipUri } from './uri';

/**
 * Checks what every element must be able to rely on (RFC 3261 §8.1.1, §8.2): version, mandatory header fields present, single
 * and well-formed, CSeq method equal to the method, addresses of Contact, Route and Record-Route well-formed. After that the
 * typed fields of the request do not throw.
 *
 * A missing Max-Forwards or From tag is let pass, as RFC 2543 elements send none.
 *
 * @returns The first fault, with the status a server answers and whether it can; `undefined` when there is none.
 */
export function validateRequest(request: SipRequest): SipSyntaxError | undefined {
  try {
    if (request.version !== '2.0') {
      throw new SipSyntaxError(`The version SIP/${request.version} is not known; only SIP/2.0 is.`, {
        status: 505,
        reason: 'Version Not Supported',
      });
    }
    checkFields(request);
    checkRequestUri(request);
    if (request.cseq.method !== request.method) {
      throw new SipSyntaxError(`CSeq names the method ${request.cseq.method}, but this is ${request.method}.`, {
        header: 'CSeq',
      });
    }
    return undefined;
  } catch (error) {
    return asFault(error, { request, answerable: isAnswerable(request) });
  }
}

/**
 * Checks a response as {@link validateRequest} does a request. A response with a fault is dropped (RFC 3261 §8.1.3, §18.1.2).
 *
 * @returns The first fault; `undefined` when there is none.
 */
export function validateResponse(response: SipResponse): SipSyntaxError | undefined {
  try {
    checkFields(response);
    return undefined;
  } catch (error) {
    return asFault(error, {});
  }
}

/**
 * The response to a request that could not be parsed or validated: status and reason of the error, header fields as they came.
 * Send it over the flow the request came on, as its Via may be what is malformed.
 *
 * @param toTag Tag for To; a stateless server uses a fixed one (RFC 3261 §8.2.7).
 * @returns `undefined` when the error is not answerable.
 */
export function errorResponse(error: SipSyntaxError, toTag: string): SipResponse | undefined {
  if (!error.answerable || error.request === undefined) return undefined;
  return SipResponse.for(error.request, error.status, error.reason, { toTag });
}

const MANDATORY = Role.via | Role.from | Role.to | Role.callId | Role.cseq;
const SINGLE = Role.from | Role.to | Role.callId | Role.cseq | Role.maxForwards | Role.contentLength | Role.contentType;

/** Mandatory header fields are present, those that must be single are, and all that have a typed value are well-formed. */
function checkFields(message: SipMessage): void {
  let seen = 0;
  let contactLines = 0;
  let removesAll = false;
  for (const field of message.headers.fields) {
    const { role } = field.id;
    if ((seen & role & SINGLE) !== 0) {
      throw new SipSyntaxError(`${field.name} stands twice; it may stand once.`, { header: field.name });
    }
    seen |= role;
    checkField(field);
    if (role === Role.contact) {
      contactLines++;
      removesAll ||= field.value === '*';
    }
  }
  if ((seen & MANDATORY) !== MANDATORY) throw missing(seen);
  if (removesAll && (contactLines > 1 || message.cseq.method !== 'REGISTER')) {
    throw new SipSyntaxError('Contact "*" must stand alone, and in REGISTER only.', { header: 'Contact' });
  }
}

function missing(seen: number): SipSyntaxError {
  const mandatory = { Via: Role.via, From: Role.from, To: Role.to, 'Call-ID': Role.callId, CSeq: Role.cseq };
  const names = Object.entries(mandatory).flatMap(([name, role]) => ((seen & role) === 0 ? [name] : []));
  const plural = names.length > 1;
  return new SipSyntaxError(
    `${names.join(', ')} ${plural ? 'are' : 'is'} missing; a message must have ${plural ? 'them' : 'it'}.`,
    {
      header: names[0],
    },
  );
}

/** Headers in a Request-URI are not allowed (RFC 3261 §19.1.1, table 1). */
function checkRequestUri(request: SipRequest): void {
  const uri = request.uri;
  if (uri instanceof SipUri && uri.headers.length > 0)
    throw new SipSyntaxError('A Request-URI may not hold headers; take out "?" and what follows.');
}

function asFault(error: unknown, options: SipSyntaxErrorOptions): SipSyntaxError {
  if (!(error instanceof SipSyntaxError)) throw error;
  return new SipSyntaxError(error.message, {
    status: error.status,
    header: error.header,
    reason: error.reason,
    cause: error,
    ...options,
  });
}
