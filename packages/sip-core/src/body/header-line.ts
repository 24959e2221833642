import { isToken, trimSpace } from '../message/characters';
import type { Headers } from '../message/headers';
import { excerpt } from '../message/scanner';
import { SipSyntaxError } from '../platform/errors';

/**
 * Appends a header line that stands in a body, without its line break.
 *
 * @param of What it is a header field of, for the error.
 * @throws {@link SipSyntaxError} when it is none, or holds a CR, LF or NUL, which nothing that is written may hold.
 */
export function appendHeaderLine(headers: Headers, line: string, of: string): void {
  const colon = line.indexOf(':');
  const name = trimSpace(line.slice(0, Math.max(colon, 0)));
  if (!isToken(name)) {
    throw new SipSyntaxError(`"${excerpt(line)}" is no header field of a ${of}; write a name, a colon and a value.`);
  }
  const value = trimSpace(line.slice(colon + 1));
  if (/[\r\n\0]/.test(value)) throw new SipSyntaxError(`"${excerpt(line)}" of a ${of} holds a CR, LF or NUL.`);
  headers.append(name, value);
}
