import type { Params } from '../message/params';
import { ListHeader } from './codec';
import { alwaysQuoted, checkToken, formatParams, ParamReader, parseParameterized, present } from './grammar';

/** Why a request was sent, or what the response it goes with is about (RFC 3326 §2). */
export interface Reason {
  /** Whose causes these are, such as `SIP` or `Q.850`; compared without case. */
  readonly protocol: string;
  /** Status code of SIP, or cause of Q.850. */
  readonly cause?: number | undefined;
  /** For people. */
  readonly text?: string | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Reason: SIP;cause=200;text="Call completed elsewhere"` (RFC 3326 §2). */
export const Reason = new ListHeader<Reason>('Reason', 'RFC 3326 §2', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    return present({
      protocol: checkToken(value, 'protocol'),
      cause: reader.number('cause'),
      text: reader.text('text'),
      params: reader.rest(),
    });
  },
  format: ({ protocol, cause, text, params }) =>
    checkToken(protocol, 'protocol') + formatParams({ cause, text: alwaysQuoted(text) }, params),
});
