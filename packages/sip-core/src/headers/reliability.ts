import { SipSyntaxError } from '../platform/errors';
import { SingleHeader } from './codec';
import { checkToken, formatNumber, numberGrammar, parseNumber } from './grammar';

/** Number of a reliable provisional response: `RSeq: 988789` (RFC 3262 §7.1). */
export const RSeq = new SingleHeader<number>('RSeq', 'RFC 3262 §7.1', numberGrammar('response number'));

/** Which reliable provisional response a PRACK acknowledges (RFC 3262 §7.2). */
export interface RAck {
  /** RSeq of the response. */
  readonly rseq: number;
  /** CSeq number of the request that it answers. */
  readonly sequence: number;
  /** Method of that request. */
  readonly method: string;
}

/** `RAck: 776656 1 INVITE` (RFC 3262 §7.2). */
export const RAck = new SingleHeader<RAck>('RAck', 'RFC 3262 §7.2', {
  parse(text) {
    const [rseq, sequence, method, more] = text.split(/[ \t]+/);
    if (rseq === undefined || sequence === undefined || method === undefined || more !== undefined) {
      throw new SipSyntaxError('Two numbers and a method are expected, such as "776656 1 INVITE".');
    }
    return {
      rseq: parseNumber(rseq, 'response number'),
      sequence: parseNumber(sequence, 'sequence number'),
      method: checkToken(method, 'method'),
    };
  },
  format: ({ rseq, sequence, method }) =>
    `${formatNumber(rseq, 'response number')} ${formatNumber(sequence, 'sequence number')} ${checkToken(method, 'method')}`,
});
