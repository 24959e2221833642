import { SipSyntaxError } from '../platform/errors';
import { trimSpace } from './characters';

/** Quoted strings and comma lists, RFC 3261 §25.1 and §7.3.1. */

const QUOTE = 34;
const COMMA = 44;
const LESS = 60;
const GREATER = 62;
const BACKSLASH = 92;

/** Index after the closing quote of the quoted string that begins at `start`; -1 when it never closes. */
export function endOfQuoted(text: string, start: number, end: number): number {
  for (let index = start + 1; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index + 1;
    if (code === BACKSLASH) index++;
  }
  return -1;
}

/** Undoes the backslash escapes of what stands between two quotes. */
export function unescapeQuoted(content: string): string {
  return content.includes('\\') ? content.replace(/\\([\s\S])/g, '$1') : content;
}

/**
 * Writes a text as a quoted string: quotes and backslashes are escaped. CR and LF cannot stand in one, not even escaped
 * (RFC 3261 §25.1), and NUL ends texts in many an element, so each becomes a space.
 */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n\0]+/g, ' ').replace(/[\\"\x01-\x08\x0b-\x1f\x7f]/g, '\\$&')}"`;
}

/** Splits at the commas that stand outside quotes and angle brackets; items are trimmed, and may be empty. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return [trimSpace(text)];
  const items: string[] = [];
  let start = 0;
  let bracketed = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE && !bracketed) {
      const after = endOfQuoted(text, index, text.length);
      if (after < 0)
        throw new SipSyntaxError(`A quoted string never closes in "${text}"; add the double quote that ends it.`);
      index = after - 1;
    } else if (code === LESS) {
      bracketed = true;
    } else if (code === GREATER) {
      bracketed = false;
    } else if (code === COMMA && !bracketed) {
      items.push(trimSpace(text.slice(start, index)));
      start = index + 1;
    }
  }
  items.push(trimSpace(text.slice(start)));
  return items;
}
