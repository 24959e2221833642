import { SipInjectionError, SipStateError, SipSyntaxError } from '../platform/errors';
import { isOf, isToken, LOOSE_VALUE, skipSpace, TOKEN, URI_PARAMETER } from './characters';
import { escapeText, unescapeText } from './escaping';
import { endOfQuoted, quote, unquote } from './quoting';

/** Where parameters stand decides how they are written: quoted in header fields, percent-escaped in URIs. */
export type ParamsStyle = 'header' | 'uri';

/**
 * Ordered `;name=value` parameters of a header field or URI (RFC 3261 §7.3.1, §19.1.1). Names are compared without case and
 * keep their spelling. A parameter without a value is a flag: its value is `''`.
 *
 * Values are given and taken plain: `get` undoes quotes (header fields) or escapes (URIs), `set` adds them when they are needed.
 */
export class Params implements Iterable<[name: string, value: string]> {
  /** Name, text as written, name, text as written… */
  private readonly items: string[] = [];
  private locked = false;

  /**
   * @param entries Names and values to begin with.
   * @param style `'header'` (default) or `'uri'`.
   */
  constructor(
    entries?: Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>,
    private readonly style: ParamsStyle = 'header',
  ) {
    if (entries !== undefined) {
      const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
      for (const [name, value] of pairs) this.set(name, value);
    }
  }

  /** Number of parameters. */
  get size(): number {
    return this.items.length / 2;
  }

  /** Value of a parameter, `''` for a flag, `undefined` when it is not there. */
  get(name: string): string | undefined {
    const index = this.find(name);
    return index < 0 ? undefined : this.plain(this.items[index + 1]!);
  }

  /** Whether a parameter is there. */
  has(name: string): boolean {
    return this.find(name) >= 0;
  }

  /**
   * Sets a parameter, in its place when it is there already.
   *
   * @param value Plain value; `''` (default) makes a flag.
   * @throws {@link SipInjectionError} when the name is no token, or the value holds CR, LF or NUL where it cannot be escaped.
   * @throws {@link SipStateError} when the parameters belong to a received message: `clone()` what holds them first.
   */
  set(name: string, value = ''): this {
    this.checkUnlocked();
    if (this.style === 'uri' ? name === '' : !isToken(name)) {
      throw new SipInjectionError(`"${name}" is no parameter name; use letters, digits and any of -.!%*_+\`'~.`);
    }
    const written = this.written(value);
    const index = this.find(name);
    if (index < 0) this.items.push(name, written);
    else this.items[index + 1] = written;
    return this;
  }

  /**
   * Takes a parameter out.
   *
   * @returns Whether it was there.
   * @throws {@link SipStateError} when the parameters belong to a received message.
   */
  delete(name: string): boolean {
    this.checkUnlocked();
    let found = false;
    for (let index = this.find(name); index >= 0; index = this.find(name)) {
      this.items.splice(index, 2);
      found = true;
    }
    return found;
  }

  /** Names and plain values in order. */
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (let index = 0; index < this.items.length; index += 2) {
      yield [this.items[index]!, this.plain(this.items[index + 1]!)];
    }
  }

  /** Written form with the leading semicolon, such as `;transport=tcp;lr`; `''` when there is none. */
  toString(): string {
    let text = '';
    for (let index = 0; index < this.items.length; index += 2) {
      const name = this.items[index]!;
      const value = this.items[index + 1]!;
      text += `;${this.style === 'uri' ? escapeText(name, URI_PARAMETER) : name}`;
      if (value !== '') text += `=${value}`;
    }
    return text;
  }

  /** A copy that may be changed. */
  clone(): Params {
    const copy = new Params(undefined, this.style);
    for (const item of this.items) copy.items.push(item);
    return copy;
  }

  /** @internal Adds a parsed parameter as it was written. */
  addWritten(name: string, written: string): void {
    this.items.push(name, written);
  }

  /** @internal Refuses changes from now on, as the text of the message would not follow them. */
  lock(): void {
    this.locked = true;
  }

  private find(name: string): number {
    const items = this.items;
    for (let index = 0; index < items.length; index += 2) if (items[index] === name) return index;
    for (let index = 0; index < items.length; index += 2) {
      const item = items[index]!;
      if (item.length === name.length && item.toLowerCase() === name.toLowerCase()) return index;
    }
    return -1;
  }

  private plain(written: string): string {
    if (this.style === 'uri') return unescapeText(written);
    return written.charCodeAt(0) === 34 ? unquote(written) : written;
  }

  private written(value: string): string {
    if (this.style === 'uri') return escapeText(value, URI_PARAMETER);
    if (/[\r\n\0]/.test(value)) {
      throw new SipInjectionError('A parameter value holds CR, LF or NUL; take them out before you set it.');
    }
    return value === '' || isToken(value) || isHostText(value) ? value : quote(value);
  }

  private checkUnlocked(): void {
    if (!this.locked) return;
    throw new SipStateError(
      'These parameters belong to a message and are read-only; clone() their owner, change the copy and assign it to the message.',
    );
  }
}

