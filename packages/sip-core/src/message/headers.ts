import { SipInjectionError } from '../platform/errors';
import { isToken, trimSpace } from './characters';
import { type HeaderName, headerKey, headerName, isListHeader } from './header-names';
import type { NameAddr } from './name-addr';
import { splitList } from './quoting';
import { indexWithin, Scanner, type Source } from './scanner';
import type { Uri } from './uri';
import type { Via } from './via';

/** What may be given as a header value: a text, or an object that writes itself as one. */
export type HeaderValue = string | number | NameAddr | Via | Uri;

/** Header fields given to a constructor: pairs, which may repeat a name, or a record. */
export type HeadersInit = Iterable<readonly [name: string, value: HeaderValue]> | Readonly<Record<string, HeaderValue>>;

/** @internal One header field. It never changes, so messages share it; what its value means is parsed once, into `typed`. */
export class HeaderField {
  typed: unknown = undefined;

  constructor(
    readonly id: HeaderName,
    /** Value, trimmed and unfolded, once somebody asked for it. */
    private text: string | undefined,
    /** Message that holds the value from `start` to `end`, when one does. */
    readonly source: Source | undefined,
    readonly start: number,
    readonly end: number,
    /** Where the line begins in `source`, when it stands there as it would be written anew; else -1. It ends with CRLF after `end`. */
    readonly lineStart: number,
  ) {}

  /** A field that no parsed message holds. */
  static of(name: string, value: string): HeaderField {
    return new HeaderField(headerName(name), value, undefined, 0, 0, -1);
  }

  /** Name as spelled. */
  get name(): string {
    return this.id.name;
  }

  /** Name to compare by. */
  get key(): string {
    return this.id.key;
  }

  get value(): string {
    return (this.text ??= this.source!.slice(this.start, this.end));
  }

  /** Lets go of what was read from the bytes of a message. */
  settle(): void {
    this.typed = undefined;
    if (this.source === undefined) return;
    this.text = undefined;
    this.source.settle();
  }

  scanner(): Scanner {
    return this.source === undefined ? Scanner.of(this.value) : new Scanner(this.source, this.start, this.end);
  }
}

/**
 * Header fields in order, names spelled as they came. Names are found without case and in compact form: `get('v')` and
 * `get('Via')` are the same (RFC 3261 §7.3). No method lets a name or value break out of its line.
 */
export class Headers implements Iterable<[name: string, value: string]> {
  private lines: HeaderField[] = [];
  /** Lines after those, as they stand in the bytes of a message, once they have been let go of. */
  private rest: UnreadLines | undefined = undefined;

