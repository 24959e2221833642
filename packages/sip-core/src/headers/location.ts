import type { Params } from '../message/params';
import { SipSyntaxError } from '../platform/errors';
import { ListHeader, SingleHeader } from './codec';
import {
  checkToken,
  formatParams,
  formatReference,
  parseParameterized,
  parseReference,
  type Reference,
} from './grammar';

/** Where the location of the caller is told: a part of the body (`cid:`), or a server (RFC 6442 §4.1). */
export const Geolocation = new ListHeader<Reference>('Geolocation', 'RFC 6442 §4.1', {
  parse: parseReference,
  format: ({ uri, params }) => formatReference(uri) + formatParams({}, params),
});

/** Whether the location may be used to route the call: `Geolocation-Routing: yes` (RFC 6442 §4.2). */
export const GeolocationRouting = new SingleHeader<boolean>('Geolocation-Routing', 'RFC 6442 §4.2', {
  parse(text) {
    const value = parseParameterized(text).value.toLowerCase();
    if (value === 'yes' || value === 'no') return value === 'yes';
    throw new SipSyntaxError('"yes" or "no" is expected.');
  },
  format: (allowed) => (allowed ? 'yes' : 'no'),
});

/** Through which access a user agent reaches the network (RFC 7315 §4.4). */
export interface AccessNetworkInfo {
  /** Such as `IEEE-802.11` or `3GPP-E-UTRAN-FDD`. */
  readonly accessType: string;
  readonly params?: Params | undefined;
}

/** `P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=234151D0FCE11` (RFC 7315 §4.4). */
export const PAccessNetworkInfo = new ListHeader<AccessNetworkInfo>('P-Access-Network-Info', 'RFC 7315 §4.4', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const accessType = checkToken(value, 'access type');
    return params.size === 0 ? { accessType } : { accessType, params };
  },
  format: ({ accessType, params }) => checkToken(accessType, 'access type') + formatParams({}, params),
});
