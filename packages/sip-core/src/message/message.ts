import { SipSyntaxError } from '../platform/errors';
import { isToken, parseDigits } from './characters';
import { Role } from './header-names';
import { type HeaderField, Headers, type HeadersInit } from './headers';
import { NameAddr, readNameAddr, readNameAddrs } from './name-addr';
import type { Scanner } from './scanner';
import { decodeUtf8, encodeUtf8 } from './text';
import type { Uri } from './uri';
import { readVias as readViaList, type Via } from './via';

/** Sequence number and method of a CSeq header field (RFC 3261 §20.16). */
export interface CSeq {
  /** Below 2^31. */
  readonly sequence: number;
  readonly method: string;
}

const NO_BODY = new Uint8Array(0);
const LARGEST_EXPIRES = 0xffffffff;

/**
 * What requests and responses have in common. Typed fields (`from`, `via`, `contacts`…) read their header field when they
 * are first asked for and keep the result until the header changes. What they return belongs to the message: to change it,
 * `clone()` it, change the copy, and assign that to the field or write it with `headers.set`.
 */
export abstract class SipMessage {
  /** Header fields in order. `Content-Length` among them is what was received; when the message is sent it is computed. */
  headers: Headers;
  private content: Uint8Array | undefined;
  private received: Uint8Array | undefined = undefined;
  private bodyStart = 0;
  private bodyEnd = 0;

  /** @internal */
  constructor(headers: Headers, body?: Uint8Array) {
    this.headers = headers;
    this.content = body;
  }

  /** Body, empty when there is none. Of a parsed message it is a view on the bytes that were parsed. */
  get body(): Uint8Array {
    return (this.content ??= this.received?.subarray(this.bodyStart, this.bodyEnd) ?? NO_BODY);
  }

  set body(body: Uint8Array) {
    this.content = body;
  }

  /** @internal The body lies in received bytes; the view on it is made when it is asked for. */
  receiveBody(bytes: Uint8Array, start: number, end: number): void {
    this.received = bytes;
    this.bodyStart = start;
    this.bodyEnd = end;
  }

  /** @internal Lets go of what was read from the bytes; it is read again when somebody asks. */
  settle(): void {
    this.headers.settle();
    if (this.received !== undefined && this.content?.buffer === this.received.buffer) this.content = undefined;
  }

  /**
   * Top Via (RFC 3261 §20.42). Assigning replaces the top value only.
   *
   * @throws {@link SipSyntaxError} when it is missing or malformed.
   */
  get via(): Via {
    return this.must(Role.via, readVias)[0]!;
  }

  set via(via: Via) {
    this.headers.removeFirst('via');
    this.headers.prepend('Via', via);
  }

  /**
   * All Via values, top first.
   *
   * @throws {@link SipSyntaxError} when one is malformed.
   */
  get vias(): Via[] {
    return this.list(Role.via, readVias);
  }

  /**
   * From (RFC 3261 §20.20).
   *
   * @throws {@link SipSyntaxError} when it is missing or malformed.
   */
  get from(): NameAddr {
    return this.must(Role.from, readAddress);
  }

  set from(from: NameAddr) {
    this.headers.set('From', from);
  }

  /**
   * To (RFC 3261 §20.39).
   *
   * @throws {@link SipSyntaxError} when it is missing or malformed.
   */
  get to(): NameAddr {
    return this.must(Role.to, readAddress);
  }

  set to(to: NameAddr) {
    this.headers.set('To', to);
  }

  /**
   * Call-ID (RFC 3261 §20.8), compared with case.
   *
   * @throws {@link SipSyntaxError} when it is missing or malformed.
   */
  get callId(): string {
    return this.must(Role.callId, readCallId);
  }

  set callId(callId: string) {
    this.headers.set('Call-ID', callId);
  }

  /**
   * CSeq (RFC 3261 §20.16).
   *
   * @throws {@link SipSyntaxError} when it is missing or malformed.
   */
  get cseq(): CSeq {
    return this.must(Role.cseq, readCSeq);
  }

  set cseq(cseq: CSeq) {
    this.headers.set('CSeq', `${cseq.sequence} ${cseq.method}`);
  }

