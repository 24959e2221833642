import type { Params } from '../message/params';
import type { HeaderGrammar } from './codec';
import { ListHeader, SingleHeader } from './codec';
import { checkToken, formatParams, parseParameterized, present } from './grammar';

/** A use that INFO requests are put to (RFC 6086 §3). */
export interface InfoPackageValue {
  /** Its name, such as `g.3gpp.mcptt-info`; compared with case. */
  readonly package: string;
  /** Parameters that the Info Package defines. */
  readonly params?: Params | undefined;
}

const grammar: HeaderGrammar<InfoPackageValue> = {
  parse(text) {
    const { value, params } = parseParameterized(text);
    return present({ package: checkToken(value, 'Info Package'), params: params.size > 0 ? params : undefined });
  },
  format: ({ package: name, params }) => `${checkToken(name, 'Info Package')}${formatParams({}, params)}`,
};

/** What an INFO is about: `Info-Package: foo` (RFC 6086 §7.2). */
export const InfoPackage = new SingleHeader<InfoPackageValue>('Info-Package', 'RFC 6086 §7.2', grammar);

/** The Info Packages somebody wants to receive: `Recv-Info: foo, bar`; none when it is empty (RFC 6086 §7.3). */
export const RecvInfo = new ListHeader<InfoPackageValue>('Recv-Info', 'RFC 6086 §7.3', grammar);
