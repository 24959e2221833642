import { isToken, parseDigits, trimSpace } from '../message/characters';
import { NameAddr } from '../message/name-addr';
import { Params, readHeaderParams } from '../message/params';
import { endOfQuoted, quote, unescapeQuoted } from '../message/quoting';
import { excerpt, Scanner } from '../message/scanner';
import { OtherUri, type Uri } from '../message/uri';
import { SipSyntaxError } from '../platform/errors';
import type { HeaderGrammar } from './codec';

/** What header fields are made of: tokens, numbers, `value;param=…` and addresses (RFC 3261 §25.1). */

/** A value that stands before the parameters of a header field, and those. */
export interface Parameterized {
  readonly value: string;
  readonly params: Params;
}

/**
 * Reads `value *(SEMI param)`, where the value has no semicolon outside quotes.
 *
 * @throws {@link SipSyntaxError}
 */
export function parseParameterized(text: string): Parameterized {
  const scanner = Scanner.of(text);
  const { bytes, end } = scanner;
  let quoted = false;
  let index = 0;
  for (; index < end; index++) {
    const code = bytes[index];
    if (code === 34) quoted = !quoted;
    else if (quoted && code === 92) index++;
    else if (!quoted && code === 59) break;
  }
  scanner.index = Math.min(index, end);
  const value = trimSpace(scanner.since(0));
  const params = readHeaderParams(scanner);
  if (scanner.index < end) {
    throw new SipSyntaxError(`"${excerpt(text)}" holds a comma, but one value only may stand here.`);
  }
  return { value, params };
}

/**
 * Reads a token.
 *
 * @throws {@link SipSyntaxError} when it is empty or has other characters.
 */
export function checkToken(text: string, what: string): string {
  if (isToken(text)) return text;
  throw new SipSyntaxError(
    `"${excerpt(text)}" is no ${what}; use letters, digits and any of -.!%*_+\`'~ without spaces.`,
  );
}

/**
 * Reads a Call-ID: `word [ "@" word ]` (RFC 3261 §25.1), taken a little wider as one word without the characters that end it.
 *
 * @throws {@link SipSyntaxError}
 */
export function checkCallId(text: string): string {
  if (/^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(text)) return text;
  throw new SipSyntaxError(`"${excerpt(text)}" is no Call-ID; it is one word without spaces, commas and semicolons.`);
}

/**
 * Reads a whole number.
 *
 * @throws {@link SipSyntaxError} when it is none, or above `largest`.
 */
export function parseNumber(text: string, what: string, largest = 0xffff_ffff): number {
  const value = parseDigits(text);
  if (value >= 0 && value <= largest) return value;
  throw new SipSyntaxError(`"${excerpt(text)}" is no ${what}; write a number from 0 to ${largest}.`);
}

/**
 * Writes a whole number.
 *
 * @throws {@link SipSyntaxError} when it is none, negative or above `largest`.
 */
export function formatNumber(value: number, what: string, largest = 0xffff_ffff): string {
  if (Number.isInteger(value) && value >= 0 && value <= largest) return String(value);
  throw new SipSyntaxError(`${value} is no ${what}; give a whole number from 0 to ${largest}.`);
}

/** Grammar of header fields that are one number. */
export const numberGrammar = (what: string, largest?: number): HeaderGrammar<number> => ({
  parse: (text) => parseNumber(parseParameterized(text).value, what, largest),
  format: (value) => formatNumber(value, what, largest),
});

/** Grammar of header fields that are one token, or a list of them. */
export const tokenGrammar = (what: string): HeaderGrammar<string> => ({
  parse: (text) => checkToken(text, what),
  format: (value) => checkToken(value, what),
});

/** Grammar of header fields that are a free text in one line (`TEXT-UTF8-TRIM`). */
export const textGrammar: HeaderGrammar<string> = { parse: (text) => text, format: trimSpace };

/** Grammar of header fields that are an address with parameters. */
export const addressGrammar: HeaderGrammar<NameAddr> = {
  parse: (text) => NameAddr.parse(text),
  format: formatAddress,
};

/**
 * Writes an address.
 *
 * @throws {@link SipSyntaxError} when its URI has characters that would end it early.
 */
export function formatAddress(address: NameAddr): string {
  formatUri(address.uri);
  return address.toString();
}

/**
 * Writes a URI as it may stand between angle brackets.
 *
 * @throws {@link SipSyntaxError} when it has characters that would end it early.
 */
