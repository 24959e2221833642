import { SipSyntaxError, type SipSyntaxErrorOptions } from '../platform/errors';
import { isToken, parseDigits, skipSpace, skipSpaceBack } from './characters';
import { headerKey } from './header-names';
import { HeaderField, Headers } from './headers';
import type { SipMessage } from './message';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { decodeAscii, decodeUtf8 } from './text';

/** Limits and framing of {@link parseMessage}. */
export interface ParseOptions {
  /**
   * `true` when the bytes are one message cut out of a stream: Content-Length must be there and match exactly.
   * Default `false`: a datagram, where a body without Content-Length fills the rest (RFC 3261 §18.3).
   */
  stream?: boolean;
  /** Most bytes of a message, body included; more is refused with 513. Default 65,535. */
  maxMessageSize?: number;
  /** Most header lines; more are refused with 513. Default 256. */
  maxHeaderCount?: number;
  /** Most characters of one header line or of the start line, folded lines included; more is refused with 513, or 414. Default 8,192. */
  maxHeaderLength?: number;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;

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
  if (bytes.length > maxMessageSize) {
    throw new SipSyntaxError(`The message has ${bytes.length} bytes; at most ${maxMessageSize} are taken.`, {
      status: 513,
    });
  }
  let start = 0;
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;

  const ascii = decodeAscii(bytes, start);
  if (ascii !== undefined) {
    const head = new HeadParser(ascii, options);
    const end = head.read();
    return finish(head, bytes, start + end, options.stream === true);
  }
  const headEnd = findHeadEnd(bytes, start);
  const head = new HeadParser(decodeUtf8(bytes, start, headEnd), options);
  head.read();
  return finish(head, bytes, headEnd, options.stream === true);
}

/** Index after the empty line that ends the header section; the length of `bytes` when there is none. */
function findHeadEnd(bytes: Uint8Array, start: number): number {
  for (let index = bytes.indexOf(LF, start); index >= 0; index = bytes.indexOf(LF, index + 1)) {
    if (bytes[index + 1] === CR && bytes[index + 2] === LF) return index + 3;
  }
  return bytes.length;
}

/** Reads start line and header lines. The first fault is kept and reading goes on, so that a faulty request can be answered. */
class HeadParser {
  readonly headers = new Headers();
  fault: (SipSyntaxErrorOptions & { message: string }) | undefined;
  startLineEnd = 0;
  private readonly maxHeaderCount: number;
  readonly maxHeaderLength: number;

  constructor(
    readonly text: string,
    options: ParseOptions,
  ) {
    this.maxHeaderCount = options.maxHeaderCount ?? 256;
    this.maxHeaderLength = options.maxHeaderLength ?? 8_192;
  }

  /** @returns Index after the empty line. */
  read(): number {
    const text = this.text;
    let index = this.lineEnd(0);
    this.startLineEnd = index < 0 ? text.length : index;
    if (index < 0) return this.stopEarly();
    index += 2;
    while (text.charCodeAt(index) !== CR) {
      const end = this.lineEnd(index);
      if (end < 0) return this.stopEarly();
      let after = end + 2;
      while (isBlank(text.charCodeAt(after))) {
        const next = this.lineEnd(after);
        if (next < 0) return this.stopEarly();
        after = next + 2;
      }
      if (this.headers.size >= this.maxHeaderCount) {
        this.fail(`The message has more than ${this.maxHeaderCount} header lines.`, { status: 513 });
        return text.length;
      }
      this.readHeader(index, end, after);
      index = after;
    }
    if (text.charCodeAt(index + 1) !== LF) {
      this.fail('A line must end with CR and LF; a CR stands alone.');
    }
    return index + 2;
  }

  fail(message: string, options: SipSyntaxErrorOptions = {}): void {
    this.fault ??= { message, ...options };
  }

  private stopEarly(): number {
    this.fail('No empty line ends the header section; the message was cut short.');
    return this.text.length;
  }

  /** Index of the CRLF that ends the line at `start`; -1 when there is none. */
  private lineEnd(start: number): number {
    const feed = this.text.indexOf('\n', start);
    if (feed < 0) return -1;
    if (feed === start || this.text.charCodeAt(feed - 1) !== CR) {
      this.fail('A line must end with CR and LF; an LF stands alone.');
      return -1;
    }
    return feed - 1;
  }

