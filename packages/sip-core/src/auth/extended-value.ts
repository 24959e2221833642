import { escapeText, unescapeText } from '../message/escaping';

/** Parameter values with characters beyond ASCII, as `username*` has them (RFC 8187 §3.2, RFC 7616 §3.4). */

/** `attr-char` of RFC 8187, as far as the classes of URIs know them: letters, digits and a few marks. */
const PLAIN = /^[A-Za-z0-9!#$&+\-.^_`|~]$/;

/** Writes `UTF-8''` and the text with `%HH` for what may not stand there. */
export function formatExtended(text: string): string {
  let written = '';
  for (const character of text) written += PLAIN.test(character) ? character : escapeText(character, 0);
  return `UTF-8''${written}`;
}

/** Reads an extended value; undefined when it is none, or of another character set. */
export function parseExtended(value: string): string | undefined {
  const match = /^UTF-8'[A-Za-z0-9-]*'((?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9a-f]{2})*)$/i.exec(value);
  if (!match) return undefined;
  const text = unescapeText(match[1]!);
  return /[\udc80-\udcff](?<![\ud800-\udbff][\udc80-\udcff])/.test(text) ? undefined : text;
}
