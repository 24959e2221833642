import type { NameAddr } from '../message/name-addr';
import { ListHeader, SingleHeader } from './codec';
import { addressGrammar, checkToken, textGrammar } from './grammar';

/** Who the network says is calling; to be believed from a trusted peer only (RFC 3325 §9.1). */
export const PAssertedIdentity = new ListHeader<NameAddr>('P-Asserted-Identity', 'RFC 3325 §9.1', addressGrammar);

/** Which of its identities a user agent asks the network to assert (RFC 3325 §9.2). */
export const PPreferredIdentity = new ListHeader<NameAddr>('P-Preferred-Identity', 'RFC 3325 §9.2', addressGrammar);

/** Further addresses of a user, told in the answer to REGISTER (RFC 7315 §4.1). */
export const PAssociatedURI = new ListHeader<NameAddr>('P-Associated-URI', 'RFC 7315 §4.1', addressGrammar);

/**
 * What is to be kept from the other side, in lower case: `id` (RFC 3325 §9.3), `header`, `session`, `user`, `none`, `critical`
 * (RFC 3323 §4.2), `history` (RFC 7044 §10.1).
 */
export type Privacy = readonly string[];

/** `Privacy: id;critical` (RFC 3323 §4.2). Commas, which some peers write between the words, are taken for semicolons. */
export const Privacy = new SingleHeader<Privacy>('Privacy', 'RFC 3323 §4.2', {
  parse: (text) =>
    text
      .split(/[;,]/)
      .map((word) => word.trim().toLowerCase())
      .filter((word) => word !== '')
      .map((word) => checkToken(word, 'privacy value')),
  format: (words) => words.map((word) => checkToken(word, 'privacy value')).join(';'),
});

/** A signed identity, as it stands there: signature and parameters (RFC 8224 §4). Each has a line of its own. */
export const Identity = new ListHeader<string>('Identity', 'RFC 8224 §4', textGrammar, 'lines');
