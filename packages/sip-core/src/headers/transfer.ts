import type { NameAddr } from '../message/name-addr';
import { SipSyntaxError } from '../platform/errors';
import { SingleHeader } from './codec';
import { addressGrammar, parseParameterized } from './grammar';

/**
 * Where a REFER asks to go: `Refer-To: <sip:carol@example.com?Replaces=…>` (RFC 3515 §2.1). The method of the request to send
 * is the URI parameter `method`, INVITE when absent; header fields for it stand in `uri.headers`.
 */
export const ReferTo = new SingleHeader<NameAddr>('Refer-To', 'RFC 3515 §2.1', addressGrammar);

/** Who referred: `Referred-By: <sip:alice@example.com>;cid="20398823.2UWQFN309shb3@referrer.example"` (RFC 3892 §3). */
export const ReferredBy = new SingleHeader<NameAddr>('Referred-By', 'RFC 3892 §3', addressGrammar);

/** Whether a REFER begins a subscription to its progress: `Refer-Sub: false` does not (RFC 4488 §4). */
export const ReferSub = new SingleHeader<boolean>('Refer-Sub', 'RFC 4488 §4', {
  parse(text) {
    const value = parseParameterized(text).value.toLowerCase();
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SipSyntaxError('"true" or "false" is expected.');
  },
  format: String,
});