/** IPv6 addresses go unquoted, with brackets or (`received`, RFC 3261 §25.1) without. */
function isHostText(value: string): boolean {
  return value.includes(':') && /^\[?[0-9a-fA-F:.]+\]?(:[0-9]{1,5})?$/.test(value);
}

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;

/**
 * Reads `*( SEMI generic-param )` of a header field up to `end`.
 *
 * @throws {@link SipSyntaxError} on an empty or repeated parameter, or characters that must be quoted.
 */
export function parseHeaderParams(text: string, start: number, end: number): Params {
  const params = new Params();
  let index = skipSpace(text, start, end);
  while (index < end) {
    if (text.charCodeAt(index) !== SEMICOLON) {
      throw new SipSyntaxError(`"${text.slice(index, end)}" stands where ";" and a parameter are expected.`);
    }
    const nameStart = skipSpace(text, index + 1, end);
    index = nameStart;
    while (index < end && isOf(text.charCodeAt(index), TOKEN)) index++;
    if (index === nameStart)
      throw new SipSyntaxError(`A parameter name is missing or malformed in "${text.slice(start, end)}".`);
    const name = text.slice(nameStart, index);
    index = skipSpace(text, index, end);
    let value = '';
    if (index < end && text.charCodeAt(index) === EQUALS) {
      const valueStart = skipSpace(text, index + 1, end);
      index = endOfValue(text, valueStart, end);
      value = text.slice(valueStart, index);
      index = skipSpace(text, index, end);
    }
    if (params.has(name)) throw new SipSyntaxError(`The parameter "${name}" stands twice; it may stand once.`);
    params.addWritten(name, value);
  }
  return params;
}

function endOfValue(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) === QUOTE) {
    const after = endOfQuoted(text, start, end);
    if (after < 0)
      throw new SipSyntaxError('A quoted parameter value never closes; add the double quote that ends it.');
    return after;
  }
  let index = start;
  while (index < end && isOf(text.charCodeAt(index), LOOSE_VALUE)) index++;
  if (index === start)
    throw new SipSyntaxError(`A parameter value is missing or must be quoted in "${text.slice(start, end)}".`);
  return index;
}

/**
 * Reads `*( ";" uri-parameter )` of a SIP URI up to `end`. Of a repeated parameter the first counts.
 *
 * @throws {@link SipSyntaxError} on an empty parameter or characters that must be escaped.
 */
export function parseUriParams(text: string, start: number, end: number): Params {
  const params = new Params(undefined, 'uri');
  let index = start;
  while (index < end) {
    let next = text.indexOf(';', index + 1);
    if (next < 0 || next > end) next = end;
    const equals = text.indexOf('=', index + 1);
    const nameEnd = equals < 0 || equals > next ? next : equals;
    const valueStart = Math.min(nameEnd + 1, next);
    checkUriParameter(text, index + 1, nameEnd, valueStart, next);
    params.addWritten(unescapeText(text.slice(index + 1, nameEnd)), text.slice(valueStart, next));
    index = next;
  }
  return params;
}

function checkUriParameter(text: string, start: number, nameEnd: number, valueStart: number, end: number): void {
  const fits = start < nameEnd && allowed(text, start, nameEnd) && allowed(text, valueStart, end);
  if (!fits)
    throw new SipSyntaxError(`";${text.slice(start, end)}" is no URI parameter; escape special characters as %HH.`);
}

function allowed(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 37) unescapeText(text.slice(index, index + 3));
    else if (!isOf(code, URI_PARAMETER) && code !== EQUALS) return false;
  }
  return true;
}