  private readHeader(start: number, firstEnd: number, after: number): void {
    const text = this.text;
    const end = after - 2;
    if (end - start > this.maxHeaderLength) {
      this.fail(`A header line is longer than ${this.maxHeaderLength} characters.`, { status: 513 });
      return;
    }
    const colon = text.indexOf(':', start);
    const nameEnd = colon < 0 || colon > firstEnd ? start : skipSpaceBack(text, start, colon);
    const name = text.slice(start, nameEnd);
    const key = headerKey(name);
    if (!isToken(name)) {
      this.fail(
        `"${text.slice(start, Math.min(firstEnd, start + 40))}" is no header line; it must begin with a name and a colon.`,
      );
      return;
    }
    const folded = firstEnd !== end;
    let valueStart = skipSpace(text, colon + 1, end);
    let valueEnd = skipSpaceBack(text, valueStart, end);
    let value = text.slice(valueStart, valueEnd);
    if (value.includes('\r')) {
      value = this.unfold(value, folded);
      valueStart = valueEnd = -1;
    }
    const asWeWrite = nameEnd === colon && valueStart === colon + 2 && valueEnd === end;
    this.headers.fields.push(new HeaderField(key, name, value, asWeWrite ? text : undefined, start, after));
  }

  /** A folded line reads as if one space stood at each fold (RFC 3261 §7.3.1). */
  private unfold(value: string, folded: boolean): string {
    const unfolded = folded ? value.replace(/[ \t]*\r\n[ \t]+/g, ' ') : value;
    if (unfolded.includes('\r')) this.fail('A line must end with CR and LF; a CR stands alone.');
    return unfolded.replace(/^[ \t]+|[ \t]+$/g, '');
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function finish(head: HeadParser, bytes: Uint8Array, bodyStart: number, stream: boolean): SipRequest | SipResponse {
  const line = head.text.slice(0, head.startLineEnd);
  const isResponse = line.startsWith('SIP/') || /^sip\//i.test(line);
  const message = isResponse ? readStatusLine(line, head) : readRequestLine(line, head);
  message.body = readBody(head, bytes, Math.min(bodyStart, bytes.length), stream);
  if (head.fault === undefined) return message;
  const { message: sentence, ...options } = head.fault;
  throw new SipSyntaxError(
    sentence,
    message instanceof SipRequest ? { ...options, request: message, answerable: isAnswerable(message) } : options,
  );
}

function readRequestLine(line: string, head: HeadParser): SipRequest {
  const trimmed = line.slice(0, skipSpaceBack(line, 0, line.length));
  const methodEnd = trimmed.indexOf(' ');
  const versionStart = trimmed.lastIndexOf(' ') + 1;
  const method = trimmed.slice(0, Math.max(methodEnd, 0));
  const version = trimmed.slice(versionStart);
  if (methodEnd <= 0 || !isToken(method) || !/^sip\/[0-9]+\.[0-9]+$/i.test(version)) {
    const { message, ...options } = head.fault ?? {
      message: 'This is no SIP message; it must begin with "METHOD URI SIP/2.0" or "SIP/2.0 status reason".',
    };
    throw new SipSyntaxError(message, options);
  }
  const uriText = trimmed.slice(methodEnd + 1, versionStart - 1);
  if (uriText.length > head.maxHeaderLength) {
    head.fail(`The Request-URI is longer than ${head.maxHeaderLength} characters.`, { status: 414 });
  } else if (trimmed.length < line.length || uriText === '' || uriText.includes(' ') || uriText.includes('\t')) {
    head.fail('The request line must be method, URI and version with one space between them and none after.');
  }
  return new SipRequest(method, uriText, version.slice(4), head.headers);
}

function readStatusLine(line: string, head: HeadParser): SipResponse {
  const match = /^sip\/([0-9]+\.[0-9]+) ([1-6][0-9][0-9])(?: ([^\r\n]*))?$/i.exec(line);
  if (match === null)
    throw new SipSyntaxError('The status line must read "SIP/2.0", a status from 100 to 699 and a reason.');
  if (match[1] !== '2.0') head.fail(`The version SIP/${match[1]} is not known; only SIP/2.0 is.`, { status: 505 });
  return new SipResponse(Number(match[2]), match[3] ?? '', head.headers);
}

/** Length of the body (RFC 3261 §18.3, §20.14). */
function readBody(head: HeadParser, bytes: Uint8Array, start: number, stream: boolean): Uint8Array {
  const available = bytes.length - start;
  const first = head.headers.field('content-length');
  if (first === undefined) {
    if (stream) head.fail('A message on a stream must have a Content-Length.', { header: 'Content-Length' });
    return bytes.subarray(start);
  }
  const length = parseDigits(first.value);
  for (const field of head.headers.fields) {
    if (field.key === 'content-length' && field !== first) {
      head.fail('Content-Length stands twice; it may stand once.', { header: 'Content-Length' });
    }
  }
  if (length < 0) {
    head.fail(`"${first.value}" is no Content-Length; it must be a number of bytes.`, { header: 'Content-Length' });
    return bytes.subarray(start, start);
  }
  if (length > available || (stream && length < available)) {
    head.fail(`Content-Length says ${length} bytes, but ${available} follow.`, { header: 'Content-Length' });
  }
  return bytes.subarray(start, start + Math.min(length, available));
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
