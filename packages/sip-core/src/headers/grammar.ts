import { isToken, parseDigits } from '../message/characters';
import { NameAddr } from '../message/name-addr';
import { Params, readHeaderParams } from '../message/params';
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
  const value = scanner.since(0).trim();
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
export const textGrammar: HeaderGrammar<string> = { parse: (text) => text, format: (value) => value.trim() };

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

/** A parameter to be written: absent, a flag, a number, or a text that is quoted when it has to be. */
export type ParamValue = string | number | boolean | undefined;

/**
 * Writes parameters with their leading semicolons: known ones first, then those of extensions.
 *
 * @throws {@link SipSyntaxError} when a number is negative or no whole one.
 */
export function formatParams(known: Readonly<Record<string, ParamValue>>, rest?: Params): string {
  const params = new Params();
  for (const [name, value] of Object.entries(known)) {
    if (value === undefined || value === false) continue;
    params.set(name, value === true ? '' : typeof value === 'number' ? formatNumber(value, name) : value);
  }
  if (rest !== undefined) {
    for (const [name, value] of rest) if (!params.has(name)) params.set(name, value);
  }
  return params.toString();
}

/** The object without the properties that are undefined. */
export function present<T extends object>(value: T): T {
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] === undefined) delete value[key];
  return value;
}
