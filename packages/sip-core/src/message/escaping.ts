import { SipSyntaxError } from '../platform/errors';
import { allOf, isOf } from './characters';

/** Percent escapes in URIs, RFC 3261 §19.1.2. Octets that are no UTF-8 travel as the lone surrogates U+DC80 to U+DCFF. */
const HEX = '0123456789ABCDEF';
const encoder = new TextEncoder();

/** Undoes `%HH` escapes; the octets are read as UTF-8. */
export function unescapeText(text: string): string {
  let next = text.indexOf('%');
  if (next < 0) return text;
  let result = '';
  let from = 0;
  while (next >= 0) {
    result += text.slice(from, next);
    const octets: number[] = [];
    let index = next;
    while (index < text.length && text.charCodeAt(index) === 37) {
      const octet = hexPair(text, index + 1);
      if (octet < 0) {
        throw new SipSyntaxError(
          `"${text}" holds a "%" without two hexadecimal digits; write the character "%" as "%25".`,
        );
      }
      octets.push(octet);
      index += 3;
    }
    result += decodeOctets(octets);
    from = index;
    next = text.indexOf('%', index);
  }
  return result + text.slice(from);
}

/** Writes `%HH` for all characters that are not of the classes in `flags`. */
export function escapeText(text: string, flags: number): string {
  if (allOf(text, flags)) return text;
  let result = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 128 && isOf(code, flags)) result += character;
    else if (code >= 0xdc80 && code <= 0xdcff) result += escapeOctet(code - 0xdc00);
    else for (const octet of encoder.encode(character)) result += escapeOctet(octet);
  }
  return result;
}

function escapeOctet(octet: number): string {
  return `%${HEX[octet >> 4]}${HEX[octet & 15]}`;
}

function hexPair(text: string, index: number): number {
  const high = hexDigit(text.charCodeAt(index));
  const low = hexDigit(text.charCodeAt(index + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** UTF-8 by hand, as a stray octet must survive alone without spoiling its neighbours (RFC 3629 §3). */
function decodeOctets(octets: readonly number[]): string {
  let result = '';
  for (let index = 0; index < octets.length; ) {
    const first = octets[index]!;
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0;
    const point = length === 1 ? first : length > 1 ? multiOctet(octets, index, length) : -1;
    result += point < 0 ? String.fromCharCode(0xdc00 + first) : String.fromCodePoint(point);
    index += point < 0 ? 1 : length;
  }
  return result;
}

const SHORTEST = [0, 0, 0x80, 0x800, 0x10000];

function multiOctet(octets: readonly number[], index: number, length: number): number {
  let point = octets[index]! & (0x7f >> length);
  for (let offset = 1; offset < length; offset++) {
    const octet = octets[index + offset];
    if (octet === undefined || (octet & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (octet & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < SHORTEST[length]! || point > 0x10ffff || surrogate ? -1 : point;
}