  /** @throws {@link SipInjectionError} */
  constructor(init?: HeadersInit) {
    if (init === undefined) return;
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  /** @internal */
  get fields(): HeaderField[] {
    if (this.rest !== undefined) this.readRest();
    return this.lines;
  }

  /** @internal Lets go of what can be read again from the bytes of a message: lines at the end that still stand there in that order. */
  settle(): void {
    if (this.rest !== undefined) return;
    const fields = this.lines;
    const last = fields.at(-1);
    for (const field of fields) field.settle();
    if (last?.source === undefined || last.lineStart < 0) return;
    let first = fields.length - 1;
    while (first > 0 && precedes(fields[first - 1]!, fields[first]!)) first--;
    this.rest = { source: last.source, start: fields[first]!.lineStart, end: last.end };
    this.lines = fields.slice(0, first);
  }

  private readRest(): void {
    const { source, start, end } = this.rest!;
    this.rest = undefined;
    for (let line = start; line < end; ) {
      const lineEnd = source.nextReturn(line);
      const colon = indexWithin(source.bytes, COLON, line, lineEnd);
      const name = headerName(source.slice(line, colon));
      this.lines.push(new HeaderField(name, undefined, source, colon + 2, lineEnd, line));
      line = lineEnd + 2;
    }
  }

  /** Number of header lines. */
  get size(): number {
    return this.fields.length;
  }

  /** Value of the first line of that name, unfolded and trimmed. */
  get(name: string): string | undefined {
    return this.field(headerKey(name))?.value;
  }

  /**
   * Every value of that name. Where the grammar of the header is a comma list, lines are split and empty items dropped;
   * values of other and unknown headers stay whole.
   *
   * @throws {@link SipSyntaxError} when a quoted string in a list never closes.
   */
  getAll(name: string): string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const field of this.fields) {
      if (field.key !== key) continue;
      if (isListHeader(key)) values.push(...splitList(field.value).filter((item) => item !== ''));
      else values.push(field.value);
    }
    return values;
  }

  /** Whether a line of that name is there. */
  has(name: string): boolean {
    return this.field(headerKey(name)) !== undefined;
  }

  /**
   * Replaces all lines of that name by one, in the place and spelling of the first; appends it when there is none.
   *
   * @throws {@link SipInjectionError} when the name is no token or the value holds CR, LF or NUL.
   */
  set(name: string, value: HeaderValue): this {
    const field = makeField(name, value);
    const index = this.fields.findIndex((each) => each.key === field.key);
    if (index < 0) {
      this.fields.push(field);
      return this;
    }
    this.fields[index] = makeField(this.fields[index]!.name, value);
    for (let other = this.fields.length - 1; other > index; other--) {
      if (this.fields[other]!.key === field.key) this.fields.splice(other, 1);
    }
    return this;
  }

  /**
   * Adds a line at the end.
   *
   * @throws {@link SipInjectionError} when the name is no token or the value holds CR, LF or NUL.
   */
  append(name: string, value: HeaderValue): this {
    this.fields.push(makeField(name, value));
    return this;
  }

  /**
   * Adds a line before the first of that name, or before all others when there is none.
   *
   * @throws {@link SipInjectionError} when the name is no token or the value holds CR, LF or NUL.
   */
  prepend(name: string, value: HeaderValue): this {
    const field = makeField(name, value);
    const index = this.fields.findIndex((each) => each.key === field.key);
    this.fields.splice(Math.max(index, 0), 0, field);
    return this;
  }

  /**
   * Takes the first value of that name out: of a comma list the first item, else the first line.
   *
   * @returns The value, `undefined` when there was none.
   */
  removeFirst(name: string): string | undefined {
    const key = headerKey(name);
    const index = this.fields.findIndex((each) => each.key === key);
    if (index < 0) return undefined;
    const field = this.fields[index]!;
    const [first, ...rest] = isListHeader(key) ? splitList(field.value) : [field.value];
    if (rest.length === 0) this.fields.splice(index, 1);
    else this.fields[index] = HeaderField.of(field.name, rest.join(', '));
    return first;
  }

  /**
   * Takes all lines of that name out.
   *
   * @returns Whether there was one.
   */
  delete(name: string): boolean {
    const key = headerKey(name);
    let found = false;
    for (let index = this.fields.length - 1; index >= 0; index--) {
      if (this.fields[index]!.key !== key) continue;
      this.fields.splice(index, 1);
      found = true;
    }
    return found;
  }

  /** Lines in order: name as spelled, value unfolded and trimmed. */
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (const field of this.fields) yield [field.name, field.value];
  }

  /** A copy that may be changed on its own. */
  clone(): Headers {
    const copy = new Headers();
    for (const field of this.fields) copy.fields.push(field);
    return copy;
  }

  /** Adds all lines of that name of another message, as they are there. */
  copyFrom(other: Headers, name: string): this {
    const key = headerKey(name);
    for (const field of other.fields) if (field.key === key) this.fields.push(field);
    return this;
  }

  /** @internal First field that has one of the bits of {@link Role}. */
  ofRole(role: number): HeaderField | undefined {
    const { fields } = this;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index]!;
      if ((field.id.role & role) !== 0) return field;
    }
    return undefined;
  }

  /** @internal First field of a key. */
  field(key: string): HeaderField | undefined {
    for (const field of this.fields) if (field.key === key) return field;
    return undefined;
  }
}

/** Lines of a message, none of them folded, each as it would be written anew. */
interface UnreadLines {
  readonly source: Source;
  readonly start: number;
  /** Where the value of the last one ends. */
  readonly end: number;
}

const COLON = 58;

/** Whether two lines of a message still stand one after the other. */
function precedes(line: HeaderField, next: HeaderField): boolean {
  return line.source === next.source && line.lineStart >= 0 && line.end + 2 === next.lineStart;
}

function makeField(name: string, value: HeaderValue): HeaderField {
  const text = trimSpace(String(value));
  if (!isToken(name)) {
    throw new SipInjectionError(
      `"${name}" is no header name; use letters, digits and any of -.!%*_+\`'~ without spaces.`,
    );
  }
  if (/[\r\n\0]/.test(text)) {
    throw new SipInjectionError(`The value of ${name} holds CR, LF or NUL; take them out before you set it.`);
  }
  return HeaderField.of(name, text);
}
