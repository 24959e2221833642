import type { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import { mediaType } from '../session/reoffer-server';
import type { HeaderList } from '../session/session-events';

/** A final response that refuses a request. */
export interface Refusal {
  readonly status: number;
  readonly headers?: HeaderList;
}

/** What a user agent can do, as far as requests are checked against it. */
export interface Abilities {
  supported: readonly string[];
  readonly accept: readonly string[];
}

/** Checks a request that opens a dialog or stands alone (RFC 3261 §8.2.2): scheme, Require, type of an INVITE's body. */
export function refuseRequest(request: SipRequest, abilities: Abilities): Refusal | undefined {
  const { uri } = request;
  if (!(uri instanceof SipUri) && !uri.toString().toLowerCase().startsWith('tel:')) return { status: 416 };
  const refusal = refuseExtensions(request, abilities);
  if (refusal) return refusal;
  if (request.method !== 'INVITE' || request.body.length === 0) return undefined;
  const { accept } = abilities;
  if (accept.includes(mediaType(request.contentType ?? 'application/sdp'))) return undefined;
  return { status: 415, headers: [['Accept', accept.join(', ')]] };
}

/** Checks whether all that Require asks for is supported (§8.2.2.3); inside dialogs too. */
export function refuseExtensions(request: SipRequest, { supported }: Abilities): Refusal | undefined {
  const unsupported = request.require.filter((tag) => !supported.includes(tag.toLowerCase()));
  if (unsupported.length === 0) return undefined;
  return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] };
}
