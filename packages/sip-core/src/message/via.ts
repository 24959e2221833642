import { SipSyntaxError } from '../platform/errors';
import { isToken, parseDigits, skipSpace, skipSpaceBack } from './characters';
import { checkHost, formatHostPort, parsePort } from './host';
import { Params, parseHeaderParams } from './params';
import { splitList } from './quoting';

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
    const end = skipSpaceBack(text, 0, text.length);
    const nameEnd = text.indexOf('/');
    const versionEnd = text.indexOf('/', nameEnd + 1);
    if (nameEnd < 0 || versionEnd < 0) throw malformed(text);
    const transportStart = skipSpace(text, versionEnd + 1, end);
    const transportEnd = endOfWord(text, transportStart, end);
    const hostStart = skipSpace(text, transportEnd, end);
    let params = text.indexOf(';', hostStart);
    if (params < 0) params = end;

    const protocolName = part(text, 0, nameEnd);
    const version = part(text, nameEnd + 1, versionEnd);
    const transport = text.slice(transportStart, transportEnd);
    if (hostStart === transportEnd || !isToken(protocolName) || !isToken(version) || !isToken(transport))
      throw malformed(text);
    const hostEnd = endOfHost(text, hostStart, params);
    const bracketed = text.charCodeAt(hostStart) === 91;
    const host = bracketed ? text.slice(hostStart + 1, hostEnd - 1) : text.slice(hostStart, hostEnd);
    if (bracketed !== host.includes(':')) throw malformed(text);
    checkHost(host);
    return new Via({
      protocolName,
      version,
      transport,
      host,
      port: readPort(text, hostEnd, params),
      params: parseHeaderParams(text, params, end),
    });
  }

  /** Reads a comma list of Via values. */
  static parseList(text: string): Via[] {
    return splitList(text).map((item) => Via.parse(item));
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

function part(text: string, start: number, end: number): string {
  const from = skipSpace(text, start, end);
  return text.slice(from, skipSpaceBack(text, from, end));
}

function endOfWord(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && text.charCodeAt(index) !== 32 && text.charCodeAt(index) !== 9) index++;
  return index;
}

function endOfHost(text: string, start: number, end: number): number {
  const bracketed = text.charCodeAt(start) === 91;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (bracketed ? code === 93 : code === 58 || code === 32 || code === 9) return bracketed ? index + 1 : index;
  }
  return end;
}

function readPort(text: string, start: number, end: number): number | undefined {
  const colon = skipSpace(text, start, end);
  if (colon >= end) return undefined;
  if (text.charCodeAt(colon) !== 58) throw malformed(text);
  const portStart = skipSpace(text, colon + 1, end);
  return parsePort(text, portStart, skipSpaceBack(text, portStart, end));
}

function malformed(text: string): SipSyntaxError {
  return new SipSyntaxError(`"${text}" is no Via; it must read SIP/2.0/TRANSPORT host:port;parameters.`);
}
