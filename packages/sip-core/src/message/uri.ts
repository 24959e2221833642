import { SipSyntaxError } from '../platform/errors';
import { ESCAPE, HOST, isOf, PASSWORD, URI_HEADER, USER } from './characters';
import { escapeText, unescapeText } from './escaping';
import { checkHost, comparableHost, formatHostPort, isIPv6, LARGEST_PORT } from './host';
import { Params, readUriParams } from './params';
import { excerpt, indexWithin, Scanner, Source } from './scanner';

/** Parts of a {@link SipUri}; all but the host may be left out. */
export interface SipUriParts {
  /** Default `'sip'`. */
  scheme?: 'sip' | 'sips';
  /** Plain, not escaped. */
  user?: string | undefined;
  /** Plain, not escaped. */
  password?: string | undefined;
  /** Name, IPv4 address, or IPv6 address without brackets. */
  host: string;
  port?: number | undefined;
  params?: Params | Readonly<Record<string, string>>;
  headers?: ReadonlyArray<[name: string, value: string]>;
}

/** Parameters that never match when they stand in one URI only (RFC 3261 §19.1.4; `transport` by its examples). */
const DECISIVE_PARAMS = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** A `sip:` or `sips:` URI (RFC 3261 §19.1). Its fields are plain text: escapes are undone when it is read and put back when it is written. */
export class SipUri {
  scheme: 'sip' | 'sips';
  /** User, without escapes; `undefined` when the URI names a host only. */
  user: string | undefined;
  /** Password, without escapes; RFC 3261 §19.1.1 advises against it. */
  password: string | undefined;
  /** Name, IPv4 address, or IPv6 address without brackets; spelled as it came. */
  host: string;
  /** Port, `undefined` when it is not given; that is not the same as 5060 (RFC 3261 §19.1.4). */
  port: number | undefined;
  /** URI parameters such as `transport`, `lr`, `maddr`; values without escapes. */
  params: Params;
  /** Header fields for a request formed from the URI (`?Subject=…`); names and values without escapes. */
  headers: Array<[name: string, value: string]>;

  constructor(parts: SipUriParts) {
    this.scheme = parts.scheme ?? 'sip';
    this.user = parts.user;
    this.password = parts.password;
    this.host = parts.host;
    this.port = parts.port;
    this.params = parts.params instanceof Params ? parts.params : new Params(parts.params, 'uri');
    this.headers = parts.headers === undefined ? [] : parts.headers.map(([name, value]) => [name, value]);
  }

  /**
   * Reads a `sip:` or `sips:` URI.
   *
   * @throws {@link SipSyntaxError} when it is none, or is malformed.
   */
  static parse(text: string): SipUri {
    const uri = parseUri(text);
    if (uri instanceof SipUri) return uri;
    throw new SipSyntaxError(`"${text}" is no SIP URI; it must begin with "sip:" or "sips:".`, { status: 416 });
  }

  /**
   * Written form, with the escapes it needs.
   *
   * @throws {@link SipSyntaxError} when the host is none, as it would end the URI early.
   */
  toString(): string {
    checkHost(this.host);
    let text = `${this.scheme}:`;
    if (this.user !== undefined) {
      text += escapeText(this.user, USER);
      if (this.password !== undefined) text += `:${escapeText(this.password, PASSWORD)}`;
      text += '@';
    }
    text += formatHostPort(this.host, this.port) + this.params.toString();
    for (const [index, [name, value]] of this.headers.entries()) {
      text += `${index === 0 ? '?' : '&'}${escapeText(name, URI_HEADER)}=${escapeText(value, URI_HEADER)}`;
    }
    return text;
  }

  /** A copy that shares nothing. */
  clone(): SipUri {
    return new SipUri({ ...this, params: this.params.clone() });
  }

