import { SipSyntaxError } from '../platform/errors';
import { HOST, isOf, parseDigits, TOKEN } from './characters';
import { checkHost, formatHostPort, isIPv6, LARGEST_PORT } from './host';
import { Params, readHeaderParams } from './params';
import { indexWithin, Scanner } from './scanner';
import { encodeUtf8 } from './text';
import { usualWord } from './usual-words';

/** Parts of a {@link Via}; the transport and the host must be given. */
export interface ViaParts {
  /** Default `'SIP'`. */
  protocolName?: string;
  /** Default `'2.0'`. */
  version?: string;
  /** `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another token. */
  transport: string;
  /** Name, IPv4 address, or IPv6 address without brackets. */
  host: string;
  port?: number | undefined;
  params?: Params | Readonly<Record<string, string>>;
}

/** One hop of the way a request took, and the way its responses go back (RFC 3261 §20.42, §18.2). */
export class Via {
  protocolName: string;
  version: string;
  /** Transport as spelled; compare it in upper case. */
  transport: string;
  /** Host of sent-by: name, IPv4 address, or IPv6 address without brackets. */
  host: string;
  /** Port of sent-by; `undefined` means the default of the transport. */
  port: number | undefined;
  params: Params;

  constructor(parts: ViaParts) {
    this.protocolName = parts.protocolName ?? 'SIP';
    this.version = parts.version ?? '2.0';
    this.transport = parts.transport;
    this.host = parts.host;
    this.port = parts.port;
    this.params = parts.params instanceof Params ? parts.params : new Params(parts.params);
  }

  /**
   * Reads one Via value, white space around its slashes and colon included.
   *
   * @throws {@link SipSyntaxError}
   */
  static parse(text: string): Via {
    const scanner = Scanner.of(text);
    const via = readVia(scanner);
    if (scanner.index < scanner.end) throw malformed(scanner);
    return via;
  }

  /** Reads a comma list of Via values. */
  static parseList(text: string): Via[] {
    return readVias(Scanner.of(text));
  }

  /**
   * Written form.
   *
   * @throws {@link SipSyntaxError} when the host is none.
   */
  toString(): string {
    checkHost(this.host);
    return `${this.protocolName}/${this.version}/${this.transport} ${formatHostPort(this.host, this.port)}${this.params.toString()}`;
  }

  /** A copy that shares nothing. */
  clone(): Via {
    return new Via({ ...this, params: this.params.clone() });
  }

  /** Identifies the transaction when it begins with `z9hG4bK` (RFC 3261 §8.1.1.7). */
  get branch(): string | undefined {
    return this.params.get('branch');
  }

  /** Address the request came from, when it is not the host of sent-by (RFC 3261 §18.2.1). */
  get received(): string | undefined {
    return this.params.get('received');
  }

  /** `undefined` when absent, `true` when asked for without a value, else the source port (RFC 3581 §3). */
  get rport(): number | true | undefined {
    const value = this.params.get('rport');
    if (value === undefined) return undefined;
    const port = parseDigits(value);
    return port >= 0 && port < 65_536 ? port : true;
  }

  /** @internal Refuses changes from now on, as the text of the message would not follow them. */
  lock(): void {
    this.params.lock();
  }
}

const SLASH = 47;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** @internal Reads a comma list of Via values up to the end. */
export function readVias(scanner: Scanner): Via[] {
  const vias = [readVia(scanner)];
  while (scanner.index < scanner.end) {
    scanner.index++;
    vias.push(readVia(scanner));
  }
  return vias;
}

/** Reads one Via value: up to the end, or the comma before the next. */
function readVia(scanner: Scanner): Via {
  let protocolName = 'SIP';
  let version = '2.0';
  if (isUsualProtocol(scanner)) {
    scanner.index += USUAL_PROTOCOL.length;
  } else {
    protocolName = readToken(scanner);
    skipSlash(scanner);
    version = readToken(scanner);
    skipSlash(scanner);
  }
  const transport = readToken(scanner);
  const hostGap = scanner.index;
  scanner.skipSpace();
  if (scanner.index === hostGap) throw malformed(scanner);
  const host = readHost(scanner);
  const port = scanner.skipSpace() === COLON ? readPort(scanner) : undefined;
  return new Via({ protocolName, version, transport, host, port, params: readHeaderParams(scanner) });
}

const USUAL_PROTOCOL = encodeUtf8('SIP/2.0/');

function isUsualProtocol({ bytes, index, end }: Scanner): boolean {
  if (end - index < USUAL_PROTOCOL.length) return false;
  for (let offset = 0; offset < USUAL_PROTOCOL.length; offset++) {
    if (bytes[index + offset] !== USUAL_PROTOCOL[offset]) return false;
  }
  return true;
}

function readToken(scanner: Scanner): string {
  const { bytes, end } = scanner;
  scanner.skipSpace();
  const start = scanner.index;
  let index = start;
  while (index < end && isOf(bytes[index]!, TOKEN)) index++;
  if (index === start) throw malformed(scanner);
  scanner.index = index;
  return usualWord(bytes, start, index) ?? scanner.since(start);
}

function skipSlash(scanner: Scanner): void {
  if (scanner.skipSpace() !== SLASH) throw malformed(scanner);
  scanner.index++;
}

function readHost(scanner: Scanner): string {
  const { source, bytes, index: start, end } = scanner;
  let index = start;
  if (start < end && bytes[start] === OPEN_BRACKET) {
    const close = indexWithin(bytes, CLOSE_BRACKET, start, end);
    const address = source.slice(start + 1, Math.max(close, start + 1));
    if (!isIPv6(address)) throw malformed(scanner);
    scanner.index = close + 1;
    return address;
  }
  while (index < end && isOf(bytes[index]!, HOST)) index++;
  if (index === start) throw malformed(scanner);
  scanner.index = index;
  return source.slice(start, index);
}

function readPort(scanner: Scanner): number {
  scanner.index++;
  scanner.skipSpace();
  const port = scanner.readDigits();
  if (port < 0 || port > LARGEST_PORT) throw malformed(scanner);
  return port;
}

function malformed(scanner: Scanner): SipSyntaxError {
  return new SipSyntaxError(`"${scanner.excerpt()}" is no Via; it must read SIP/2.0/TRANSPORT host:port;parameters.`);
}
