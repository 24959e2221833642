import type { DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { type SipError, SipResponseError, SipStateError } from '../platform/errors';
import { chance, renewalDelay } from '../platform/renewal';
import { TypedEmitter } from '../platform/typed-emitter';
import { type Addressing, digestOf, exchange, newRequest, wayOf } from '../sending/new-request';
import type { StackHost } from '../stack/stack-host';
import { backOff } from '../subscription/resubscription';
import { retryAfter } from '../subscription/retry-after';
import type { Lasting } from '../subscription/subscriber';

/** A state to be published. */
export interface PublishOptions extends Addressing {
  /** Event package, such as `presence`. */
  event: string;
  /** The state. */
  body: SessionBody;
  /** Seconds it is to be believed without being refreshed; 3,600 when absent. The server may give less. */
  expires?: number;
  /** Removes it. */
  signal?: AbortSignal;
}

/** Where a publication stands; `failed` and `removed` are final. */
export type PublicationState = 'publishing' | 'published' | 'failed' | 'removed';

/** Why a {@link Publication} is in its state. */
export interface PublicationDetail {
  /** Status of the server's last answer. */
  readonly status?: number;
  readonly error?: SipError;
  /** Seconds the state is believed. */
  readonly expires?: number;
}

/** Events of a {@link Publication}. */
export interface PublicationEvents {
  state: [state: PublicationState, detail: PublicationDetail];
}

/** @internal Who counts publications. */
export interface PublicationKeeper {
  add(lasting: Lasting): void;
  remove(lasting: Lasting): void;
}

/**
 * A state of ours that a server tells to its subscribers (RFC 3903): published, refreshed before it expires, {@link modify modified}, and
 * {@link remove removed}. Made by {@link SipStack.publish}.
 */
export class Publication extends TypedEmitter<PublicationEvents> implements Lasting {
  /** Resolves when the state has been published first; rejects with SipResponseError, SipTimeoutError or SipTransportError when it was not. */
  readonly established: Promise<void>;
  readonly #host: StackHost;
  readonly #keeper: PublicationKeeper;
  readonly #options: PublishOptions;
  readonly #digest: DigestClient | undefined;
  #state: PublicationState = 'publishing';
  #body: SessionBody;
  #expires: number;
  #etag: string | undefined;
  #timer: Timer | undefined;
  #until = 0;
  #failures = 0;
  /** One PUBLISH at a time: each needs the entity-tag that the one before has brought (§4.1). */
  #last: Promise<unknown> = Promise.resolve();
  #removal: Promise<void> | undefined;

  /** @internal Made by {@link SipStack.publish}. */
  constructor(host: StackHost, keeper: PublicationKeeper, options: PublishOptions) {
    super();
    this.#host = host;
    this.#keeper = keeper;
    this.#options = options;
    this.#body = options.body;
    this.#expires = options.expires ?? 3_600;
    this.#digest = digestOf(host, options.credentials);
    keeper.add(this);
    const remove = () => void this.remove();
    options.signal?.addEventListener('abort', remove, { once: true });
    this.on('state', (state) => {
      if (state === 'failed' || state === 'removed') options.signal?.removeEventListener('abort', remove);
    });
    this.established = this.#next(() => this.#publish('initial'));
    this.established.catch(() => {});
    if (options.signal?.aborted) remove();
  }

  /** Where the publication stands. */
  get state(): PublicationState {
    return this.#state;
  }

  /** Entity-tag by which the server knows the state (§4.1); undefined before it does. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /**
   * Publishes a new state in place of the one before (§4.4).
   *
   * @throws SipStateError when the publication is over; SipResponseError, SipTimeoutError, SipTransportError: through the promise. What fails for
   *   now is tried again
   */
  modify(body: SessionBody): Promise<void> {
    return this.#next(() => {
      this.#body = body;
      return this.#publish('modify');
    });
  }

  /** Lets the state be believed for another full period (§4.3). @throws as {@link modify} */
  refresh(): Promise<void> {
    return this.#next(() => this.#publish('refresh'));
  }

  /** Takes the state back (§4.5). Resolves when the server has said so, or does not answer. Never rejects. */
  remove(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#removal ??= this.#last.then(
      () => this.#remove(),
      () => this.#remove(),
    );
    return this.#removal;
  }

  /** As {@link remove}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** @internal */
  close(): Promise<void> {
    return this.remove();
  }

  /** @internal */
  abandon(): void {
    this.#end('removed', {});
  }

  get #over(): boolean {
    return this.#state === 'failed' || this.#state === 'removed';
  }

  #next(work: () => Promise<void>): Promise<void> {
    const promise = this.#last.then(() => {
      if (this.#over || this.#removal) throw new SipStateError('The publication is over.');
      return work();
    });
    this.#last = promise.catch(() => {});
    return promise;
  }

  async #publish(kind: 'initial' | 'refresh' | 'modify'): Promise<void> {
    this.#timer?.cancel();
    try {
      let response = await this.#send(kind);
      if (response.status === 412) {
        // §4.1: the server has forgotten the state.
        this.#etag = undefined;
        response = await this.#send('initial');
      }
      const least = Number(response.headers.get('Min-Expires'));
      if (response.status === 423 && least > this.#expires) {
        this.#expires = Math.min(least, 0xffffffff);
        response = await this.#send(kind);
      }
      if (response.status >= 300) throw new SipResponseError(response.status, response.reason, response);
      this.#published(response);
    } catch (error) {
      this.#failed(error as SipError);
      throw error;
    }
  }

  #published(response: SipResponse): void {
    if (this.#over) return;
    const { clock, random } = this.#host;
    this.#etag = response.headers.get('SIP-ETag');
    this.#failures = 0;
    const seconds = Math.max(1, response.expires ?? this.#expires);
    this.#until = clock.now() + seconds * 1_000;
    this.#enter('published', { status: response.status, expires: seconds });
    if (!this.#removal) this.#again(renewalDelay(seconds, random));
  }

  /** What was published once is tried again, when there is hope; a first attempt is the application's affair. */
  #failed(error: SipError): void {
    if (this.#over) return;
    const { status } = error;
    const detail = { error, ...(status === undefined ? {} : { status }) };
    const temporary = status === undefined || [408, 480, 500, 502, 503, 504].includes(status);
    if (this.#until === 0 || !temporary) {
      this.#end('failed', detail);
      return;
    }
    // Once it has expired nobody believes it any more.
    if (this.#until <= this.#host.clock.now()) {
      this.#etag = undefined;
      this.#enter('publishing', detail);
    }
    this.#again(Math.max(retryAfter(error), backOff(this.#failures++, chance(this.#host.random))));
  }

  #again(delay: number): void {
    // A refresh needs no body; what has failed may have been a new state.
    const kind = this.#failures > 0 ? 'modify' : 'refresh';
    this.#timer = this.#host.clock.setTimer(delay, () => {
      this.#next(() => this.#publish(kind)).catch(() => {});
    });
  }

  async #remove(): Promise<void> {
    this.#timer?.cancel();
    if (this.#over) return;
    if (this.#etag !== undefined && this.#until > this.#host.clock.now()) {
      await this.#send('remove').catch(() => {});
    }
    this.#end('removed', {});
  }

  #send(kind: 'initial' | 'refresh' | 'modify' | 'remove'): Promise<SipResponse> {
    const etag = kind === 'initial' ? undefined : this.#etag;
    const withBody = etag === undefined || kind === 'modify';
    const request = newRequest(this.#host, 'PUBLISH', this.#options, withBody ? this.#body : undefined);
    request.headers.set('Event', this.#options.event);
    if (etag !== undefined) request.headers.set('SIP-If-Match', etag);
    request.expires = kind === 'remove' ? 0 : this.#expires;
    return exchange(this.#host, request, { ...wayOf(this.#options), digest: this.#digest });
  }

  #enter(state: PublicationState, detail: PublicationDetail): void {
    if (this.#over || (this.#state === state && state !== 'published')) return;
    this.#state = state;
    this.emit('state', state, detail);
  }

  #end(state: 'failed' | 'removed', detail: PublicationDetail): void {
    this.#timer?.cancel();
    this.#keeper.remove(this);
    this.#enter(state, detail);
  }
}