  /** Equality of RFC 3261 §19.1.4; it is not transitive, as most parameters count only when both URIs have them. */
  equals(other: Uri): boolean {
    return (
      other instanceof SipUri &&
      this.scheme === other.scheme &&
      this.user === other.user &&
      this.password === other.password &&
      this.port === other.port &&
      comparableHost(this.host) === comparableHost(other.host) &&
      sameParams(this.params, other.params) &&
      sameHeaders(this.headers, other.headers)
    );
  }

  /** Address-of-record form: scheme, user and host in lower case, and the port when given (RFC 3261 §10.3 step 5). */
  get aor(): string {
    const user = this.user === undefined ? '' : `${escapeText(this.user, USER)}@`;
    return `${this.scheme}:${user}${formatHostPort(this.host.toLowerCase(), this.port)}`;
  }
}

/** A URI of another scheme, such as `tel:`, `urn:` or `http:`: kept as it was written. */
export class OtherUri {
  /**
   * @param scheme Scheme in lower case, without the colon.
   * @param rest What follows the colon, as written.
   */
  constructor(
    readonly scheme: string,
    readonly rest: string,
  ) {}

  /** Written form. */
  toString(): string {
    return `${this.scheme}:${this.rest}`;
  }

  /** This object: it never changes. */
  clone(): OtherUri {
    return this;
  }

  /** Whether scheme and rest are the same text; other schemes have rules of their own that are not known here. */
  equals(other: Uri): boolean {
    return other instanceof OtherUri && other.scheme === this.scheme && other.rest === this.rest;
  }
}

/** A URI as it may stand in a request line or header field. */
export type Uri = SipUri | OtherUri;

/**
 * Reads a URI: {@link SipUri} for `sip:` and `sips:`, {@link OtherUri} for any other scheme.
 *
 * @throws {@link SipSyntaxError} when there is no scheme, or a SIP URI is malformed.
 */
export function parseUri(text: string): Uri {
  const source = Source.of(text);
  return readUri(source, 0, source.bytes.length);
}

const LETTER_I = 105;
const LETTER_P = 112;
const LETTER_S = 115;
const LETTER_CASE = 32;
const PERCENT = 37;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const QUESTION = 63;
const AT = 64;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/**
 * Reads the URI that fills a source from `start` to `end`.
 *
 * @throws {@link SipSyntaxError}
 */
export function readUri(source: Source, start: number, end: number): Uri {
  const bytes = source.bytes;
  if (
    end - start > 4 &&
    (bytes[start]! | LETTER_CASE) === LETTER_S &&
    (bytes[start + 1]! | LETTER_CASE) === LETTER_I &&
    (bytes[start + 2]! | LETTER_CASE) === LETTER_P
  ) {
    const next = bytes[start + 3]!;
    if (next === COLON) return readSipUri(source, start, start + 4, end, 'sip');
    const secure = (next | LETTER_CASE) === LETTER_S && bytes[start + 4] === COLON;
    if (secure) return readSipUri(source, start, start + 5, end, 'sips');
  }
  return readOtherUri(source.slice(start, end));
}

function readOtherUri(text: string): OtherUri {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const rest = text.slice(colon + 1);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || !/^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(rest)) {
    throw new SipSyntaxError(
      `"${excerpt(text)}" is no URI; write a scheme, a colon and the address without spaces, such as sip:bob@example.com.`,
    );
  }
  return new OtherUri(scheme, rest);
}

