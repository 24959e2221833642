import { SipInjectionError } from '../platform/errors';
import { isToken } from './characters';
import type { Headers, HeadersInit } from './headers';
import { bodyOf, headersOf, SipMessage } from './message';
import { Scanner } from './scanner';
import { parseUri, readUri, SipUri, type Uri } from './uri';

/** What ends a Request-URI before its time (RFC 3261 §7.1). */
const BREAKS_OUT = /[\0-\x20\x7f]/;

/** What a {@link SipRequest} is made of. */
export interface SipRequestInit {
  /** Method, with case: `INVITE`, `OPTIONS`… */
  method: string;
  /** Request-URI, or its text. */
  uri: Uri | string;
  headers?: Headers | HeadersInit;
  /** Body; a string is sent as UTF-8. Give its Content-Type among the headers. */
  body?: Uint8Array | string;
}

/** A SIP request (RFC 3261 §7.1). */
export class SipRequest extends SipMessage {
  #method: string;
  #uri: Uri | undefined;
  /** Where the Request-URI was received; `undefined` once another is assigned. */
  #received: Scanner | undefined;
  /** Version of the request line without `SIP/`; all but `2.0` is answered 505. */
  readonly version: string;

  /** @internal Use {@link SipRequest.create}; the parser leaves the URI unread until it is asked for. */
  constructor(method: string, uri: Uri | Scanner, version: string, headers: Headers, body?: Uint8Array) {
    super(headers, body);
    this.#method = method;
    this.#uri = uri instanceof Scanner ? undefined : uri;
    this.#received = uri instanceof Scanner ? uri : undefined;
    this.version = version;
  }

  /**
   * Makes a request from its parts; nothing is added to them.
   *
   * @throws {@link SipInjectionError} when the method is no token, or a header would break out of its line.
   * @throws {@link SipSyntaxError} when `uri` is a text that is no URI.
   */
  static create(init: SipRequestInit): SipRequest {
    const uri = typeof init.uri === 'string' ? parseUri(init.uri) : init.uri;
    const request = new SipRequest(init.method, uri, '2.0', headersOf(init.headers), bodyOf(init.body));
    request.method = init.method;
    return request;
  }

  /** Method, with case (RFC 3261 §7.1). */
  get method(): string {
    return this.#method;
  }

  /** @throws {@link SipInjectionError} when it is no token. */
  set method(method: string) {
    if (!isToken(method))
      throw new SipInjectionError(`"${method}" is no method; use letters, digits and any of -.!%*_+\`'~.`);
    this.#method = method;
  }

  /**
   * Request-URI (RFC 3261 §8.1.1.1). To change it, `clone()` it, change the copy, and assign that.
   *
   * @throws {@link SipSyntaxError} when the one received is malformed.
   */
  get uri(): Uri {
    if (this.#uri === undefined) {
      const { source, start, end } = this.#received!;
      this.#uri = readUri(new Scanner(source, start, end), -1);
      if (this.#uri instanceof SipUri) this.#uri.params.lock();
    }
    return this.#uri;
  }

  set uri(uri: Uri) {
    this.#uri = uri;
    this.#received = undefined;
  }

  /** @internal */
  override settle(): void {
    super.settle();
    if (this.#received === undefined) return;
    this.#received.source.settle();
    this.#uri = undefined;
  }

  /**
   * Request-URI as it is written.
   *
   * @throws {@link SipInjectionError} when one that was assigned would break out of its place.
   */
  get uriText(): string {
    const received = this.#received;
    if (received !== undefined) return received.source.slice(received.start, received.end);
    const text = this.uri.toString();
    if (BREAKS_OUT.test(text)) {
      throw new SipInjectionError('The Request-URI holds a space or control character; escape it as %HH.');
    }
    return text;
  }

  /** A copy whose headers and URI may be changed on their own; the body is shared. */
  clone(): SipRequest {
    const uri = this.#received ?? this.uri.clone();
    return new SipRequest(this.#method, uri, this.version, this.headers.clone(), this.body);
  }
}
