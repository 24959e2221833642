/** Bytes to text and back: by the fast slices of Node.js buffers where they exist, by the Encoding API elsewhere. */

interface BufferMethods {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number): number;
}

interface BufferConstructor {
  prototype: BufferMethods;
  byteLength(text: string): number;
}

const buffers = findBuffers();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Copies of `Buffer` for browsers lack the slices; those fall back. */
function findBuffers(): BufferConstructor | undefined {
  const found = (globalThis as { Buffer?: BufferConstructor }).Buffer;
  const methods: Partial<BufferMethods> | undefined = found?.prototype;
  const complete =
    typeof methods?.latin1Slice === 'function' &&
    typeof methods.utf8Slice === 'function' &&
    typeof methods.utf8Write === 'function';
  return complete ? found : undefined;
}

/** Reads UTF-8; octets that are none become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (buffers !== undefined) return buffers.prototype.utf8Slice.call(bytes, start, end);
  return decoder.decode(bytes.subarray(start, end));
}

/** Writes UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  if (text.length > SHORT) return encodeWithBody(text, NO_BYTES);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return encodeWithBody(text, NO_BYTES);
    bytes[index] = code;
  }
  return bytes;
}

/** A call out of JavaScript costs more than a loop over a short text. */
const SHORT = 128;
const NO_BYTES = new Uint8Array(0);

/** Text as UTF-8 followed by bytes, in one allocation. */
export function encodeWithBody(head: string, body: Uint8Array): Uint8Array {
  if (buffers === undefined) {
    const encoded = encoder.encode(head);
    if (body.length === 0) return encoded;
    const joined = new Uint8Array(encoded.length + body.length);
    joined.set(encoded);
    joined.set(body, encoded.length);
    return joined;
  }
  const length = buffers.byteLength(head);
  const bytes = new Uint8Array(length + body.length);
  buffers.prototype.utf8Write.call(bytes, head, 0);
  if (body.length > 0) bytes.set(body, length);
  return bytes;
}

/** Text of `bytes` when all of it is ASCII, so that indices in both agree; `undefined` when it is not, or not worth the try. */
export function decodeAscii(bytes: Uint8Array): string | undefined {
  if (buffers === undefined || bytes.length > LARGEST_ASCII) return undefined;
  const text = buffers.prototype.latin1Slice.call(bytes, 0, bytes.length);
  return buffers.byteLength(text) === text.length ? text : undefined;
}

/** A longer message would be kept alive as a whole by each of its header values. */
const LARGEST_ASCII = 8192;
