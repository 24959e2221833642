import { SipSyntaxError } from '../platform/errors';
import { isOf, TOKEN } from './characters';
import { type Params, readHeaderParams } from './params';
import { Scanner } from './scanner';

/** A header field value that is one word with parameters, such as `presence;id=7` (RFC 3261 §25.1). */
export interface HeaderWord {
  readonly word: string;
  readonly params: Params;
}

/**
 * Reads a word with parameters.
 *
 * @param free whether the word may hold any character but space, `;` and `,`, as a Call-ID may
 * @throws {@link SipSyntaxError} when there is no word, or the parameters are malformed
 */
export function parseHeaderWord(value: string, free = false): HeaderWord {
  const scanner = Scanner.of(value);
  const { bytes, end } = scanner;
  scanner.skipSpace();
  const start = scanner.index;
  while (scanner.index < end && (free ? isFree(bytes[scanner.index]!) : isOf(bytes[scanner.index]!, TOKEN))) {
    scanner.index++;
  }
  if (scanner.index === start) throw new SipSyntaxError(`"${scanner.excerpt()}" must begin with a word.`);
  const word = scanner.since(start);
  const params = readHeaderParams(scanner);
  if (scanner.index < end)
    throw new SipSyntaxError(`"${scanner.excerpt()}" holds several values; one may stand there.`);
  return { word, params };
}

const isFree = (code: number): boolean => code > 32 && code !== 59 && code !== 44;
