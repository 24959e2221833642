import { trimSpace } from '../message/characters';
import { Headers } from '../message/headers';
import { splitList } from '../message/quoting';
import { SipInjectionError, SipSyntaxError } from '../platform/errors';

/** What has header fields: a message, or the fields themselves. */
export type HeaderHolder = Headers | { readonly headers: Headers };

/** How the value of a header field is read and written. Both may throw {@link SipSyntaxError}. */
export interface HeaderGrammar<Value> {
  /** Reads a value, or one item of a list; the text is trimmed and unfolded. */
  parse(text: string): Value;
  /** Writes what `parse` reads. */
  format(value: Value): string;
}

/** What all header codecs have in common: a name, where it is defined, and how it is written into a message. */
abstract class HeaderCodec<Value> {
  /**
   * @param name Name of the header field, as it is written.
   * @param reference RFC and section that define it.
   */
  constructor(
    readonly name: string,
    readonly reference: string,
  ) {}

  /**
   * Reads the value of one line.
   *
   * @throws {@link SipSyntaxError} with the name of the header field, when it is malformed.
   */
  abstract parse(text: string): Value;

  /**
   * Writes a value as it stands after the colon.
   *
   * @throws {@link SipSyntaxError} when the value has no written form, such as a token with spaces.
   * @throws {@link SipInjectionError} when it holds CR, LF or NUL.
   */
  abstract format(value: Value): string;

  /**
   * Name and written value, for the `headers` of a request or response to be made.
   *
   * @throws {@link SipSyntaxError}, {@link SipInjectionError} as `format` does.
   */
  field(value: Value): [name: string, value: string] {
    return [this.name, this.format(value)];
  }

  /** Whether the message has such a header field. */
  in(holder: HeaderHolder): boolean {
    return headersOf(holder).has(this.name);
  }

  /**
   * Replaces all lines of this header field by one, in the place of the first.
   *
   * @throws {@link SipSyntaxError}, {@link SipInjectionError} as `format` does.
   */
  write(holder: HeaderHolder, value: Value): void {
    headersOf(holder).set(this.name, this.format(value));
  }

  /**
   * Takes the header field out.
   *
   * @returns Whether it was there.
   */
  remove(holder: HeaderHolder): boolean {
    return headersOf(holder).delete(this.name);
  }

  /** @internal */
  protected guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SipSyntaxError) || error.header === this.name) throw error;
      throw new SipSyntaxError(`${this.name}: ${error.message}`, { header: this.name, cause: error });
    }
  }

  /** @internal */
  protected checked(text: string): string {
    if (!/[\r\n\0]/.test(text)) return text;
    throw new SipInjectionError(
      `The value for ${this.name} holds CR, LF or NUL; take them out before you write the header.`,
    );
  }
}

/**
 * Reads and writes a header field that stands once in a message.
 *
 * ```ts
 * const expires = Header.SessionExpires.read(response);            // { seconds: 1800, refresher: 'uac' } or undefined
 * Header.SessionExpires.write(request, { seconds: 1800 });
 * ```
 */
export class SingleHeader<Value> extends HeaderCodec<Value> {
  readonly #grammar: HeaderGrammar<Value>;

  constructor(name: string, reference: string, grammar: HeaderGrammar<Value>) {
    super(name, reference);
    this.#grammar = grammar;
  }

