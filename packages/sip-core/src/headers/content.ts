import type { Params } from '../message/params';
import { excerpt } from '../message/scanner';
import { SipSyntaxError } from '../platform/errors';
import { type HeaderGrammar, ListHeader, SingleHeader } from './codec';
import {
  checkToken,
  formatParams,
  formatQuality,
  ParamReader,
  parseParameterized,
  parseQuality,
  present,
  tokenGrammar,
} from './grammar';

/** What a body is (RFC 3261 §20.15). */
export interface ContentType {
  /** Type and subtype in lower case, such as `application/sdp`. */
  readonly mediaType: string;
  readonly params?: Params | undefined;
}

/** `Content-Type: multipart/mixed;boundary="b"` (RFC 3261 §20.15). */
export const ContentType = new SingleHeader<ContentType>('Content-Type', 'RFC 3261 §20.15', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const mediaType = checkMediaType(value).toLowerCase();
    return params.size === 0 ? { mediaType } : { mediaType, params };
  },
  format: ({ mediaType, params }) => checkMediaType(mediaType) + formatParams({}, params),
});

/** What a body is for, and whether it may be passed over (RFC 3261 §20.11, RFC 5621 §8). */
export interface ContentDisposition {
  /** `session`, `render`, `icon`, `alert`, `early-session`, `info-package`, `aib`…; in lower case. */
  readonly type: string;
  /** `optional` when a receiver that does not know the type or disposition may pass over it; `required` when absent. In lower case. */
  readonly handling?: string | undefined;
  /** Other parameters. */
  readonly params?: Params | undefined;
}

/** `Content-Disposition: session;handling=optional` (RFC 3261 §20.11). */
export const ContentDisposition = new SingleHeader<ContentDisposition>('Content-Disposition', 'RFC 3261 §20.11', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const type = checkToken(value, 'disposition').toLowerCase();
    return present({ type, handling: reader.text('handling')?.toLowerCase(), params: reader.rest() });
  },
  format: ({ type, handling, params }) => checkToken(type, 'disposition') + formatParams({ handling }, params),
});

/** How a body is packed, the last step last: `Content-Encoding: gzip` (RFC 3261 §20.12). */
export const ContentEncoding = new ListHeader<string>('Content-Encoding', 'RFC 3261 §20.12', tokenGrammar('encoding'));

/** Languages of a body: `Content-Language: fr` (RFC 3261 §20.13). */
export const ContentLanguage = new ListHeader<string>('Content-Language', 'RFC 3261 §20.13', tokenGrammar('language'));

/** `MIME-Version: 1.0` (RFC 3261 §20.24). */
export const MIMEVersion = new SingleHeader<string>('MIME-Version', 'RFC 3261 §20.24', {
  parse: checkVersion,
  format: checkVersion,
});

/** One of several things that may be sent, and how welcome it is. */
export interface Accepted {
  /** Media type (`application/sdp`, `text/*`), encoding (`gzip`) or language (`en-gb`), or `*`; media types in lower case. */
  readonly value: string;
  /** From 0 (not at all) to 1, with three decimals; 1 when absent. */
  readonly q?: number | undefined;
  /** Parameters of the media type. */
  readonly params?: Params | undefined;
}

const accepted = (check: (text: string) => string): HeaderGrammar<Accepted> => ({
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const q = reader.text('q');
    return present({ value: check(value), q: q === undefined ? undefined : parseQuality(q), params: reader.rest() });
  },
  format: ({ value, q, params }) =>
    check(value) + formatParams({}, params) + (q === undefined ? '' : `;q=${formatQuality(q)}`),
});

/** Bodies understood: `Accept: application/sdp;level=1, text/plain;q=0.5` (RFC 3261 §20.1). */
export const Accept = new ListHeader<Accepted>(
  'Accept',
  'RFC 3261 §20.1',
  accepted((text) => checkMediaType(text).toLowerCase()),
);

/** Encodings understood: `Accept-Encoding: gzip` (RFC 3261 §20.2). */
export const AcceptEncoding = new ListHeader<Accepted>(
  'Accept-Encoding',
  'RFC 3261 §20.2',
  accepted((text) => checkToken(text, 'encoding')),
);

/** Languages preferred: `Accept-Language: da, en-gb;q=0.8, en;q=0.7` (RFC 3261 §20.3). */
export const AcceptLanguage = new ListHeader<Accepted>(
  'Accept-Language',
  'RFC 3261 §20.3',
  accepted((text) => checkToken(text, 'language')),
);

function checkMediaType(text: string): string {
  const [type, subtype, more] = text.split('/').map((part) => part.trim());
  if (type !== undefined && subtype !== undefined && more === undefined) {
    return `${checkToken(type, 'media type')}/${checkToken(subtype, 'media type')}`;
  }
  throw new SipSyntaxError(`"${excerpt(text)}" is no media type; write type and subtype, such as application/sdp.`);
}

function checkVersion(text: string): string {
  if (/^\d{1,9}\.\d{1,9}$/.test(text)) return text;
  throw new SipSyntaxError(`"${excerpt(text)}" is no version; write two numbers joined by a dot, such as 1.0.`);
}