export function formatUri(uri: Uri): string {
  const text = uri.toString();
  if (
    !(uri instanceof OtherUri) ||
    /^[a-z][a-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/i.test(text)
  )
    return text;
  throw new SipSyntaxError(`"${excerpt(text)}" is no URI; escape what may not stand in one as %HH.`);
}

/** Parameters of a header field being read: known ones are taken out, what is left belongs to extensions. */
export class ParamReader {
  readonly #left: Params;

  constructor(params: Params) {
    this.#left = params.clone();
  }

  /** Takes a value; `undefined` when it is not there. */
  text(name: string): string | undefined {
    const value = this.#left.get(name);
    if (value !== undefined) this.#left.delete(name);
    return value;
  }

  /** Takes a number; what is none is as good as absent, as the rest of the header field makes sense without. */
  number(name: string, largest = 0xffff_ffff): number | undefined {
    const value = this.#left.get(name);
    const number = value === undefined ? -1 : parseDigits(value);
    if (number < 0) return undefined;
    this.#left.delete(name);
    return Math.min(number, largest);
  }

  /** Takes a flag. */
  flag(name: string): boolean {
    return this.#left.delete(name);
  }

  /** Parameters not taken; `undefined` when there are none. */
  rest(): Params | undefined {
    return this.#left.size === 0 ? undefined : this.#left;
  }
}

/** A parameter to be written: absent, a flag, a number, or a text that is quoted when it has to be, or always. */
export type ParamValue = string | number | boolean | { readonly quoted: string } | undefined;

/** A text that the grammar wants in quotes even when it is a token. */
export const alwaysQuoted = (text: string | undefined): ParamValue =>
  text === undefined ? undefined : { quoted: text };

/**
 * Writes parameters with their leading semicolons: known ones first, then those of extensions.
 *
 * @throws {@link SipSyntaxError} when a number is negative or no whole one.
 */
export function formatParams(known: Readonly<Record<string, ParamValue>>, rest?: Params): string {
  const params = new Params();
  for (const [name, value] of Object.entries(known)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'object') params.addWritten(name, quote(value.quoted));
    else params.set(name, value === true ? '' : typeof value === 'number' ? formatNumber(value, name) : value);
  }
  if (rest === undefined) return params.toString();
  // Quotes of what was read are kept, as some parameters have to have them.
  const others = rest.clone();
  for (const [name] of params) others.delete(name);
  return params.toString() + others.toString();
}

/** The object without the properties that are undefined. */
export function present<T extends object>(value: T): T {
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] === undefined) delete value[key];
  return value;
}

/** A number from 0 to 1 with three decimals at most (RFC 3261 §25.1, qvalue); read as 1 when it is none. */
export function parseQuality(text: string): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?|\.\d{1,3})$/.test(text) ? Number(text) : 1;
}

/**
 * Writes a number from 0 to 1 with three decimals at most.
 *
 * @throws {@link SipSyntaxError} when it is out of this range.
 */
export function formatQuality(value: number): string {
  if (value >= 0 && value <= 1) return String(Math.round(value * 1000) / 1000);
  throw new SipSyntaxError(`${value} is no quality; give a number from 0 to 1.`);
}

/**
 * Reads a quoted string that fills the text.
 *
 * @throws {@link SipSyntaxError} when it never closes, or more follows.
 */
export function parseQuoted(text: string): string {
  if (text.startsWith('"') && endOfQuoted(text, 0, text.length) === text.length)
    return unescapeQuoted(text.slice(1, -1));
  throw new SipSyntaxError(`${excerpt(text)} is no quoted string; it begins and ends with a double quote.`);
}

/** Index after the comment that begins with "(" at `start`; -1 when it never closes. Comments may hold others (RFC 3261 §25.1). */
export function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (character === '\\') index++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return index + 1;
  }
  return -1;
}

/** What stands in a comment, from its "(" to its ")". */
export const parseComment = (text: string): string => text.slice(1, -1).replace(/\\([\s\S])/g, '$1');

/** Writes a comment; parentheses inside are escaped. */
export const formatComment = (text: string): string =>
  `(${text.replace(/[\r\n\0]+/g, ' ').replace(/[()\\]/g, '\\$&')})`;

/** A URI and parameters: `<https://example.com/picture.png>;purpose=icon`. */
export interface Reference {
  /** The text between the brackets; by the grammar a URI. */
  readonly uri: string;
  readonly params: Params;
}

/** Reads a reference. Phones leave the brackets out, or write a word where a URI belongs; both are taken. */
export function parseReference(text: string): Reference {
  const close = text.startsWith('<') ? text.indexOf('>') : -1;
  if (close >= 0) return { uri: text.slice(1, close), params: parseParameterized(text.slice(close + 1)).params };
  const { value, params } = parseParameterized(text);
  return { uri: value, params };
}

/**
 * Writes a URI in brackets.
 *
 * @throws {@link SipSyntaxError} when it has characters that end it early.
 */
export function formatReference(uri: string): string {
  if (/^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(uri)) return `<${uri}>`;
  throw new SipSyntaxError(`"${excerpt(uri)}" is no URI; escape what may not stand in one as %HH.`);
}
