import type { NameAddr } from '../message/name-addr';
import type { SipResponse } from '../message/response';
import type { SipUri } from '../message/uri';
import { addresses, gruu, type RegisteredContact, registeredContacts, sameInstance } from './registered-contact';

/** What a 200 of a REGISTER gives. */
export interface RegisterGrant {
  /** All bindings of the address-of-record. */
  readonly listed: readonly RegisteredContact[];
  /** Seconds our own binding lasts. */
  readonly seconds: number;
  /** Whether requests come back over the flow (RFC 5626 §6). */
  readonly outbound: boolean;
  /** Seconds after which the server takes a silent flow for dead (RFC 5626 §10.4); NaN or 0: it does not say. */
  readonly flowTimer: number;
  readonly serviceRoute: readonly NameAddr[];
  readonly associated: readonly NameAddr[];
  readonly path: readonly NameAddr[];
  readonly gruu: SipUri | undefined;
}

/** What was asked for, as far as the answer has to be read by it. */
export interface RegisterWish {
  readonly contact: NameAddr | undefined;
  readonly instanceId: string | undefined;
  readonly regId: number;
  readonly expires: number;
  readonly outbound: boolean;
  readonly gruu: 'public' | 'temporary' | 'none';
}

/** What cannot be read of it is taken as not given. */
export function registerGrant(response: SipResponse, wish: RegisterWish): RegisterGrant {
  const listed = registeredContacts(response);
  // Ours is known by instance and flow (RFC 5626 §6), or by its URI (RFC 3261 §10.2.4).
  const own =
    listed.find((each) => each.regId === wish.regId && sameInstance(each.instanceId, wish.instanceId)) ??
    listed.find(({ contact }) => wish.contact && contact.uri.equals(wish.contact.uri));
  const seconds = own?.expires ?? response.expires ?? wish.expires;
  return {
    listed,
    seconds: Math.max(1, Math.min(seconds, 0xffffffff)),
    outbound: wish.outbound && response.require.some((tag) => tag.toLowerCase() === 'outbound'),
    flowTimer: Number(response.headers.get('Flow-Timer')),
    serviceRoute: addresses(response, 'Service-Route'),
    associated: addresses(response, 'P-Associated-URI'),
    path: addresses(response, 'Path'),
    gruu: own && wish.gruu !== 'none' ? gruu(own.contact, wish.gruu) : undefined,
  };
}
