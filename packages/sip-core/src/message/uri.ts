import { SipSyntaxError } from '../platform/errors';
import { allOf, isOf, PASSWORD, URI_HEADER, USER } from './characters';
import { escapeText, unescapeText } from './escaping';
import { checkHost, comparableHost, formatHostPort, parsePort } from './host';
import { Params, parseUriParams } from './params';

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
  const colon = text.indexOf(':');
  const scheme = colon > 0 ? schemeOf(text, colon) : '';
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(text, scheme, colon + 1);
  if (
    !/^[a-z][a-z0-9+.-]*$/.test(scheme) ||
    !/^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(text.slice(colon + 1))
  ) {
    throw new SipSyntaxError(
      `"${text}" is no URI; write a scheme, a colon and the address without spaces, such as sip:bob@example.com.`,
    );
  }
  return new OtherUri(scheme, text.slice(colon + 1));
}

function schemeOf(text: string, colon: number): string {
  const scheme = text.slice(0, colon);
  return scheme === 'sip' || scheme === 'sips' ? scheme : scheme.toLowerCase();
}

const COLON = 58;
const SEMICOLON = 59;
const QUESTION = 63;

function parseSipUri(text: string, scheme: 'sip' | 'sips', start: number): SipUri {
  const at = text.indexOf('@', start);
  let user: string | undefined;
  let password: string | undefined;
  if (at >= 0) {
    const colon = text.indexOf(':', start);
    const userEnd = colon >= 0 && colon < at ? colon : at;
    user = readPart(text, start, userEnd, USER);
    if (user === '') throw new SipSyntaxError(`"${text}" has an empty user; leave out the "@" or name one.`);
    if (userEnd < at) password = readPart(text, userEnd + 1, at, PASSWORD);
  }
  const hostStart = Math.max(at + 1, start);
  const hostEnd = endOfHost(text, hostStart);
  const bracketed = text.charCodeAt(hostStart) === 91;
  const host = bracketed ? text.slice(hostStart + 1, hostEnd - 1) : text.slice(hostStart, hostEnd);
  if (bracketed !== host.includes(':'))
    throw new SipSyntaxError(`"${text}" needs brackets around an IPv6 address, and only there.`);
  checkHost(host);

  let index = hostEnd;
  let port: number | undefined;
  if (text.charCodeAt(index) === COLON) {
    const portStart = index + 1;
    index = endOfPort(text, portStart);
    port = parsePort(text, portStart, index);
  }
  const question = text.indexOf('?', index);
  const paramsEnd = question < 0 ? text.length : question;
  if (index < paramsEnd && text.charCodeAt(index) !== SEMICOLON) {
    throw new SipSyntaxError(`"${text.slice(index)}" cannot follow the host in "${text}".`);
  }
  const uri = new SipUri({ scheme, user, password, host, port, params: parseUriParams(text, index, paramsEnd) });
  if (question >= 0) uri.headers = readHeaders(text.slice(question + 1));
  return uri;
}

function readPart(text: string, start: number, end: number, flags: number): string {
  const part = text.slice(start, end);
  if (allOf(part, flags)) return part;
  const plain = part.replace(/%[0-9a-fA-F]{2}/g, '');
  if (!allOf(plain, flags))
    throw new SipSyntaxError(`"${part}" holds characters that must be escaped as %HH in "${text}".`);
  return unescapeText(part);
}

/** The host ends at the closing bracket, or at `:`, `;`, `?`. */
function endOfHost(text: string, start: number): number {
  if (text.charCodeAt(start) === 91) {
    const close = text.indexOf(']', start);
    return close < 0 ? text.length : close + 1;
  }
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === COLON || code === SEMICOLON || code === QUESTION) return index;
  }
  return text.length;
}

function endOfPort(text: string, start: number): number {
  let index = start;
  while (index < text.length && text.charCodeAt(index) !== SEMICOLON && text.charCodeAt(index) !== QUESTION) index++;
  return index;
}

function readHeaders(text: string): Array<[name: string, value: string]> {
  return text.split('&').map((header) => {
    const equals = header.indexOf('=');
    if (equals <= 0 || !fitsUriHeader(header)) {
      throw new SipSyntaxError(
        `"?${text}" is no list of URI headers; write name=value pairs joined by "&", escaped as %HH.`,
      );
    }
    return [unescapeText(header.slice(0, equals)), unescapeText(header.slice(equals + 1))];
  });
}

/** `=` and `@` beyond the grammar: Refer-To URIs carry unescaped Replaces values in practice. */
function fitsUriHeader(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (!isOf(code, URI_HEADER) && code !== 37 && code !== 61 && code !== 64 && code !== SEMICOLON) return false;
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
