import { ContentDisposition, ContentType } from '../headers/content';
import { trimSpace } from '../message/characters';
import { Headers, type HeadersInit } from '../message/headers';
import type { SipMessage } from '../message/message';
import { Params } from '../message/params';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { SipSyntaxError } from '../platform/errors';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { appendHeaderLine } from './header-line';

/** One part of a multipart body (RFC 5621 §3, RFC 2046 §5.1). */
export interface BodyPart {
  /** Header fields such as Content-Type, Content-Disposition, Content-ID. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A part to be written. */
export interface BodyPartInit {
  readonly contentType: string;
  readonly body: Uint8Array | string;
  /** `session`, `render`…; see {@link ContentDisposition}. Not written when absent. */
  readonly disposition?: ContentDisposition | undefined;
  /** Content-ID without angle brackets: what a `cid:` URI points to (RFC 2392). */
  readonly contentId?: string | undefined;
  /** Other header fields. */
  readonly headers?: HeadersInit | undefined;
}

/** Limits on what is read. */
export interface MultipartLimits {
  /** Parts at most, those of nested bodies counted too; 32 when absent. */
  readonly parts?: number;
  /** How deep multipart bodies may stand in one another; 4 when absent. */
  readonly depth?: number;
}

const MOST_HEADER_LINES = 32;
const LONGEST_HEADERS = 16_384;
const EMPTY = new Uint8Array(0);

/**
 * Splits a body of type `multipart/…` (RFC 2046 §5.1, RFC 5621). Nested ones stay whole.
 *
 * @param contentType value of Content-Type, which names the boundary
 * @throws {@link SipSyntaxError} when there is no boundary, the first is missing, a header field is malformed, or there are too
 *   many parts. A missing end is forgiven: datagrams lose it.
 */
export function parseMultipart(body: Uint8Array, contentType: string, limits: MultipartLimits = {}): BodyPart[] {
  const { parts: most = 32 } = limits;
  const delimiter = encodeUtf8(`--${boundaryOf(contentType)}`);
  let line = nextDelimiter(body, delimiter, 0);
  if (!line) throw new SipSyntaxError('The body has no boundary line of those that Content-Type names.');
  const parts: BodyPart[] = [];
  while (!line.last) {
    const next = nextDelimiter(body, delimiter, line.after);
    if (parts.length >= most) throw new SipSyntaxError(`The body has more than ${most} parts.`);
    parts.push(readPart(body.subarray(line.after, next ? next.before : body.length)));
    if (!next) break;
    line = next;
  }
  return parts;
}

/**
 * Writes a multipart body.
 *
 * @param subtype `mixed` (default), `alternative` or `related`
 * @returns body, and the Content-Type that goes with it
 * @throws {@link SipSyntaxError}, {@link SipInjectionError} when a header field cannot be written
 */
export function formatMultipart(
  parts: readonly BodyPartInit[],
  subtype = 'mixed',
  random: RandomBytes = systemRandom,
): { contentType: string; body: Uint8Array } {
  if (parts.length === 0) throw new SipSyntaxError('A multipart body has one part at least.');
  const contents = parts.map(({ body }) => (typeof body === 'string' ? encodeUtf8(body) : body));
  const boundary = freshBoundary(contents, random);
  const pieces: Uint8Array[] = [];
  for (const [index, part] of parts.entries()) {
    let head = `${index === 0 ? '' : '\r\n'}--${boundary}\r\n`;
    for (const [name, value] of headersOfPart(part)) head += `${name}: ${value}\r\n`;
    pieces.push(encodeUtf8(`${head}\r\n`), contents[index]!);
  }
  pieces.push(encodeUtf8(`\r\n--${boundary}--\r\n`));
  const mediaType = `multipart/${subtype}`;
  const contentType = ContentType.format({ mediaType, params: new Params({ boundary }) });
  return { contentType, body: concat(pieces) };
}

/**
 * The parts of a message that are no multipart themselves: those of nested multipart bodies in order, or the one body that a
 * message without multipart has. None when there is no body.
 *
 * @throws {@link SipSyntaxError} when a multipart body is malformed, or nested or filled beyond the limits.
 */
export function bodyParts(message: SipMessage, limits: MultipartLimits = {}): BodyPart[] {
  const { parts: most = 32, depth = 4 } = limits;
  if (message.body.length === 0) return [];
  const headers = new Headers();
  for (const name of ['Content-Type', 'Content-Disposition', 'Content-Encoding', 'Content-Language', 'Content-ID']) {
    headers.copyFrom(message.headers, name);
  }
  const found: BodyPart[] = [];
  const open = (part: BodyPart, level: number): void => {
    const type = part.headers.get('Content-Type');
    if (type === undefined || !/^multipart\s{0,8}\//i.test(type)) {
      found.push(part);
      if (found.length > most) throw new SipSyntaxError(`The body has more than ${most} parts.`);
      return;
    }
    if (level >= depth) throw new SipSyntaxError(`Multipart bodies are nested more than ${depth} deep.`);
    for (const inner of parseMultipart(part.body, type, { parts: most })) open(inner, level + 1);
  };
  open({ headers, body: message.body }, 0);
  return found;
}

/**
 * The first body or part of a media type, such as `application/sdp`, wherever it stands in a multipart body (RFC 5621 §3).
 *
 * @throws {@link SipSyntaxError} as {@link bodyParts} does.
 */
export function bodyPart(message: SipMessage, mediaType: string): BodyPart | undefined {
  const wanted = mediaType.toLowerCase();
  const own = message.headers.get('Content-Type');
  if (own === undefined || !/^multipart\s{0,8}\//i.test(own)) {
    if (message.body.length === 0 || mediaTypeOf(own) !== wanted) return undefined;
  }
  return bodyParts(message).find(({ headers }) => mediaTypeOf(headers.get('Content-Type')) === wanted);
}

/**
 * Whether a part may be passed over when it is not understood: its Content-Disposition says `handling=optional`
 * (RFC 3261 §20.11, RFC 5621 §8.2). A disposition that cannot be read makes it required.
 */
export function isOptional(part: BodyPart): boolean {
  try {
    return ContentDisposition.read(part.headers)?.handling === 'optional';
  } catch (error) {
    if (error instanceof SipSyntaxError) return false;
    throw error;
  }
}

function mediaTypeOf(contentType = ''): string {
  return contentType.split(';', 1)[0]!.replace(/[ \t]/g, '').toLowerCase();
}

function boundaryOf(contentType: string): string {
  const boundary = ContentType.parse(contentType).params?.get('boundary');
  if (boundary && boundary.length <= 70 && /^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) return boundary;
  throw new SipSyntaxError('A multipart Content-Type names its boundary: 1 to 70 visible characters.', {
    header: 'Content-Type',
  });
}

interface Delimiter {
  /** Where the part before it ends. */
  readonly before: number;
  /** Where the line after it begins. */
  readonly after: number;
  readonly last: boolean;
}

/** Finds the next boundary line: it begins a line, and has nothing but spaces behind it. */
function nextDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): Delimiter | undefined {
  for (let start = from; start < body.length; ) {
    const feed = body.indexOf(10, start);
    const after = feed < 0 ? body.length : feed + 1;
    const last = startsWith(body, delimiter, start) ? lineEnd(body, start + delimiter.length, after) : undefined;
    if (last !== undefined) {
      let before = Math.max(start - 1, from);
      if (before > from && body[before - 1] === 13) before--;
      return { before: start === from ? from : before, after, last };
    }
    start = after;
  }
  return undefined;
}

