import { NameAddr } from '../message/name-addr';
import type { SipResponse } from '../message/response';
import { SipUri } from '../message/uri';

/** A binding of the address-of-record, as the registrar lists it (RFC 3261 §10.3 step 8). */
export interface RegisteredContact {
  /** The contact with all its parameters. */
  readonly contact: NameAddr;
  /** Seconds it lasts. */
  readonly expires: number | undefined;
  /** Preference from 0 to 1; 1 when the registrar gives none. */
  readonly q: number;
  /** Instance of the user agent that has bound it, such as `urn:uuid:…` (RFC 5626 §4.1). */
  readonly instanceId: string | undefined;
  /** Which of the instance's flows it came by (RFC 5626 §4.2). */
  readonly regId: number | undefined;
}

/** The bindings a 200 of a REGISTER lists; what cannot be read is passed over. */
export function registeredContacts(response: SipResponse): RegisteredContact[] {
  return addresses(response, 'Contact').map((contact) => {
    const { params } = contact;
    const instance = params.get('+sip.instance');
    return {
      contact,
      expires: digits(params.get('expires')),
      q: quality(params.get('q')),
      instanceId: instance === undefined ? undefined : instance.replace(/^<|>$/g, ''),
      regId: digits(params.get('reg-id')),
    };
  });
}

/** The addresses of a header field such as Service-Route; what cannot be read is passed over. */
export function addresses(response: SipResponse, name: string): NameAddr[] {
  const found: NameAddr[] = [];
  for (const text of response.headers.getAll(name)) {
    try {
      if (text !== '*') found.push(NameAddr.parse(text));
    } catch {
      // One that is malformed takes nothing from the others.
    }
  }
  return found;
}

/** A GRUU in a parameter of our Contact (RFC 5627 §4.2). */
export function gruu(contact: NameAddr, kind: 'public' | 'temporary'): SipUri | undefined {
  const text = contact.params.get(kind === 'public' ? 'pub-gruu' : 'temp-gruu');
  if (text === undefined) return undefined;
  try {
    return SipUri.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether two instance ids are the same: URNs of UUIDs are compared without case (RFC 4122 §3). */
export const sameInstance = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();

const digits = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

function quality(text: string | undefined): number {
  const q = Number(text ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}