  /**
   * Contact addresses in order; `'*'` in a REGISTER that removes all bindings (RFC 3261 §10.2.2).
   *
   * @throws {@link SipSyntaxError} when one is malformed.
   */
  get contacts(): NameAddr[] | '*' {
    const lines = this.headers.fields.filter((field) => field.id.role === Role.contact);
    if (lines.length === 1 && lines[0]!.value === '*') return '*';
    return this.list(Role.contact, readAddresses);
  }

  /**
   * First Contact address; `undefined` when there is none, or `*`. Assigning replaces all.
   *
   * @throws {@link SipSyntaxError} when it is malformed.
   */
  get contact(): NameAddr | undefined {
    const field = this.headers.ofRole(Role.contact);
    return field === undefined || field.value === '*' ? undefined : read(field, readAddresses)[0];
  }

  set contact(contact: NameAddr | Uri | undefined) {
    if (contact === undefined) this.headers.delete('Contact');
    else this.headers.set('Contact', contact instanceof NameAddr ? contact : new NameAddr(contact));
  }

  /**
   * Route values, the next hop first (RFC 3261 §20.34).
   *
   * @throws {@link SipSyntaxError} when one is malformed.
   */
  get routes(): NameAddr[] {
    return this.list(Role.route, readAddresses);
  }

  /**
   * Record-Route values in order (RFC 3261 §20.30).
   *
   * @throws {@link SipSyntaxError} when one is malformed.
   */
  get recordRoutes(): NameAddr[] {
    return this.list(Role.recordRoute, readAddresses);
  }

  /**
   * Max-Forwards (RFC 3261 §20.22), `undefined` when absent.
   *
   * @throws {@link SipSyntaxError} when it is no number.
   */
  get maxForwards(): number | undefined {
    return this.may(Role.maxForwards, readMaxForwards);
  }

  set maxForwards(hops: number | undefined) {
    this.setNumber('Max-Forwards', hops);
  }

  /** Expires in seconds (RFC 3261 §20.19), at most 2^32-1; `undefined` when absent or no number. */
  get expires(): number | undefined {
    const seconds = parseDigits(this.headers.field('expires')?.value ?? '');
    return seconds < 0 ? undefined : Math.min(seconds, LARGEST_EXPIRES);
  }

  set expires(seconds: number | undefined) {
    this.setNumber('Expires', seconds);
  }

  /** Content-Type with its parameters, as written (RFC 3261 §20.15). */
  get contentType(): string | undefined {
    return this.headers.ofRole(Role.contentType)?.value;
  }

  /** Content-Length as received (RFC 3261 §20.14); `undefined` when absent or no number. The body's length is `body.length`. */
  get contentLength(): number | undefined {
    const length = parseDigits(this.headers.ofRole(Role.contentLength)?.value ?? '');
    return length < 0 ? undefined : length;
  }

  /** Option tags of Supported (RFC 3261 §20.37). */
  get supported(): string[] {
    return this.headers.getAll('supported');
  }

  /** Option tags of Require (RFC 3261 §20.32). */
  get require(): string[] {
    return this.headers.getAll('require');
  }

  /** Methods of Allow (RFC 3261 §20.5). */
  get allow(): string[] {
    return this.headers.getAll('allow');
  }

  /** User-Agent (RFC 3261 §20.41). */
  get userAgent(): string | undefined {
    return this.headers.field('user-agent')?.value;
  }

  /** Body as UTF-8 text. */
  get text(): string {
    return decodeUtf8(this.body);
  }

  /**
   * Sets body and Content-Type; both `undefined` takes them away.
   *
   * @throws {@link SipInjectionError} when the type holds CR, LF or NUL.
   */
  setBody(contentType: string | undefined, body: Uint8Array | string = NO_BODY): this {
    if (contentType === undefined) this.headers.delete('Content-Type');
    else this.headers.set('Content-Type', contentType);
    this.body = typeof body === 'string' ? encodeUtf8(body) : body;
    this.headers.delete('Content-Length');
    return this;
  }

  private must<Value>(role: number, parse: Reader<Value>): Value {
    const field = this.headers.ofRole(role);
    if (field !== undefined) return (field.typed ??= parseField(field, parse)) as Value;
    throw new SipSyntaxError(`The ${TITLES[role]} header is missing.`, { header: TITLES[role]! });
  }

  private may<Value>(role: number, parse: Reader<Value>): Value | undefined {
    const field = this.headers.ofRole(role);
    return field === undefined ? undefined : read(field, parse);
  }