  /** Reads the text of a value. @throws SipSyntaxError when it does not follow the grammar */
  parse(text: string): Value {
    return this.guard(() => this.#grammar.parse(trimSpace(text)));
  }

  /**
   * Writes a value.
   *
   * @throws SipSyntaxError when it does not fit the grammar, SipInjectionError when it would break out of its line
   */
  format(value: Value): string {
    return this.checked(this.guard(() => this.#grammar.format(value)));
  }

  /**
   * The value in a message; that of the first line, should there be several. `undefined` when there is none.
   *
   * @throws {@link SipSyntaxError} with the name of the header field, when it is malformed.
   */
  read(holder: HeaderHolder): Value | undefined {
    const text = headersOf(holder).get(this.name);
    return text === undefined ? undefined : this.parse(text);
  }
}

/**
 * Where the items of a {@link ListHeader} stand: between commas outside quotes and brackets; between any commas, as quotes and
 * brackets are characters of a `word` (RFC 3261 §25.1) like others; or each in a line of its own.
 */
export type ListForm = 'commas' | 'words' | 'lines';

/**
 * Reads and writes a header field that may hold several values, in one line or several.
 *
 * ```ts
 * for (const { protocol, cause, text } of Header.Reason.read(bye)) { … }
 * Header.Reason.append(bye, { protocol: 'Q.850', cause: 16 });
 * ```
 */
export class ListHeader<Item> extends HeaderCodec<readonly Item[]> {
  readonly #grammar: HeaderGrammar<Item>;
  readonly #form: ListForm;

  constructor(name: string, reference: string, grammar: HeaderGrammar<Item>, form: ListForm = 'commas') {
    super(name, reference);
    this.#grammar = grammar;
    this.#form = form;
  }

  /** Reads the values of a line. @throws SipSyntaxError when one does not follow the grammar */
  parse(text: string): Item[] {
    return this.guard(() =>
      this.#split(text)
        .filter((item) => item !== '')
        .map((item) => this.#grammar.parse(item)),
    );
  }

  /**
   * Writes values as one line.
   *
   * @throws SipSyntaxError when one does not fit the grammar, or a line holds one only; SipInjectionError when one would break out of it
   */
  format(items: readonly Item[]): string {
    if (this.#form === 'lines' && items.length > 1) {
      throw new SipSyntaxError(`A line of ${this.name} holds one value; write each by itself with append().`, {
        header: this.name,
      });
    }
    return this.checked(this.guard(() => items.map((item) => this.#item(item)).join(', ')));
  }

  /**
   * All values in a message, in order; none when the header field is absent.
   *
   * @throws {@link SipSyntaxError} with the name of the header field, when one is malformed.
   */
  read(holder: HeaderHolder): Item[] {
    const headers = headersOf(holder);
    if (!headers.has(this.name)) return [];
    return linesOf(headers, this.name).flatMap((line) => this.parse(line));
  }

  /** Replaces all values by these; an empty list takes the header field out. */
  override write(holder: HeaderHolder, items: readonly Item[]): void {
    const headers = headersOf(holder);
    if (items.length === 0) headers.delete(this.name);
    else if (this.#form !== 'lines') headers.set(this.name, this.format(items));
    else {
      const lines = items.map((item) => this.format([item]));
      headers.set(this.name, lines[0]!);
      for (const line of lines.slice(1)) headers.append(this.name, line);
    }
  }

  #item(item: Item): string {
    const text = this.#grammar.format(item);
    if (text === '') throw new SipSyntaxError('A value of the list is empty; leave it out.');
    return text;
  }

  #split(text: string): string[] {
    if (this.#form === 'commas') return splitList(text);
    return this.#form === 'words' ? text.split(',').map(trimSpace) : [trimSpace(text)];
  }

  /**
   * Adds a value after all others, in a line of its own.
   *
   * @throws {@link SipSyntaxError}, {@link SipInjectionError} as `format` does.
   */
  append(holder: HeaderHolder, item: Item): void {
    headersOf(holder).append(this.name, this.format([item]));
  }

  /**
   * Adds a value before all others, in a line of its own.
   *
   * @throws {@link SipSyntaxError}, {@link SipInjectionError} as `format` does.
   */
  prepend(holder: HeaderHolder, item: Item): void {
    headersOf(holder).prepend(this.name, this.format([item]));
  }
}

/** A codec of any header field. */
// biome-ignore lint/suspicious/noExplicitAny: a value is both taken and given, so no other type fits all codecs.
export type AnyHeader = SingleHeader<any> | ListHeader<any>;

function headersOf(holder: HeaderHolder): Headers {
  return holder instanceof Headers ? holder : holder.headers;
}

/** Values of the lines of that name, each whole. */
function linesOf(headers: Headers, name: string): string[] {
  const own = new Headers().copyFrom(headers, name);
  return [...own].map(([, value]) => value);
}
