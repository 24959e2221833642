import { SipTransportError } from '../platform/errors';

/** What a {@link StreamFramer} cuts a stream into. */
export type Frame =
  /** One message: start line, header fields, body. */
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** A double CRLF between messages: the peer asks for a single one (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' }
  /** A single CRLF between messages: the answer to a ping of ours, or nothing (RFC 3261 §7.5). */
  | { readonly kind: 'pong' };

/** Limits of a {@link StreamFramer}. */
export interface StreamFramerOptions {
  /** Most bytes of one message; 65,535 when absent. */
  maxMessageSize?: number;
}

const CR = 13;
const LF = 10;

/**
 * Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3). Pure. A stream that cannot be cut any more cannot
 * be used any more: the error says why, and the connection is to be closed.
 */
export class StreamFramer {
  readonly #limit: number;
  /** What has come and was not given yet: the caller's bytes while they are looked at, else a part of {@link #store}. */
  #buffer: Uint8Array = new Uint8Array(0);
  #store: Uint8Array = new Uint8Array(0);
  /** Bytes of the buffer known to hold no end of a header section. */
  #searched = 0;
  /** Length of the message begun, once its header section is complete. */
  #wanted = 0;
  #failure: SipTransportError | undefined;

  constructor(options: StreamFramerOptions = {}) {
    this.#limit = options.maxMessageSize ?? 65_535;
  }

  /** Whether a message has begun and is not complete. */
  get partial(): boolean {
    return this.#buffer.length > 0;
  }

  /**
   * Takes the next bytes of the stream and gives what is complete. Iterate to the end: what is complete comes before the error
   * about what follows it, however the bytes were divided.
   *
   * @throws SipTransportError `ERR_SIP_FRAMING` when Content-Length is missing, wrong or contradicts itself, or a message is
   *   longer than the limit
   */
  *push(bytes: Uint8Array): Generator<Frame, void, undefined> {
    if (this.#buffer.length === 0) this.#buffer = bytes;
    else this.#append(bytes);
    for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
    // What is kept must not pin, or change with, the socket's buffer.
    if (this.#buffer.length > 0 && this.#buffer.buffer === bytes.buffer) this.#keep(this.#buffer.length);
  }

  /** Adds to what is kept: a message in many small pieces is not copied anew with each. */
  #append(bytes: Uint8Array): void {
    const length = this.#buffer.length + bytes.length;
    if (this.#buffer.byteOffset + length > this.#store.length) this.#keep(2 * length);
    const start = this.#buffer.byteOffset;
    this.#store.set(bytes, start + this.#buffer.length);
    this.#buffer = this.#store.subarray(start, start + length);
  }

  /** Moves what is kept into memory of its own, with room for so many bytes. */
  #keep(room: number): void {
    const store = new Uint8Array(Math.max(room, 512));
    store.set(this.#buffer);
    this.#store = store;
    this.#buffer = store.subarray(0, this.#buffer.length);
  }

  #next(): Frame | undefined {
    if (this.#failure) throw this.#failure;
    const buffer = this.#buffer;
    if (buffer.length === 0) return undefined;
    if (this.#wanted === 0) {
      if (buffer[0] === CR || buffer[0] === LF) return this.#keepAlive();
      const end = headEnd(buffer, this.#searched);
      if (end < 0) {
        if (buffer.length > this.#limit) throw framing(`its header section is longer than ${this.#limit} bytes`);
        this.#searched = Math.max(0, buffer.length - 3);
        return undefined;
      }
      this.#wanted = end + contentLength(buffer, end);
      if (this.#wanted > this.#limit) return this.#tooLong(end);
    }
    if (buffer.length < this.#wanted) return undefined;
    // Copied this way, as the slice() of a Node.js Buffer shares its memory.
    const message = new Uint8Array(buffer.subarray(0, this.#wanted));
    this.#advance(this.#wanted);
    return { kind: 'message', bytes: message };
  }

  /** Gives the header section alone, so that a request can be refused with 413; nothing can be read after it. */
  #tooLong(end: number): Frame {
    if (end > this.#limit) throw framing(`its header section is longer than ${this.#limit} bytes`);
    this.#failure = framing(`a message has ${this.#wanted} bytes; at most ${this.#limit} are taken`);
    return { kind: 'message', bytes: new Uint8Array(this.#buffer.subarray(0, end)) };
  }

  #keepAlive(): Frame | undefined {
    const buffer = this.#buffer;
    if (buffer[0] === LF) {
      this.#advance(1);
      return { kind: 'pong' };
    }
    if (buffer.length === 1) return undefined;
    if (buffer[1] !== LF) throw framing('it begins with a lone CR');
    if (buffer[2] === CR && buffer[3] === LF) {
      this.#advance(4);
      return { kind: 'ping' };
    }
    // The second half of a ping may be on its way.
    if (buffer.length === 3 && buffer[2] === CR) return undefined;
    this.#advance(2);
    return { kind: 'pong' };
  }

  #advance(length: number): void {
    this.#buffer = this.#buffer.subarray(length);
    this.#searched = 0;
    this.#wanted = 0;
  }
}

const framing = (what: string) =>
  new SipTransportError(`The stream cannot be cut into messages: ${what}.`, { code: 'ERR_SIP_FRAMING' });

/** Index after the empty line, or -1. */
function headEnd(buffer: Uint8Array, from: number): number {
  for (let at = buffer.indexOf(LF, from); at >= 0; at = buffer.indexOf(LF, at + 1)) {
    if (buffer[at + 1] === LF) return at + 2;
    if (buffer[at + 1] === CR && buffer[at + 2] === LF) return at + 3;
  }
  return -1;
}

const lengthLine = /^(?:content-length|l)[ \t]*:(.*)$/gim;
/** RFC 3261 §7.3.1: a line that begins with white space continues the one before. */
const folding = /\r?\n[ \t]+/g;

function contentLength(buffer: Uint8Array, end: number): number {
  const head = latin1.decode(buffer.subarray(0, end)).replace(folding, ' ');
  let found: number | undefined;
  for (const match of head.matchAll(lengthLine)) {
    const text = match[1]!.trim();
    if (!/^\d{1,10}$/.test(text)) throw framing(`"${text.slice(0, 40)}" is no Content-Length`);
    if (found !== undefined && found !== Number(text)) throw framing('it has two different Content-Lengths');
    found = Number(text);
  }
  if (found === undefined) throw framing('it has no Content-Length');
  return found;
}

const latin1 = new TextDecoder('latin1');