  private list<Value>(role: number, parse: Reader<Value[]>): Value[] {
    const values: Value[] = [];
    for (const field of this.headers.fields) if (field.id.role === role) values.push(...read(field, parse));
    return values;
  }

  private setNumber(name: string, value: number | undefined): void {
    if (value === undefined) this.headers.delete(name);
    else this.headers.set(name, value);
  }
}

const TITLES: Readonly<Record<number, string>> = {
  [Role.via]: 'Via',
  [Role.from]: 'From',
  [Role.to]: 'To',
  [Role.callId]: 'Call-ID',
  [Role.cseq]: 'CSeq',
};

/** @internal What is needed to make any message. */
export interface MessageParts {
  headers?: Headers | HeadersInit;
  body?: Uint8Array | string;
}

/** @internal */
export function headersOf(init: Headers | HeadersInit | undefined): Headers {
  return init instanceof Headers ? init : new Headers(init);
}

/** @internal */
export function bodyOf(body: Uint8Array | string | undefined): Uint8Array {
  return typeof body === 'string' ? encodeUtf8(body) : (body ?? NO_BODY);
}

/** @internal Reads the typed value of a field that has one, so that asking for it later does not throw. */
export function checkField(field: HeaderField): void {
  switch (field.id.role) {
    case Role.via:
      read(field, readVias);
      break;
    case Role.from:
    case Role.to:
      read(field, readAddress);
      break;
    case Role.callId:
      read(field, readCallId);
      break;
    case Role.cseq:
      read(field, readCSeq);
      break;
    case Role.maxForwards:
      read(field, readMaxForwards);
      break;
    case Role.contact:
      if (field.value !== '*') read(field, readAddresses);
      break;
    case Role.route:
    case Role.recordRoute:
      read(field, readAddresses);
      break;
  }
}

type Reader<Value> = (scanner: Scanner) => Value;

function read<Value>(field: HeaderField, parse: Reader<Value>): Value {
  return (field.typed ??= parseField(field, parse)) as Value;
}

function parseField<Value>(field: HeaderField, parse: Reader<Value>): Value {
  try {
    return parse(field.scanner());
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    throw new SipSyntaxError(`${field.name}: ${error.message}`, { header: field.name, cause: error });
  }
}

function readAddress(scanner: Scanner): NameAddr {
  const address = readNameAddr(scanner, false);
  address.lock();
  return address;
}

function readAddresses(scanner: Scanner): NameAddr[] {
  const addresses = readNameAddrs(scanner);
  for (const address of addresses) address.lock();
  return addresses;
}

function readVias(scanner: Scanner): Via[] {
  const vias = readViaList(scanner);
  for (const via of vias) via.lock();
  return vias;
}

function readCallId(scanner: Scanner): string {
  const { source, bytes, start, end } = scanner;
  for (let index = start; index < end; index++) {
    if (bytes[index]! <= 32) throw new SipSyntaxError('A Call-ID is one word without spaces.');
  }
  if (start === end) throw new SipSyntaxError('A Call-ID may not be empty.');
  return source.slice(start, end);
}

const SEQUENCE_LIMIT = 2 ** 31;

function readCSeq(scanner: Scanner): CSeq {
  const sequence = scanner.readDigits();
  const gap = scanner.index;
  scanner.skipSpace();
  const methodStart = scanner.index;
  scanner.index = scanner.end;
  const method = scanner.since(methodStart);
  if (sequence < 0 || methodStart === gap || !isToken(method)) {
    throw new SipSyntaxError(`"${scanner.excerpt()}" is no CSeq; it must be a number, a space and a method.`);
  }
  if (sequence >= SEQUENCE_LIMIT) {
    throw new SipSyntaxError(`The sequence number in "${scanner.excerpt()}" must be below 2147483648.`);
  }
  return { sequence, method };
}

/** Out of range counts as the largest, as RFC 4475 §3.1.2.4 allows. */
function readMaxForwards(scanner: Scanner): number {
  const hops = parseDigits(scanner.source.slice(scanner.start, scanner.end));
  if (hops < 0)
    throw new SipSyntaxError(`"${scanner.excerpt()}" is no number of hops; it must be a number from 0 to 255.`);
  return Math.min(hops, 255);
}
