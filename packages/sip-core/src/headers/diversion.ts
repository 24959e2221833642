import { NameAddr } from '../message/name-addr';
import type { Params } from '../message/params';
import { ListHeader } from './codec';
import { formatAddress, formatParams, ParamReader, present } from './grammar';

/** Who sent a call on, and why (RFC 5806 §7). */
export interface Diversion {
  /** The address that diverted. */
  readonly address: NameAddr;
  /** `unconditional`, `user-busy`, `no-answer`, `follow-me`, `deflection`… */
  readonly reason?: string | undefined;
  /** How many diversions this entry stands for. */
  readonly counter?: number | undefined;
  /** How many diversions may follow. */
  readonly limit?: number | undefined;
  /** `full`, `name`, `uri` or `off`. */
  readonly privacy?: string | undefined;
  /** `yes` when the address was verified, else `no`. */
  readonly screen?: string | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Diversion: <sip:bob@example.com>;reason=no-answer;counter=1`, the latest first (RFC 5806 §7). */
export const Diversion = new ListHeader<Diversion>('Diversion', 'RFC 5806 §7', {
  parse(text) {
    const { uri, displayName, params } = NameAddr.parse(text);
    const reader = new ParamReader(params);
    return present({
      address: new NameAddr(uri, displayName),
      reason: reader.text('reason'),
      counter: reader.number('counter'),
      limit: reader.number('limit'),
      privacy: reader.text('privacy'),
      screen: reader.text('screen'),
      params: reader.rest(),
    });
  },
  format: ({ address, reason, counter, limit, privacy, screen, params }) =>
    formatAddress(new NameAddr(address.uri, address.displayName)) +
    formatParams({ reason, counter, limit, privacy, screen }, params),
});
