import { SipSyntaxError, type SipSyntaxErrorOptions } from '../platform/errors';
import { isOf, isToken, parseDigits, TOKEN, trimSpace } from './characters';
import { type HeaderName, headerName, Role, usualName } from './header-names';
import { HeaderField, Headers } from './headers';
import type { SipMessage } from './message';
import { reasonPhrase } from './reason-phrases';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { afterSpace, beforeSpace, excerpt, indexWithin, Scanner, Source } from './scanner';
import { decodeAscii, encodeUtf8 } from './text';

/** Limits and framing of {@link parseMessage}. */
export interface ParseOptions {
  /**
   * `true` when the bytes are one message cut out of a stream: Content-Length must be there and match exactly.
   * Default `false`: a datagram, where a body without Content-Length fills the rest (RFC 3261 §18.3).
   */
  stream?: boolean;
  /** Most bytes of a message, body included; more is refused with 413 when its header section fits, else 513. Default 65,535. */
  maxMessageSize?: number;
  /** Most bytes of a body; more is refused with 413. Default `maxMessageSize`. */
  maxBodySize?: number;
  /** Most header lines; more are refused with 513. Default 256. */
  maxHeaderCount?: number;
  /** Most bytes of a header line with its folds, of a status line, or of a Request-URI; more is refused with 513, or 414. Default 8,192. */
  maxHeaderLength?: number;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const SLASH = 47;
const COLON = 58;

/**
 * Reads one SIP message (RFC 3261 §7). Only its structure is checked: start line, header lines, length of the body. Header
 * values are parsed when a typed field asks for them; `validateRequest` and `validateResponse` check the mandatory ones.
 *
 * The body is a view on `bytes`, so keep those unchanged as long as the message lives.
 *
 * @throws {@link SipSyntaxError} when the bytes are no SIP message or exceed a limit. If enough of a request could be read
 * to answer it, the error says so (`answerable`) and `errorResponse` builds the answer.
 */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): SipRequest | SipResponse {
  const maxMessageSize = options.maxMessageSize ?? 65_535;
  if (bytes.length > maxMessageSize) refuseSize(bytes, options);
  let start = 0;
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;
  const head = new HeadReader(
    new Source(bytes, decodeAscii(bytes)),
    options.maxHeaderCount ?? 256,
    options.maxHeaderLength ?? 8_192,
  );
  const bodyStart = Math.min(head.read(start), bytes.length);
  const maxBodySize = Math.min(options.maxBodySize ?? maxMessageSize, maxMessageSize - bodyStart);

  const message = isResponse(bytes, start) ? readStatusLine(head, start) : readRequestLine(head, start);
  message.receiveBody(
    bytes,
    bodyStart,
    bodyStart + bodyLength(head, bytes.length - bodyStart, options.stream === true, maxBodySize),
  );
  return head.fault === undefined ? message : refuse(head.fault, message);
}

/** Reads as much of an oversized message as is needed to answer it. */
function refuseSize(bytes: Uint8Array, options: ParseOptions): never {
  const { maxMessageSize = 65_535 } = options;
  const message = `The message has ${bytes.length} bytes; at most ${maxMessageSize} are taken`;
  let found: SipMessage | undefined;
  let headFits = true;
  try {
    // Its body is cut off, which is a fault of its own, told less well.
    found = parseMessage(bytes.subarray(0, maxMessageSize), {
      ...options,
      maxMessageSize: bytes.length,
      stream: false,
    });
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    found = error.request;
    headFits = error.header === 'Content-Length' || error.status === 413;
  }
  const status = headFits ? 413 : 513;
  throw new SipSyntaxError(`${message}.`, {
    status,
    reason: reasonPhrase(status),
    ...(found instanceof SipRequest && { request: found, answerable: isAnswerable(found) }),
  });
}

/** Reads header lines. The first fault is kept and reading goes on, so that a faulty request can be answered. */
class HeadReader {
  readonly headers = new Headers();
  readonly bytes: Uint8Array;
  fault: (SipSyntaxErrorOptions & { message: string }) | undefined = undefined;
  startLineEnd = 0;
  length: HeaderField | undefined = undefined;

  constructor(
    readonly source: Source,
    private readonly maxHeaderCount: number,
    readonly maxHeaderLength: number,
  ) {
    this.bytes = source.bytes;
  }

