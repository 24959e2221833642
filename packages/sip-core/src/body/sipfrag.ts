import { checkToken, formatUri } from '../headers/grammar';
import { isToken, trimSpace } from '../message/characters';
import { Headers } from '../message/headers';
import { reasonPhrase } from '../message/reason-phrases';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { parseUri, type Uri } from '../message/uri';
import { SipSyntaxError } from '../platform/errors';
import { appendHeaderLine } from './header-line';

/** Media type of a part of a SIP message (RFC 3420 §3). */
export const SIPFRAG = 'message/sipfrag';

/** Part of a SIP message: any of start line, header fields and body (RFC 3420 §2). */
export interface SipFragment {
  /** First line of a response. */
  readonly status?: { readonly status: number; readonly reason: string } | undefined;
  /** First line of a request. */
  readonly request?: { readonly method: string; readonly uri: Uri } | undefined;
  readonly headers: Headers;
  /** What follows an empty line; empty when there is none. */
  readonly body: Uint8Array;
}

const LARGEST = 65_536;
const MOST_LINES = 256;
const NOTHING = new Uint8Array(0);

/**
 * Reads a body of type `message/sipfrag`, such as the `SIP/2.0 100 Trying` of a NOTIFY that tells how a transfer goes
 * (RFC 3420 §2, RFC 3515 §2.4.5). Lines may end with LF alone, and the last need not end.
 *
 * @throws {@link SipSyntaxError} when a line is neither start line nor header field, or there are too many.
 */
export function parseSipFragment(bytes: Uint8Array): SipFragment {
  if (bytes.length > LARGEST) {
    throw new SipSyntaxError(`A message fragment of ${bytes.length} bytes is too large; ${LARGEST} are read at most.`);
  }
  const { lines, body } = splitHead(bytes);
  let status: SipFragment['status'];
  let request: SipFragment['request'];
  const first = lines[0];
  if (first !== undefined && /^SIP\/\d/i.test(first)) {
    status = parseStatusLine(first);
    lines.shift();
  } else if (first !== undefined && /^[^\s:]+[ \t].* SIP\/2\.0$/i.test(first)) {
    request = parseRequestLine(first);
    lines.shift();
  }
  const headers = new Headers();
  for (const line of lines) appendHeaderLine(headers, line, 'fragment');
  return { ...(status && { status }), ...(request && { request }), headers, body };
}

/**
 * Writes a body of type `message/sipfrag` (RFC 3420).
 *
 * @throws {@link SipSyntaxError} when status, method or URI is none.
 */
export function formatSipFragment(fragment: Partial<SipFragment>): Uint8Array {
  const { status, request, headers, body } = fragment;
  let head = '';
  if (status) head += statusLine(status.status, status.reason);
  else if (request) head += `${checkToken(request.method, 'method')} ${formatUri(request.uri)} SIP/2.0\r\n`;
  for (const [name, value] of headers ?? []) head += `${name}: ${value}\r\n`;
  if (!body || body.length === 0) return encodeUtf8(head);
  const start = encodeUtf8(`${head}\r\n`);
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

/**
 * The status line of a response by itself, as a NOTIFY of a REFER carries it (RFC 3515 §2.4.5).
 *
 * @throws {@link SipSyntaxError} when the status is none.
 */
export function statusFragment(status: number, reason = reasonPhrase(status)): Uint8Array {
  return encodeUtf8(statusLine(status, reason));
}

function statusLine(status: number, reason: string): string {
  if (!Number.isInteger(status) || status < 100 || status > 699) {
    throw new SipSyntaxError(`${status} is no status; give a whole number from 100 to 699.`);
  }
  return `SIP/2.0 ${status} ${trimSpace(reason.replace(/[\r\n\0]+/g, ' '))}\r\n`;
}

function splitHead(bytes: Uint8Array): { lines: string[]; body: Uint8Array } {
  const lines: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(10, start);
    const next = feed < 0 ? bytes.length : feed + 1;
    let end = feed < 0 ? bytes.length : feed;
    if (end > start && bytes[end - 1] === 13) end--;
    if (end === start) return { lines, body: bytes.subarray(next) };
    const line = decodeUtf8(bytes, start, end);
    const folded = /^[ \t]/.test(line) && lines.length > 0;
    if (folded) lines.push(`${lines.pop()} ${trimSpace(line)}`);
    else lines.push(line);
    if (lines.length > MOST_LINES) throw new SipSyntaxError(`A message fragment has more than ${MOST_LINES} lines.`);
    start = next;
  }
  return { lines, body: NOTHING };
}

function parseStatusLine(line: string): { status: number; reason: string } {
  const match = /^SIP\/2\.0[ \t]+([1-6]\d\d)(?:[ \t]+(.*))?$/i.exec(line);
  if (match) return { status: Number(match[1]), reason: trimSpace(match[2] ?? '') };
  throw new SipSyntaxError(`"${shorten(line)}" is no status line; write "SIP/2.0", a status and a reason.`);
}

function parseRequestLine(line: string): { method: string; uri: Uri } {
  const [method, uri, version, more] = line.split(' ');
  if (method !== undefined && isToken(method) && uri !== undefined && version !== undefined && more === undefined) {
    return { method, uri: parseUri(uri) };
  }
  throw new SipSyntaxError(`"${shorten(line)}" is no request line; write a method, a URI and "SIP/2.0".`);
}

function shorten(line: string): string {
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
