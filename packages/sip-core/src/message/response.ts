import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import { isToken } from './characters';
import { HeaderField, Headers, type HeadersInit } from './headers';
import { bodyOf, headersOf, SipMessage } from './message';
import { NameAddr } from './name-addr';
import { reasonPhrase } from './reason-phrases';
import type { SipRequest } from './request';

/** What a {@link SipResponse} is made of. */
export interface SipResponseInit {
  /** 100 to 699. */
  status: number;
  /** Reason phrase; default the one of {@link reasonPhrase}. */
  reason?: string;
  headers?: Headers | HeadersInit;
  /** Body; a string is sent as UTF-8. Give its Content-Type among the headers. */
  body?: Uint8Array | string;
}

/** A SIP response (RFC 3261 §7.2). */
export class SipResponse extends SipMessage {
  #status = 0;
  #reason = '';

  /** @internal Use {@link SipResponse.create} or {@link SipResponse.for}. */
  constructor(status: number, reason: string, headers: Headers, body?: Uint8Array) {
    super(headers, body);
    this.#status = status;
    this.#reason = reason;
  }

  /**
   * Makes a response from its parts; nothing is added to them.
   *
   * @throws {@link SipSyntaxError} when the status is not between 100 and 699.
   * @throws {@link SipInjectionError} when the reason or a header would break out of its line.
   */
  static create(init: SipResponseInit): SipResponse {
    const response = new SipResponse(0, '', headersOf(init.headers), bodyOf(init.body));
    response.status = init.status;
    response.reason = init.reason ?? reasonPhrase(init.status);
    return response;
  }

  /**
   * Begins the response to a request: Via, From, To, Call-ID, CSeq and Timestamp are taken over as they are written
   * (RFC 3261 §8.2.6). Record-Route is left to the dialog.
   *
   * @param options.toTag Tag added to To when it has none, and the status is not 100.
   * @throws {@link SipSyntaxError} when the status is not between 100 and 699.
   * @throws {@link SipInjectionError} when the reason or tag is not fit for the wire.
   */
  static for(
    request: SipRequest,
    status: number,
    reason?: string,
    options: { toTag?: string | undefined } = {},
  ): SipResponse {
    const response = new SipResponse(0, '', new Headers());
    response.status = status;
    response.reason = reason ?? reasonPhrase(status);
    const fields = response.headers.fields;
    for (const field of request.headers.fields) {
      if (!COPIED.has(field.key)) continue;
      const tagged = field.key === 'to' && options.toTag !== undefined && status > 100;
      fields.push(tagged ? withTag(field, options.toTag!) : field);
    }
    return response;
  }

  /** Status code, 100 to 699. */
  get status(): number {
    return this.#status;
  }

  /** @throws {@link SipSyntaxError} when it is not between 100 and 699. */
  set status(status: number) {
    if (!Number.isInteger(status) || status < 100 || status > 699) {
      throw new SipSyntaxError(`${status} is no SIP status; it must be a whole number from 100 to 699.`);
    }
    this.#status = status;
  }

  /** Reason phrase. */
  get reason(): string {
    return this.#reason;
  }

  /** @throws {@link SipInjectionError} when it holds CR, LF or NUL. */
  set reason(reason: string) {
    if (/[\r\n\0]/.test(reason)) throw new SipInjectionError('The reason phrase holds CR, LF or NUL; take them out.');
    this.#reason = reason;
  }

  /** A copy whose headers may be changed on their own; the body is shared. */
  clone(): SipResponse {
    return new SipResponse(this.#status, this.#reason, this.headers.clone(), this.body);
  }
}

const COPIED: ReadonlySet<string> = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'timestamp']);

/** Adds the tag behind the text as it came: that works for a malformed To as well, which a 400 has to carry back. */
function withTag(field: HeaderField, tag: string): HeaderField {
  if (hasTag(field.value)) return field;
  if (!isToken(tag)) throw new SipInjectionError(`"${tag}" is no tag; use letters, digits and any of -.!%*_+\`'~.`);
  return HeaderField.of(field.name, `${field.value};tag=${tag}`);
}

/** Whether an address has a tag of its own, be it empty; one in its display name or URI is none. */
function hasTag(value: string): boolean {
  if (!TAG.test(value)) return false;
  if (!value.includes('"')) return TAG.test(value.slice(value.lastIndexOf('>') + 1));
  try {
    return NameAddr.parse(value).params.has('tag');
  } catch {
    return true;
  }
}

const TAG = /;\s*tag\s*(?:[=;]|$)/i;