function startsWith(body: Uint8Array, delimiter: Uint8Array, start: number): boolean {
  if (start + delimiter.length > body.length) return false;
  for (let index = 0; index < delimiter.length; index++) if (body[start + index] !== delimiter[index]) return false;
  return true;
}

/** What follows a boundary: false for the end of a line, true for the two hyphens that end the body, else undefined. */
function lineEnd(body: Uint8Array, start: number, end: number): boolean | undefined {
  const last = body[start] === 45 && body[start + 1] === 45;
  for (let index = last ? start + 2 : start; index < end; index++) {
    const code = body[index];
    if (code !== 32 && code !== 9 && code !== 13 && code !== 10) return undefined;
  }
  return last;
}

function readPart(bytes: Uint8Array): BodyPart {
  const lines: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(10, start);
    const after = feed < 0 ? bytes.length : feed + 1;
    const end = feed > start && bytes[feed - 1] === 13 ? feed - 1 : feed < 0 ? bytes.length : feed;
    if (end === start) return { headers: readHeaders(lines), body: bytes.subarray(after) };
    if (after > LONGEST_HEADERS || lines.length >= MOST_HEADER_LINES) {
      throw new SipSyntaxError('A part of the body has too many header fields, or no empty line after them.');
    }
    const line = decodeUtf8(bytes, start, end);
    if (/^[ \t]/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${trimSpace(line)}`);
    else lines.push(line);
    start = after;
  }
  return { headers: readHeaders(lines), body: EMPTY };
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) appendHeaderLine(headers, line, 'part');
  return headers;
}

function headersOfPart({ contentType, disposition, contentId, headers }: BodyPartInit): Headers {
  const all = new Headers([['Content-Type', contentType]]);
  if (disposition) ContentDisposition.write(all, disposition);
  if (contentId !== undefined) {
    if (!/^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(contentId)) {
      throw new SipSyntaxError(`"${contentId}" is no Content-ID; write it as name@host, without brackets.`);
    }
    all.append('Content-ID', `<${contentId}>`);
  }
  if (headers) for (const [name, value] of new Headers(headers)) all.append(name, value);
  return all;
}

/** A boundary that stands in no part; by chance one in 2^100 would. */
function freshBoundary(contents: readonly Uint8Array[], random: RandomBytes): string {
  for (;;) {
    const boundary = randomToken(random, 20);
    const delimiter = encodeUtf8(`--${boundary}`);
    if (contents.every((content) => !nextDelimiter(content, delimiter, 0))) return boundary;
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
