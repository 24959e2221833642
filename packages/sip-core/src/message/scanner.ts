import { decodeUtf8, encodeUtf8 } from './text';

/**
 * UTF-8 bytes and the text they stand for. The grammar is read from the bytes, which a compiler turns into plain loads, where
 * characters of a string each cost a look at how the string is stored; only what has a meaning is cut out as a string.
 */
export class Source {
  constructor(
    readonly bytes: Uint8Array,
    /** All of the text, when it is ASCII, so that indices in it and in the bytes agree; else `undefined`. */
    private ascii: string | undefined,
  ) {}

  /** The bytes of a text. */
  static of(text: string): Source {
    const bytes = encodeUtf8(text);
    return new Source(bytes, bytes.length === text.length ? text : undefined);
  }

  /** Lets go of the text: what is asked for from now on is read from the bytes. */
  settle(): void {
    this.ascii = undefined;
  }

  /** Text of the bytes from `start` to `end`. */
  slice(start: number, end: number): string {
    return this.ascii === undefined ? decodeUtf8(this.bytes, start, end) : this.ascii.slice(start, end);
  }

  /** Index of the next CR at or after `start`; -1 when there is none. */
  nextReturn(start: number): number {
    return this.ascii === undefined ? this.bytes.indexOf(13, start) : this.ascii.indexOf('\r', start);
  }

  /** Index of the next LF at or after `start`; -1 when there is none. */
  nextFeed(start: number): number {
    return this.ascii === undefined ? this.bytes.indexOf(10, start) : this.ascii.indexOf('\n', start);
  }

  /** Text for an error message, cut after 80 bytes. */
  excerpt(start: number, end: number): string {
    return excerpt(this.slice(start, Math.min(end, start + 100)));
  }
}

/** A text cut for an error message. */
export function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A place in a part of a {@link Source}. */
export class Scanner {
  readonly bytes: Uint8Array;
  /** Next byte to read. */
  index: number;

  constructor(
    readonly source: Source,
    readonly start: number,
    /** Index after the last byte that may be read. */
    readonly end: number,
  ) {
    this.bytes = source.bytes;
    this.index = start;
  }

  /** Begins at the first byte of a text, and may read all of it. */
  static of(text: string): Scanner {
    const source = Source.of(text);
    return new Scanner(source, 0, source.bytes.length);
  }

  /** Moves over spaces and tabs; gives the byte reached, -1 at the end. */
  skipSpace(): number {
    const { bytes, end } = this;
    let index = this.index;
    let code = -1;
    while (index < end) {
      code = bytes[index]!;
      if (code !== 32 && code !== 9) break;
      index++;
    }
    this.index = index;
    return index < end ? code : -1;
  }

  /** Text from `start` to the place reached. */
  since(start: number): string {
    return this.source.slice(start, this.index);
  }

  /** Reads `1*DIGIT`; -1 when there is none. More than 15 digits count as `Number.MAX_SAFE_INTEGER`. */
  readDigits(): number {
    const { bytes, end } = this;
    const start = this.index;
    let index = start;
    let value = 0;
    for (; index < end; index++) {
      const digit = bytes[index]! - 48;
      if (digit < 0 || digit > 9) break;
      value = index - start < 15 ? value * 10 + digit : Number.MAX_SAFE_INTEGER;
    }
    this.index = index;
    return index === start ? -1 : value;
  }

  /** All of the part, for error messages. */
  excerpt(): string {
    return this.source.excerpt(this.start, this.end);
  }
}

/** Index of a byte between `start` and `end`; -1 when it is not there. */
export function indexWithin(bytes: Uint8Array, code: number, start: number, end: number): number {
  for (let index = start; index < end; index++) if (bytes[index] === code) return index;
  return -1;
}

/** Index of the first byte at or after `start` that is no space or tab. */
export function afterSpace(bytes: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end && (bytes[index] === 32 || bytes[index] === 9)) index++;
  return index;
}

/** Index after the last byte before `end` that is no space or tab. */
export function beforeSpace(bytes: Uint8Array, start: number, end: number): number {
  let index = end;
  while (index > start && (bytes[index - 1] === 32 || bytes[index - 1] === 9)) index--;
  return index;
}

/** Index after the closing quote of the quoted string that begins at `start`; -1 when it never closes. */
export function afterQuoted(bytes: Uint8Array, start: number, end: number): number {
  for (let index = start + 1; index < end; index++) {
    const code = bytes[index];
    if (code === 34) return index + 1;
    if (code === 92) index++;
  }
  return -1;
}
