import { NameAddr } from '../message/name-addr';
import type { Params } from '../message/params';
import { excerpt } from '../message/scanner';
import { SipUri, type Uri } from '../message/uri';
import { SipSyntaxError } from '../platform/errors';
import { ListHeader } from './codec';
import { formatAddress, formatParams, ParamReader, present } from './grammar';
import { Privacy } from './identity';
import { Reason } from './reason';

/** How an entry came from another: it kept the user and changed the route (`rc`), mapped one user to another (`mp`), or neither (`np`). */
export type HistoryMapping = 'rc' | 'mp' | 'np';

/** One target that a request was sent to (RFC 7044 §5). */
export interface HistoryInfo {
  /** The target, without the Reason and Privacy that may be embedded in its URI. */
  readonly uri: Uri;
  readonly displayName?: string | undefined;
  /** Place in the tree of targets, such as `1.2.1`. */
  readonly index: string;
  /** Why this target was left for the next (RFC 7044 §10.2). */
  readonly reasons?: readonly Reason[] | undefined;
  /** `history` when the entry is to be hidden (RFC 7044 §10.1). */
  readonly privacy?: Privacy | undefined;
  /** Which entry this one came from, and how. */
  readonly from?: { readonly mapping: HistoryMapping; readonly index: string } | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `History-Info: <sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1;rc=1`, the first target first (RFC 7044 §5). */
export const HistoryInfo = new ListHeader<HistoryInfo>('History-Info', 'RFC 7044 §5', {
  parse(text) {
    const { uri: written, displayName, params } = NameAddr.parse(text);
    const reader = new ParamReader(params);
    const { uri, reasons, privacy } = takeEmbedded(written);
    const index = checkIndex(reader.text('index') ?? '');
    return present({ uri, displayName, index, reasons, privacy, from: readMapping(reader), params: reader.rest() });
  },
  format({ uri, displayName, index, reasons, privacy, from, params }) {
    const known = { index: checkIndex(index), ...(from && { [from.mapping]: checkIndex(from.index) }) };
    return formatAddress(new NameAddr(embed(uri, reasons, privacy), displayName)) + formatParams(known, params);
  },
});

function readMapping(reader: ParamReader): HistoryInfo['from'] {
  for (const mapping of ['rc', 'mp', 'np'] as const) {
    const index = reader.text(mapping);
    if (index !== undefined) return { mapping, index: checkIndex(index) };
  }
  return undefined;
}

function takeEmbedded(uri: Uri): Pick<HistoryInfo, 'uri' | 'reasons' | 'privacy'> {
  if (!(uri instanceof SipUri) || uri.headers.length === 0) return { uri };
  const reasons: Reason[] = [];
  const privacy: string[] = [];
  const others = uri.headers.filter(([name, value]) => {
    try {
      if (/^reason$/i.test(name)) reasons.push(...Reason.parse(value));
      else if (/^privacy$/i.test(name)) privacy.push(...Privacy.parse(value));
      else return true;
      return false;
    } catch {
      // What cannot be read stays in the URI, and goes on as it came.
      return true;
    }
  });
  const bare = uri.clone();
  bare.headers = others;
  return {
    uri: bare,
    ...(reasons.length > 0 && { reasons }),
    ...(privacy.length > 0 && { privacy }),
  };
}

function embed(uri: Uri, reasons: readonly Reason[] = [], privacy: Privacy = []): Uri {
  if (reasons.length === 0 && privacy.length === 0) return uri;
  if (!(uri instanceof SipUri)) {
    throw new SipSyntaxError(`A Reason or Privacy can be embedded in a SIP URI only, not in ${uri.scheme}.`);
  }
  const full = uri.clone();
  for (const reason of reasons) full.headers.push(['Reason', Reason.format([reason])]);
  if (privacy.length > 0) full.headers.push(['Privacy', Privacy.format(privacy)]);
  return full;
}

function checkIndex(text: string): string {
  if (/^\d+(?:\.\d+)*$/.test(text)) return text;
  throw new SipSyntaxError(`"${excerpt(text)}" is no index; write numbers joined by dots, such as 1.2.1.`);
}
