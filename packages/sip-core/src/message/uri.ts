import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import { ESCAPE, HOST, isOf, PASSWORD, URI_HEADER, USER } from './characters';
import { escapeText, unescapeText } from './escaping';
import { checkHost, comparableHost, formatHostPort, isIPv6, LARGEST_PORT } from './host';
import { Params, readUriParams } from './params';
import { excerpt, indexWithin, Scanner } from './scanner';

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

/** What ends a URI before its time, in a request line or between angle brackets. */
const BREAKS_OUT = /[\0-\x20\x7f"<>]/;

/** A URI of another scheme, such as `tel:`, `urn:` or `http:`: kept as it was written. */
export class OtherUri {
  /**
   * @param scheme Scheme in lower case, without the colon.
   * @param rest What follows the colon, as written.
   * @throws {@link SipInjectionError} when one of them would break out of its place.
   */
  constructor(
    readonly scheme: string,
    readonly rest: string,
  ) {
    if (BREAKS_OUT.test(scheme) || BREAKS_OUT.test(rest)) {
      throw new SipInjectionError(
        'A URI may hold no space, quote, angle bracket or control character; escape it as %HH.',
      );
    }
  }

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
  return readUri(Scanner.of(text), -1);
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
 * Reads a URI that begins at the place reached and ends at the byte `stop`, which is not read, or fills the part when `stop`
 * is -1.
 *
 * @throws {@link SipSyntaxError} when it is none, or `stop` is not there.
 */
export function readUri(scanner: Scanner, stop: number): Uri {
  const { bytes, index: start, end } = scanner;
  if (
    end - start > 4 &&
    (bytes[start]! | LETTER_CASE) === LETTER_S &&
    (bytes[start + 1]! | LETTER_CASE) === LETTER_I &&
    (bytes[start + 2]! | LETTER_CASE) === LETTER_P
  ) {
    const next = bytes[start + 3]!;
    const secure = (next | LETTER_CASE) === LETTER_S && bytes[start + 4] === COLON;
    if (next === COLON || secure) {
      scanner.index += secure ? 5 : 4;
      const uri = readSipUri(scanner, start, secure ? 'sips' : 'sip', stop);
      const stopped = scanner.index < end ? bytes[scanner.index] : -1;
      if (stopped === stop) return uri;
      if (stopped === -1) throw unclosed(scanner);
      throw malformed(scanner, start, 'has a character that may not stand there; escape it as %HH');
    }
  }
  const uriEnd = endOf(scanner, stop);
  const text = scanner.source.slice(start, uriEnd);
  scanner.index = uriEnd;
  return readOtherUri(text);
}

/** Index of the byte that ends the URI. */
function endOf(scanner: Scanner, stop: number): number {
  if (stop === -1) return scanner.end;
  const close = indexWithin(scanner.bytes, stop, scanner.index, scanner.end);
  if (close < 0) throw unclosed(scanner);
  return close;
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

function readSipUri(scanner: Scanner, uriStart: number, scheme: 'sip' | 'sips', stop: number): SipUri {
  const { source, bytes, index: start, end } = scanner;
  let user: string | undefined;
  let password: string | undefined;
  let index = start;
  let escaped = false;
  for (; index < end && isOf(bytes[index]!, USER | ESCAPE); index++) if (bytes[index] === PERCENT) escaped = true;
  if (index < end && bytes[index] === AT) {
    if (index === start) throw malformed(scanner, uriStart, 'has no user before "@"; name one or leave the "@" out');
    user = source.slice(start, index);
    if (escaped) user = unescapeText(user);
    index++;
  } else {
    const colon = index;
    const at = index < end && bytes[index] !== stop ? indexWithin(bytes, AT, index, endOf(scanner, stop)) : -1;
    index = start;
    if (at >= 0) {
      const passwordStart = colon + 1;
      const fits = colon > start && bytes[colon] === COLON && isPassword(bytes, passwordStart, at);
      if (!fits) throw malformed(scanner, uriStart, 'has characters before "@" that must be escaped as %HH');
      user = unescapeText(source.slice(start, colon));
      password = unescapeText(source.slice(passwordStart, at));
      index = at + 1;
    }
  }

  const hostStart = index;
  let host: string;
  if (index < end && bytes[index] === OPEN_BRACKET) {
    const close = indexWithin(bytes, CLOSE_BRACKET, index, end);
    host = source.slice(index + 1, Math.max(close, index + 1));
    if (!isIPv6(host)) throw malformed(scanner, uriStart, 'has no IPv6 address in its brackets');
    index = close + 1;
  } else {
    while (index < end && isOf(bytes[index]!, HOST)) index++;
    if (index === hostStart) throw malformed(scanner, uriStart, 'has no host');
    host = source.slice(hostStart, index);
  }

  scanner.index = index;
  let port: number | undefined;
  if (index < end && bytes[index] === COLON) {
    scanner.index++;
    port = scanner.readDigits();
    if (port < 0 || port > LARGEST_PORT)
      throw malformed(scanner, uriStart, 'needs a port from 0 to 65535 after the host');
  }
  const uri = new SipUri({ scheme, user, password, host, port, params: readUriParams(scanner) });
  if (scanner.index < end && bytes[scanner.index] === QUESTION) {
    const headersStart = scanner.index + 1;
    scanner.index = endOf(scanner, stop);
    uri.headers = readHeaders(scanner.since(headersStart));
  }
  return uri;
}

function isPassword(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (!isOf(bytes[index]!, PASSWORD | ESCAPE)) return false;
  return true;
}

function malformed(scanner: Scanner, start: number, what: string): SipSyntaxError {
  return new SipSyntaxError(`"${scanner.source.excerpt(start, scanner.end)}" ${what}.`);
}

function unclosed(scanner: Scanner): SipSyntaxError {
  return new SipSyntaxError(`"<" is never closed by ">" in "${scanner.excerpt()}".`);
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
  for (const [name] of left) {
    const other = right.get(name);
    // The first counts of several, on both sides.
    const value = left.get(name)!;
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