  /** @returns Index after the empty line. */
  read(start: number): number {
    const bytes = this.bytes;
    let index = this.lineEnd(start);
    if (index < 0) {
      this.startLineEnd = bytes.length;
      return this.stopEarly();
    }
    this.startLineEnd = index;
    index += 2;
    while (bytes[index] !== CR) {
      const end = this.lineEnd(index);
      if (end < 0) return this.stopEarly();
      let after = end + 2;
      while (after < bytes.length && isBlank(bytes[after]!)) {
        const next = this.lineEnd(after);
        if (next < 0) return this.stopEarly();
        after = next + 2;
      }
      if (this.headers.size >= this.maxHeaderCount) {
        this.fail(`The message has more than ${this.maxHeaderCount} header lines.`, { status: 513 });
        return bytes.length;
      }
      this.readHeader(index, end, after);
      index = after;
    }
    if (bytes[index + 1] !== LF) this.fail('A line must end with CR and LF; a CR stands alone.');
    return index + 2;
  }

  fail(message: string, options: SipSyntaxErrorOptions = {}): void {
    this.fault ??= { message, ...options };
  }

  private stopEarly(): number {
    this.fail('No empty line ends the header section; the message was cut short.');
    return this.bytes.length;
  }

  /** Index of the CRLF that ends the line at `start`; -1 when there is none, or a CR or LF stands alone before it. */
  private lineEnd(start: number): number {
    const end = this.source.nextReturn(start);
    const feed = this.source.nextFeed(start);
    if (feed === end + 1 && end >= 0) return end;
    if (end >= 0 || feed >= 0) this.fail('A line must end with CR and LF; one of them stands alone.');
    return -1;
  }

  private readHeader(start: number, firstEnd: number, after: number): void {
    const { source, bytes } = this;
    const end = after - 2;
    if (end - start > this.maxHeaderLength) {
      this.fail(`A header line is longer than ${this.maxHeaderLength} bytes.`, { status: 513 });
      return;
    }
    const colon = indexWithin(bytes, COLON, start, firstEnd);
    const nameEnd =
      colon > start && bytes[colon - 1]! > SPACE ? colon : beforeSpace(bytes, start, Math.max(colon, start));
    const name = colon < 0 ? undefined : this.readName(start, nameEnd);
    if (name === undefined) {
      this.fail(`"${source.excerpt(start, firstEnd)}" is no header line; it must begin with a name and a colon.`);
      return;
    }
    const usual = bytes[colon + 1] === SPACE && bytes[colon + 2]! > SPACE && bytes[end - 1]! > SPACE;
    const valueStart = usual ? colon + 2 : afterSpace(bytes, colon + 1, end);
    const valueEnd = usual ? end : beforeSpace(bytes, valueStart, end);
    let field: HeaderField;
    if (firstEnd === end) {
      const asWeWrite = nameEnd === colon && valueStart === colon + 2 && valueEnd === end;
      field = new HeaderField(name, undefined, source, valueStart, valueEnd, asWeWrite ? start : -1);
    } else {
      field = new HeaderField(name, unfold(source.slice(valueStart, end)), undefined, 0, 0, -1);
    }
    this.headers.fields.push(field);
    if (name.role === Role.contentLength) {
      if (this.length !== undefined)
        this.fail('Content-Length stands twice; it may stand once.', { header: 'Content-Length' });
      this.length ??= field;
    }
  }

  private readName(start: number, end: number): HeaderName | undefined {
    const usual = usualName(this.bytes, start, end);
    if (usual !== undefined) return usual;
    const name = this.source.slice(start, end);
    return isToken(name) ? headerName(name) : undefined;
  }
}

/** A folded line reads as if one space stood at each fold (RFC 3261 §7.3.1). */
function unfold(value: string): string {
  return value
    .split('\r\n')
    .map(trimSpace)
    .filter((line) => line !== '')
    .join(' ');
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function refuse(fault: SipSyntaxErrorOptions & { message: string }, found: SipRequest | SipResponse): never {
  const { message, ...options } = fault;
  if (!(found instanceof SipRequest)) throw new SipSyntaxError(message, options);
  throw new SipSyntaxError(message, { ...options, request: found, answerable: isAnswerable(found) });
}

function isResponse(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start];
  return (first === 83 || first === 115) && bytes[start + 3] === SLASH;
}