function readSipUri(source: Source, uriStart: number, start: number, end: number, scheme: 'sip' | 'sips'): SipUri {
  const bytes = source.bytes;
  let user: string | undefined;
  let password: string | undefined;
  let index = afterPart(bytes, start, end, USER);
  const at = index < end && bytes[index] === AT ? index : indexWithin(bytes, AT, index, end);
  if (at >= 0) {
    if (index === start)
      throw malformed(source, uriStart, end, 'has no user before "@"; name one or leave the "@" out');
    user = unescapeText(source.slice(start, index));
    if (index < at) {
      const fits = bytes[index] === COLON && afterPart(bytes, index + 1, at, PASSWORD) === at;
      if (!fits) throw malformed(source, uriStart, end, 'has characters before "@" that must be escaped as %HH');
      password = unescapeText(source.slice(index + 1, at));
    }
    index = at + 1;
  } else {
    index = start;
  }

  const hostStart = index;
  let host: string;
  if (index < end && bytes[index] === OPEN_BRACKET) {
    const close = indexWithin(bytes, CLOSE_BRACKET, index, end);
    host = source.slice(index + 1, Math.max(close, index + 1));
    if (!isIPv6(host)) throw malformed(source, uriStart, end, 'has no IPv6 address in its brackets');
    index = close + 1;
  } else {
    while (index < end && isOf(bytes[index]!, HOST)) index++;
    if (index === hostStart) throw malformed(source, uriStart, end, 'has no host');
    host = source.slice(hostStart, index);
  }

  let port: number | undefined;
  if (index < end && bytes[index] === COLON) {
    const digits = new Scanner(source, index + 1, end);
    port = digits.readDigits();
    if (port < 0 || port > LARGEST_PORT)
      throw malformed(source, uriStart, end, 'needs a port from 0 to 65535 after the host');
    index = digits.index;
  }
  let params: Params;
  if (index < end && bytes[index] === SEMICOLON) {
    const question = indexWithin(bytes, QUESTION, index, end);
    const paramsEnd = question < 0 ? end : question;
    params = readUriParams(source, index, paramsEnd);
    index = paramsEnd;
  } else {
    params = new Params(undefined, 'uri');
  }
  const uri = new SipUri({ scheme, user, password, host, port, params });
  if (index < end) {
    if (bytes[index] !== QUESTION)
      throw malformed(source, uriStart, end, 'has characters that no host or port may have');
    uri.headers = readHeaders(source.slice(index + 1, end));
  }
  return uri;
}

/** Index after the characters of a user or password, escapes included. */
function afterPart(bytes: Uint8Array, start: number, end: number, flags: number): number {
  let index = start;
  while (index < end && isOf(bytes[index]!, flags | ESCAPE)) index++;
  return index;
}

function malformed(source: Source, start: number, end: number, what: string): SipSyntaxError {
  return new SipSyntaxError(`"${source.excerpt(start, end)}" ${what}.`);
}

function readHeaders(text: string): Array<[name: string, value: string]> {
  return text.split('&').map((header) => {
    const equals = header.indexOf('=');
    if (equals <= 0 || !fitsUriHeader(header)) {
      throw new SipSyntaxError(
        `"?${excerpt(text)}" is no list of URI headers; write name=value pairs joined by "&", escaped as %HH.`,
      );
    }
    return [unescapeText(header.slice(0, equals)), unescapeText(header.slice(equals + 1))];
  });
}

/** `=`, `;` and `@` beyond the grammar: Refer-To URIs carry unescaped Replaces values in practice. */
function fitsUriHeader(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    if (!isOf(code, URI_HEADER) && code !== PERCENT && code !== EQUALS && code !== AT && code !== SEMICOLON)
      return false;
  }
  return true;
}

function sameParams(left: Params, right: Params): boolean {
  for (const [name, value] of left) {
    const other = right.get(name);
    if (
      other === undefined ? DECISIVE_PARAMS.includes(name.toLowerCase()) : other.toLowerCase() !== value.toLowerCase()
    )
      return false;
  }
  return DECISIVE_PARAMS.every((name) => left.has(name) || !right.has(name));
}

function sameHeaders(left: SipUri['headers'], right: SipUri['headers']): boolean {
  if (left.length !== right.length) return false;
  const form = (headers: SipUri['headers']): string[] =>
    headers.map(([name, value]) => `${name.toLowerCase()}:${value}`).sort();
  const others = form(right);
  return form(left).every((header, index) => header === others[index]);
}
