import { SipInjectionError, SipStateError, SipSyntaxError } from '../platform/errors';
import { ESCAPE, isOf, isToken, LOOSE_VALUE, TOKEN, URI_PARAMETER } from './characters';
import { escapeText, unescapeText } from './escaping';
import { quote, unescapeQuoted } from './quoting';
import { afterQuoted, type Scanner } from './scanner';
import { usualWord } from './usual-words';

/** Where parameters stand decides how they are written: quoted in header fields, percent-escaped in URIs. */
export type ParamsStyle = 'header' | 'uri';

/**
 * Ordered `;name=value` parameters of a header field or URI (RFC 3261 §7.3.1, §19.1.1). Names are compared without case and
 * keep their spelling. A parameter without a value is a flag: its value is `''`.
 *
 * Values are given and taken plain: `get` undoes quotes (header fields) or escapes (URIs), `set` adds them when they are needed.
 */
export class Params implements Iterable<[name: string, value: string]> {
  private first: Param | undefined = undefined;
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
    let size = 0;
    for (let param = this.first; param !== undefined; param = param.next) size++;
    return size;
  }

  /** Value of a parameter, `''` for a flag, `undefined` when it is not there. */
  get(name: string): string | undefined {
    const param = this.find(name);
    return param === undefined ? undefined : this.plain(param.written);
  }

  /** Whether a parameter is there. */
  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /**
   * Sets a parameter, in its place when it is there already.
   *
   * @param value Plain value; `''` (default) makes a flag.
   * @throws {@link SipInjectionError} when the name is no token, or the value holds CR, LF or NUL where it cannot be escaped.
   * @throws {@link SipStateError} when the parameters belong to a message: `clone()` what holds them first.
   */
  set(name: string, value = ''): this {
    this.checkUnlocked();
    if (this.style === 'uri' ? name === '' : !isToken(name)) {
      throw new SipInjectionError(`"${name}" is no parameter name; use letters, digits and any of -.!%*_+\`'~.`);
    }
    const written = this.written(value);
    const param = this.find(name);
    if (param === undefined) this.addWritten(name, written);
    else param.written = written;
    return this;
  }

  /**
   * Takes a parameter out.
   *
   * @returns Whether it was there.
   * @throws {@link SipStateError} when the parameters belong to a message.
   */
  delete(name: string): boolean {
    this.checkUnlocked();
    const size = this.size;
    for (let param = this.find(name); param !== undefined; param = this.find(name)) this.unlink(param);
    return this.size < size;
  }

  /** Names and plain values in order. */
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (let param = this.first; param !== undefined; param = param.next) yield [param.name, this.plain(param.written)];
  }

  /** Written form with the leading semicolon, such as `;transport=tcp;lr`; `''` when there is none. */
  toString(): string {
    let text = '';
    for (let param = this.first; param !== undefined; param = param.next) {
      text += `;${this.style === 'uri' ? escapeText(param.name, URI_PARAMETER) : param.name}`;
      if (param.written !== '') text += `=${param.written}`;
    }
    return text;
  }

  /** A copy that may be changed. */
  clone(): Params {
    const copy = new Params(undefined, this.style);
    for (let param = this.first; param !== undefined; param = param.next) copy.addWritten(param.name, param.written);
    return copy;
  }

  /** @internal Adds a parsed parameter as it was written. */
  addWritten(name: string, written: string): void {
    const added: Param = { name, written, next: undefined };
    if (this.first === undefined) {
      this.first = added;
      return;
    }
    let last = this.first;
    while (last.next !== undefined) last = last.next;
    last.next = added;
  }

  /** @internal Refuses changes from now on, as the text of the message would not follow them. */
  lock(): void {
    this.locked = true;
  }

  private find(name: string): Param | undefined {
    for (let param = this.first; param !== undefined; param = param.next) {
      if (param.name === name || sameName(param.name, name)) return param;
    }
    return undefined;
  }

  private unlink(param: Param): void {
    if (this.first === param) {
      this.first = param.next;
      return;
    }
    for (let before = this.first; before !== undefined; before = before.next) {
      if (before.next === param) before.next = param.next;
    }
  }

  private plain(written: string): string {
    if (this.style === 'uri') return unescapeText(written);
    return written.charCodeAt(0) === 34 ? unescapeQuoted(written.slice(1, -1)) : written;
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

/** There are few parameters, and many objects that hold some: a chain is smaller than an array. */
interface Param {
  readonly name: string;
  /** Value as it stands in the text: quoted or escaped. */
  written: string;
  next: Param | undefined;
}

function sameName(left: string, right: string): boolean {
  return left.length === right.length && left.toLowerCase() === right.toLowerCase();
}

/** IPv6 addresses go unquoted, with brackets or (`received`, RFC 3261 §25.1) without. */
function isHostText(value: string): boolean {
  return value.includes(':') && /^\[?[0-9a-fA-F:.]+\]?(:[0-9]{1,5})?$/.test(value);
}

/** Nobody has so many; a sender who does wants us to look for repeated ones. */
const MOST_PARAMS = 64;

const QUOTE = 34;
const PERCENT = 37;
const COMMA = 44;
const SEMICOLON = 59;
const EQUALS = 61;

/**
 * Reads `*( SEMI generic-param )` of a header field, up to the end or the comma that begins the next value of a list.
 *
 * @throws {@link SipSyntaxError} on an empty or repeated parameter, or characters that must be quoted.
 */
export function readHeaderParams(scanner: Scanner): Params {
  const { source, bytes, end } = scanner;
  const params = new Params();
  let count = 0;
  for (let code = scanner.skipSpace(); code !== -1 && code !== COMMA; code = scanner.skipSpace()) {
    if (code !== SEMICOLON) {
      throw new SipSyntaxError(
        `"${source.excerpt(scanner.index, end)}" stands where ";" and a parameter are expected.`,
      );
    }
    scanner.index++;
    scanner.skipSpace();
    const nameStart = scanner.index;
    let index = nameStart;
    while (index < end && isOf(bytes[index]!, TOKEN)) index++;
    if (index === nameStart) {
      throw new SipSyntaxError(`A parameter name is missing or malformed in "${scanner.excerpt()}".`);
    }
    scanner.index = index;
    const name = usualWord(bytes, nameStart, index) ?? scanner.since(nameStart);
    let value = '';
    if (scanner.skipSpace() === EQUALS) {
      scanner.index++;
      value = readValue(scanner);
    }
    if (params.has(name)) throw new SipSyntaxError(`The parameter "${name}" stands twice; it may stand once.`);
    if (++count > MOST_PARAMS) throw tooMany();
    params.addWritten(name, value);
  }
  return params;
}

function readValue(scanner: Scanner): string {
  const { bytes, end } = scanner;
  const code = scanner.skipSpace();
  const start = scanner.index;
  let index = start;
  if (code === QUOTE) {
    index = afterQuoted(bytes, start, end);
    if (index < 0) {
      throw new SipSyntaxError(
        `A quoted value never closes in "${scanner.excerpt()}"; add the double quote that ends it.`,
      );
    }
  } else {
    while (index < end && isOf(bytes[index]!, LOOSE_VALUE)) index++;
    if (index === start)
      throw new SipSyntaxError(`A parameter value is missing or must be quoted in "${scanner.excerpt()}".`);
  }
  scanner.index = index;
  return scanner.since(start);
}

/**
 * Reads `*( ";" uri-parameter )` of a SIP URI, up to what is no parameter. Of a repeated parameter the first counts.
 *
 * @throws {@link SipSyntaxError} on an empty parameter.
 */
export function readUriParams(scanner: Scanner): Params {
  const { source, bytes, end } = scanner;
  const params = new Params(undefined, 'uri');
  let count = 0;
  let index = scanner.index;
  while (index < end && bytes[index] === SEMICOLON) {
    const nameStart = ++index;
    let escaped = false;
    for (; index < end && isOf(bytes[index]!, URI_PARAMETER | ESCAPE); index++)
      if (bytes[index] === PERCENT) escaped = true;
    const nameEnd = index;
    if (nameStart === nameEnd) {
      throw new SipSyntaxError(`A parameter is empty in "${scanner.excerpt()}"; write ;name=value or ;name.`);
    }
    let valueStart = index;
    if (index < end && bytes[index] === EQUALS) {
      valueStart = ++index;
      for (; index < end && isUriValue(bytes[index]!); index++) if (bytes[index] === PERCENT) escaped = true;
    }
    let name = usualWord(bytes, nameStart, nameEnd) ?? source.slice(nameStart, nameEnd);
    const value = source.slice(valueStart, index);
    if (escaped) {
      name = unescapeText(name);
      unescapeText(value);
    }
    if (++count > MOST_PARAMS) throw tooMany();
    params.addWritten(name, value);
  }
  scanner.index = index;
  return params;
}

/** Values may hold `=` beyond the grammar, as base64 tokens do in practice. */
function isUriValue(code: number): boolean {
  return isOf(code, URI_PARAMETER | ESCAPE) || code === EQUALS;
}

function tooMany(): SipSyntaxError {
  return new SipSyntaxError(`A URI or header value may have ${MOST_PARAMS} parameters; this one has more.`);
}
