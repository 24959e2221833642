/** Character classes of RFC 3261 §25.1 as one table look-up per character. */
const classes = new Uint8Array(256);

/** `token`: method names, header names, parameter names, tags. */
export const TOKEN = 1;
/** `host` of names and IPv4, with the underscore that container networks use. */
export const HOST = 2;
/** `unreserved` and `user-unreserved`, and `#`, which dial strings carry unescaped in practice. */
export const USER = 4;
/** Characters of a password. */
export const PASSWORD = 8;
/** `param-unreserved` and `unreserved`: URI parameters. */
export const URI_PARAMETER = 16;
/** `hnv-unreserved` and `unreserved`: headers inside a URI. */
export const URI_HEADER = 32;
/** Visible ASCII that may stand unquoted in the value of a header parameter. */
export const LOOSE_VALUE = 64;

/** `%`, which begins an escape. */
export const ESCAPE = 128;

function mark(characters: string, flag: number): void {
  for (let index = 0; index < characters.length; index++) {
    const code = characters.charCodeAt(index);
    classes[code] = classes[code]! | flag;
  }
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UNRESERVED = `${ALPHANUMERIC}-_.!~*'()`;

mark(`${ALPHANUMERIC}-.!%*_+\`'~`, TOKEN);
mark(`${ALPHANUMERIC}-._`, HOST);
mark('%', ESCAPE);
mark(`${UNRESERVED}&=+$,;?/#`, USER);
mark(`${UNRESERVED}&=+$,`, PASSWORD);
mark(`${UNRESERVED}[]/:&+$`, URI_PARAMETER);
mark(`${UNRESERVED}[]/?:+$`, URI_HEADER);
mark(`${ALPHANUMERIC}-.!%*_+\`'~[]:/@()#$&?={}|^`, LOOSE_VALUE);

/** Whether a byte, or a character below U+0100, belongs to one of the classes in `flags`; those beyond ASCII belong to none. */
export function isOf(code: number, flags: number): boolean {
  return (classes[code]! & flags) !== 0;
}

/** Whether all characters of `text` from `start` to `end` belong to one of the classes in `flags`; true when there are none. */
export function allOf(text: string, flags: number, start = 0, end = text.length): boolean {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code >= 128 || (classes[code]! & flags) === 0) return false;
  }
  return true;
}

/** Whether `text` is a `token`: not empty, and fit for a method, a header name or a tag. */
export function isToken(text: string): boolean {
  return text.length > 0 && allOf(text, TOKEN);
}

/** Index of the first character at or after `index` that is no space or tab. */
export function skipSpace(text: string, index: number, end: number): number {
  while (index < end) {
    const code = text.charCodeAt(index);
    if (code !== 32 && code !== 9) break;
    index++;
  }
  return index;
}

/** Index after the last character before `end` that is no space or tab. */
export function skipSpaceBack(text: string, start: number, end: number): number {
  while (end > start) {
    const code = text.charCodeAt(end - 1);
    if (code !== 32 && code !== 9) break;
    end--;
  }
  return end;
}

/** The text without spaces and tabs at its ends; other characters that look blank are content. */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.slice(start, skipSpaceBack(text, start, text.length));
}

/** Reads `1*DIGIT`; -1 when it is none. Huge numbers are capped at `Number.MAX_SAFE_INTEGER`. */
export function parseDigits(text: string, start = 0, end = text.length): number {
  if (start >= end) return -1;
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) value = Number.MAX_SAFE_INTEGER;
  }
  return value;
}
