import { SipSyntaxError } from '../platform/errors';
import { skipSpace, skipSpaceBack } from './characters';
import { Params, parseHeaderParams } from './params';
import { endOfQuoted, quote, splitList, unquote } from './quoting';
import { parseUri, type SipUri, type Uri } from './uri';

/** An address in a header field: display name, URI and header parameters (RFC 3261 §20.10, §20.20, §20.39). */
export class NameAddr {
  uri: Uri;
  /** Display name, without quotes. */
  displayName: string | undefined;
  /** Header parameters such as `tag`, `q`, `expires`; those of the URI are in `uri.params`. */
  params: Params;

  /**
   * @param uri URI, or the text of one.
   * @param displayName Display name, without quotes.
   * @param params Header parameters.
   * @throws {@link SipSyntaxError} when `uri` is a text that is no URI.
   */
  constructor(uri: Uri | string, displayName?: string, params?: Params | Readonly<Record<string, string>>) {
    this.uri = typeof uri === 'string' ? parseUri(uri) : uri;
    this.displayName = displayName;
    this.params = params instanceof Params ? params : new Params(params);
  }

  /**
   * Reads `"Name" <uri>;param` or `uri;param`. In the second form everything after the first `;` belongs to the header field
   * (RFC 3261 §20.10). Unquoted display names may hold more than tokens, as phones send them, but no `,` `;` `:` `"` or `\`.
   *
   * @throws {@link SipSyntaxError}
   */
  static parse(text: string): NameAddr {
    const end = skipSpaceBack(text, 0, text.length);
    const start = skipSpace(text, 0, end);
    if (text.charCodeAt(start) === QUOTE) {
      const after = endOfQuoted(text, start, end);
      if (after < 0)
        throw new SipSyntaxError(
          `The quoted display name never closes in "${text}"; add the double quote that ends it.`,
        );
      const open = skipSpace(text, after, end);
      if (text.charCodeAt(open) !== LESS)
        throw new SipSyntaxError(`"<" and a URI must follow the display name in "${text}".`);
      return parseBracketed(text, open, end, unquote(text.slice(start, after)));
    }
    const open = text.indexOf('<', start);
    if (open >= 0 && isDisplayName(text, start, open)) {
      const nameEnd = skipSpaceBack(text, start, open);
      return parseBracketed(text, open, end, nameEnd > start ? text.slice(start, nameEnd) : undefined);
    }
    return parseAddrSpec(text, start, end);
  }

  /** Reads a comma list of addresses, such as a Route header field. */
  static parseList(text: string): NameAddr[] {
    return splitList(text).map((item) => NameAddr.parse(item));
  }

  /** Written form; the URI always stands in angle brackets. */
  toString(): string {
    const name = this.displayName === undefined ? '' : `${quote(this.displayName)} `;
    return `${name}<${this.uri.toString()}>${this.params.toString()}`;
  }

  /** A copy that shares nothing. */
  clone(): NameAddr {
    return new NameAddr(this.uri.clone(), this.displayName, this.params.clone());
  }

  /** The `tag` parameter (RFC 3261 §19.3). */
  get tag(): string | undefined {
    return this.params.get('tag');
  }

  set tag(tag: string | undefined) {
    if (tag === undefined) this.params.delete('tag');
    else this.params.set('tag', tag);
  }

  /** The URI when it is a SIP URI. */
  get sipUri(): SipUri | undefined {
    return 'host' in this.uri ? this.uri : undefined;
  }

  /** @internal Refuses changes from now on, as the text of the message would not follow them. */
  lock(): void {
    this.params.lock();
    if ('host' in this.uri) this.uri.params.lock();
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const LESS = 60;
const GREATER = 62;
const QUESTION = 63;
const BACKSLASH = 92;

function parseBracketed(text: string, open: number, end: number, displayName: string | undefined): NameAddr {
  const close = text.indexOf('>', open);
  if (close < 0 || close >= end) throw new SipSyntaxError(`"<" is never closed by ">" in "${text}".`);
  return new NameAddr(parseUri(text.slice(open + 1, close)), displayName, parseHeaderParams(text, close + 1, end));
}

function parseAddrSpec(text: string, start: number, end: number): NameAddr {
  let uriEnd = text.indexOf(';', start);
  if (uriEnd < 0) uriEnd = end;
  const paramsStart = uriEnd;
  uriEnd = skipSpaceBack(text, start, uriEnd);
  for (let index = start; index < uriEnd; index++) {
    const code = text.charCodeAt(index);
    if (code === COMMA || code === QUESTION) {
      throw new SipSyntaxError(`A URI with "," or "?" must stand in angle brackets: "${text}".`);
    }
  }
  return new NameAddr(parseUri(text.slice(start, uriEnd)), undefined, parseHeaderParams(text, paramsStart, end));
}

function isDisplayName(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (
      code === COLON ||
      code === COMMA ||
      code === SEMICOLON ||
      code === QUOTE ||
      code === BACKSLASH ||
      code === GREATER ||
      code < 32
    ) {
      if (code !== 9) return false;
    }
  }
  return true;
}
