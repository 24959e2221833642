import type { HeaderList } from '../message/header-list';
import type { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import { mediaType, refusalOfBody } from '../session/description';
import type { SessionSettings } from '../session/session-settings';
import { refusalOfTimer } from '../session/timer-agreement';

/** A final response that refuses a request. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: HeaderList;
}

/** What a user agent can do, as far as requests are checked against it. */
export interface Abilities {
  supported: readonly string[];
  readonly accept: readonly string[];
  /** How session timers are used; undefined when they are not. */
  readonly timer: SessionSettings['timer'];
  /** Whether a caller has to be able to acknowledge provisional responses. */
  readonly reliable: boolean;
}

/** Checks a request that opens a dialog or stands alone (RFC 3261 §8.2.2): scheme, extensions, type of an INVITE's body. */
export function refuseRequest(request: SipRequest, abilities: Abilities): Refusal | undefined {
  const { uri } = request;
  if (!(uri instanceof SipUri) && !uri.toString().toLowerCase().startsWith('tel:')) return { status: 416 };
  const refusal = refuseExtensions(request, abilities);
  if (refusal) return refusal;
  if (request.method !== 'INVITE') return undefined;
  const { accept } = abilities;
  if (!takesOneOf(request, accept)) return { status: 406 };
  return refusalOfBody(request, accept);
}

/** Whether the caller takes a description of a type that we write (RFC 3261 §20.1); one that does not say takes SDP. */
function takesOneOf(request: SipRequest, ours: readonly string[]): boolean {
  const taken = request.headers.getAll('Accept').map((each) => mediaType(each));
  if (taken.length === 0) return true;
  return ours.some((type) => [type, type.replace(/\/.*/, '/*'), '*/*', '*'].some((each) => taken.includes(each)));
}

/**
 * Checks whether all that Require asks for is supported (§8.2.2.3), and all that we ask for by the peer (RFC 3262 §3, RFC 4028 §9), and that a
 * description can be read as it is; inside dialogs too.
 */
export function refuseExtensions(request: SipRequest, { supported, timer, reliable }: Abilities): Refusal | undefined {
  const { method } = request;
  const unsupported = request.require.filter((tag) => !supported.includes(tag.toLowerCase()));
  if (unsupported.length > 0) return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] };
  if (method !== 'INVITE' && method !== 'UPDATE' && method !== 'PRACK') return undefined;
  if (isPacked(request)) return { status: 415, headers: [['Accept-Encoding', 'identity']] };
  if (method === 'PRACK') return undefined;
  const knows = [...request.supported, ...request.require].map((tag) => tag.toLowerCase());
  if (reliable && method === 'INVITE' && request.to.tag === undefined && !knows.includes('100rel')) {
    return { status: 421, headers: [['Require', '100rel']] };
  }
  let status: 421 | 422 | undefined;
  try {
    status = timer && refusalOfTimer(request, timer);
  } catch {
    return { status: 400, reason: 'Malformed Session-Expires or Min-SE' };
  }
  if (status === 421) return { status, headers: [['Require', 'timer']] };
  return status && { status, headers: [['Min-SE', String(timer!.minimum)]] };
}

/** Whether the body has to be unpacked before it can be read (§8.2.3, §20.12). */
function isPacked(request: SipRequest): boolean {
  if (request.body.length === 0) return false;
  return request.headers.getAll('Content-Encoding').some((each) => each.trim().toLowerCase() !== 'identity');
}
