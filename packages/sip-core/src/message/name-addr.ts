import { SipSyntaxError } from '../platform/errors';
import { Params, readHeaderParams } from './params';
import { quote, unescapeQuoted } from './quoting';
import { afterQuoted, beforeSpace, Scanner } from './scanner';
import { parseUri, readUri, type SipUri, type Uri } from './uri';

/** An address in a header field: display name, URI and header parameters (RFC 3261 §20.10, §20.20, §20.39). */
export class NameAddr {
  uri: Uri;
  /** Display name, without quotes. */
  displayName: string | undefined;
  /** Header parameters such as `tag`, `q`, `expires`; those of the URI are in `uri.params`. */
  params: Params;

  /**
   * @param uri URI, or the text of one.
   * @param displayName Display name, without quotes.
   * @param params Header parameters.
   * @throws {@link SipSyntaxError} when `uri` is a text that is no URI.
   */
  constructor(uri: Uri | string, displayName?: string, params?: Params | Readonly<Record<string, string>>) {
    this.uri = typeof uri === 'string' ? parseUri(uri) : uri;
    this.displayName = displayName;
    this.params = params instanceof Params ? params : new Params(params);
  }

  /**
   * Reads `"Name" <uri>;param` or `uri;param`. In the second form everything after the first `;` belongs to the header field
   * (RFC 3261 §20.10). Unquoted display names may hold more than tokens, as phones send them, but no `,` `;` `:` `"` or `\`.
   *
   * @throws {@link SipSyntaxError}
   */
  static parse(text: string): NameAddr {
    return readNameAddr(Scanner.of(text), false);
  }

  /** Reads a comma list of addresses, such as a Route header field. */
  static parseList(text: string): NameAddr[] {
    return readNameAddrs(Scanner.of(text));
  }

  /** Written form; the URI always stands in angle brackets. */
  toString(): string {
    const name = this.displayName === undefined ? '' : `${quote(this.displayName)} `;
    return `${name}<${this.uri.toString()}>${this.params.toString()}`;
  }

  /** A copy that shares nothing. */
  clone(): NameAddr {
    return new NameAddr(this.uri.clone(), this.displayName, this.params.clone());
  }

  /** The `tag` parameter (RFC 3261 §19.3); an empty one is none. */
  get tag(): string | undefined {
    return this.params.get('tag') || undefined;
  }

  set tag(tag: string | undefined) {
    if (tag === undefined) this.params.delete('tag');
    else this.params.set('tag', tag);
  }

  /** The URI when it is a SIP URI. */
  get sipUri(): SipUri | undefined {
    return 'host' in this.uri ? this.uri : undefined;
  }

  /** @internal Refuses changes from now on, as the text of the message would not follow them. */
  lock(): void {
    this.params.lock();
    if ('host' in this.uri) this.uri.params.lock();
  }
}

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const LESS = 60;
const GREATER = 62;
const QUESTION = 63;
const BACKSLASH = 92;

/** @internal Reads a comma list of addresses up to the end. */
export function readNameAddrs(scanner: Scanner): NameAddr[] {
  const addresses = [readNameAddr(scanner, true)];
  while (scanner.index < scanner.end) {
    scanner.index++;
    addresses.push(readNameAddr(scanner, true));
  }
  return addresses;
}

/** @internal Reads one address: up to the end, or the comma before the next one of a list. */
export function readNameAddr(scanner: Scanner, inList: boolean): NameAddr {
  const { source, bytes, end } = scanner;
  const first = scanner.skipSpace();
  const start = scanner.index;
  let address: NameAddr;
  if (first === QUOTE) {
    const after = afterQuoted(bytes, start, end);
    if (after < 0) {
      throw new SipSyntaxError(
        `The quoted display name never closes in "${scanner.excerpt()}"; add the double quote that ends it.`,
      );
    }
    scanner.index = after;
    if (scanner.skipSpace() !== LESS) {
      throw new SipSyntaxError(`"<" and a URI must follow the display name in "${scanner.excerpt()}".`);
    }
    address = readBracketed(scanner, unescapeQuoted(source.slice(start + 1, after - 1)));
  } else {
    scanner.index = afterDisplayName(bytes, start, end);
    if (scanner.index < end && bytes[scanner.index] === LESS) {
      const nameEnd = beforeSpace(bytes, start, scanner.index);
      address = readBracketed(scanner, nameEnd > start ? source.slice(start, nameEnd) : undefined);
    } else {
      address = readAddrSpec(scanner, start);
    }
  }
  if (scanner.index < end && !inList) {
    throw new SipSyntaxError(
      `"${scanner.excerpt()}" holds a comma, but one address only may stand here; quote a display name with commas.`,
    );
  }
  return address;
}

function readBracketed(scanner: Scanner, displayName: string | undefined): NameAddr {
  scanner.index++;
  const uri = readUri(scanner, GREATER);
  scanner.index++;
  return new NameAddr(uri, displayName, readHeaderParams(scanner));
}

/** A URI without brackets ends at the first semicolon, comma or space (RFC 3261 §20.10). */
function readAddrSpec(scanner: Scanner, start: number): NameAddr {
  const { source, bytes, end } = scanner;
  let index = start;
  for (; index < end; index++) {
    const code = bytes[index];
    if (code === SEMICOLON || code === COMMA || code === SPACE || code === TAB) break;
    if (code === QUESTION) {
      throw new SipSyntaxError(`A URI with "?" must stand in angle brackets: "${scanner.excerpt()}".`);
    }
  }
  scanner.index = index;
  return new NameAddr(readUri(new Scanner(source, start, index), -1), undefined, readHeaderParams(scanner));
}

/** Index of the first byte that no unquoted display name has. */
function afterDisplayName(bytes: Uint8Array, start: number, end: number): number {
  for (let index = start; index < end; index++) {
    const code = bytes[index]!;
    if (code === COLON || code === LESS || code === COMMA || code === SEMICOLON || code === QUOTE) return index;
    if (code === BACKSLASH || code === GREATER || (code < SPACE && code !== TAB)) return index;
  }
  return end;
}