function readRequestLine(head: HeadReader, start: number): SipRequest {
  const { source, bytes, startLineEnd } = head;
  let methodEnd = start;
  while (methodEnd < startLineEnd && isOf(bytes[methodEnd]!, TOKEN)) methodEnd++;
  const uriStart = methodEnd + 1;
  let uriEnd = uriStart;
  while (uriEnd < startLineEnd && bytes[uriEnd]! > SPACE) uriEnd++;
  let version = '2.0';
  if (methodEnd === start || uriEnd === uriStart || uriEnd + 8 !== startLineEnd || !isUsualVersion(bytes, uriEnd)) {
    const line = source.slice(start, startLineEnd);
    const parts = /^([^ ]+) (.*) sip\/([0-9]+\.[0-9]+)([ \t]*)$/i.exec(line);
    if (parts === null || !isToken(parts[1]!)) {
      const { message, ...options } = head.fault ?? {
        message: 'This is no SIP message; it must begin with "METHOD URI SIP/2.0" or "SIP/2.0 status reason".',
      };
      throw new SipSyntaxError(message, options);
    }
    if (parts[4] !== '' || parts[2] === '' || /[\0- ]/.test(parts[2]!)) {
      head.fail('The request line must be method, URI and version with one space between them and none after.');
    }
    version = parts[3]!;
    uriEnd = Math.min(uriStart + encodeUtf8(parts[2]!).length, startLineEnd);
  }
  if (uriEnd - uriStart > head.maxHeaderLength) {
    head.fail(`The Request-URI is longer than ${head.maxHeaderLength} bytes.`, { status: 414 });
  }
  return new SipRequest(source.slice(start, methodEnd), new Scanner(source, uriStart, uriEnd), version, head.headers);
}

const USUAL_VERSION = encodeUtf8(' SIP/2.0');

function isUsualVersion(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < 8; index++) if (bytes[start + index] !== USUAL_VERSION[index]) return false;
  return true;
}

function readVersion(text: string): string | undefined {
  if (text === 'SIP/2.0') return '2.0';
  return /^sip\/([0-9]+\.[0-9]+)$/i.exec(text)?.[1];
}

function readStatusLine(head: HeadReader, start: number): SipResponse {
  if (head.startLineEnd - start > head.maxHeaderLength) {
    throw new SipSyntaxError(`The status line is longer than ${head.maxHeaderLength} bytes.`, { status: 513 });
  }
  const line = head.source.slice(start, head.startLineEnd);
  const version = readVersion(line.slice(0, 7));
  const status = parseDigits(line.slice(8, 11));
  const separated = line.charCodeAt(7) === SPACE && (line.length === 11 || line.charCodeAt(11) === SPACE);
  if (version === undefined || !separated || status < 100 || status > 699) {
    throw new SipSyntaxError('The status line must read "SIP/2.0", a status from 100 to 699 and a reason.');
  }
  if (version !== '2.0') head.fail(`The version SIP/${version} is not known; only SIP/2.0 is.`, { status: 505 });
  // NUL is not in the grammar, and nothing that holds it can be passed on.
  return new SipResponse(status, line.slice(12).replaceAll('\0', ' '), head.headers);
}

/** Length of the body (RFC 3261 §18.3, §20.14). */
function bodyLength(head: HeadReader, available: number, stream: boolean, most: number): number {
  if (head.length === undefined) {
    if (stream) head.fail('A message on a stream must have a Content-Length.', { header: 'Content-Length' });
    if (available > most) failTooLarge(head, available, most);
    return available;
  }
  const length = parseDigits(head.length.value);
  if (length < 0) {
    head.fail(`"${excerpt(head.length.value)}" is no Content-Length; it must be a number of bytes.`, {
      header: 'Content-Length',
    });
    return 0;
  }
  if (length > most && (stream || length <= available)) failTooLarge(head, length, most);
  if (length > available || (stream && length < available)) {
    head.fail(`Content-Length says ${length} bytes, but ${available} follow.`, { header: 'Content-Length' });
  }
  return Math.min(length, available);
}

function failTooLarge(head: HeadReader, length: number, most: number): void {
  head.fail(`The body has ${length} bytes; at most ${Math.max(most, 0)} are taken.`, {
    status: 413,
    header: 'Content-Length',
    reason: reasonPhrase(413),
  });
}

const NEEDED_TO_ANSWER = ['via', 'from', 'to', 'call-id', 'cseq'];

/** Whether a response to this request can be built: it is no ACK, and what a response copies is there (RFC 3261 §8.2.6.2). */
export function isAnswerable(message: SipMessage): boolean {
  return (
    message instanceof SipRequest &&
    message.method !== 'ACK' &&
    NEEDED_TO_ANSWER.every((name) => message.headers.has(name))
  );
}
