import type { DigestServer } from '../auth/digest-server';
import type { SessionBody } from '../body/session-body';
import { AllowEvents } from '../headers/events';
import type { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { randomToken } from '../platform/random';
import { TypedEmitter } from '../platform/typed-emitter';
import { mediaType } from '../session/description';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import { eventOf } from '../subscription/event';
import { grantedSeconds, refuseShort } from '../subscription/notifier';
import type { ServerTransaction } from '../transaction/server-transaction';

/** Settings of a {@link PublicationServer}. */
export interface PublicationServerOptions {
  /** Event package, such as `presence`. */
  event: string;
  /** Content types of states; others are refused (415). All are taken when absent. */
  accept?: readonly string[];
  /** The least seconds a publisher may ask for; 60 when absent. Less is refused (423). */
  minExpires?: number;
  /** The most seconds a state is believed without being refreshed; 7,200 when absent. */
  maxExpires?: number;
  /** Seconds given when nothing is asked for; 3,600 when absent. */
  defaultExpires?: number;
  /** Most states at a time, 20,000 when absent; more are refused (503). */
  maxStates?: number;
  /** Challenges PUBLISHes. */
  digest?: DigestServer;
  /** Whether a PUBLISH is allowed: true, or the status to refuse it with, such as 403 or 404. All are allowed when absent. */
  authorize?(request: SipRequest): true | number;
}

/** Events of a {@link PublicationServer}. */
export interface PublicationServerEvents {
  /** The states published for a resource have changed. */
  changed: [resource: string, states: readonly SessionBody[]];
}

interface Published {
  state: SessionBody;
  timer: Timer;
}

/**
 * Takes publications (RFC 3903 §6): an event state compositor, as a {@link StackFeature}. Several publishers may publish for a resource; how their
 * states make one is the event package's affair.
 */
export class PublicationServer extends TypedEmitter<PublicationServerEvents> implements StackFeature {
  readonly methods = ['PUBLISH'];
  readonly #options: PublicationServerOptions;
  /** States by resource and entity-tag. */
  readonly #resources = new Map<string, Map<string, Published>>();
  #size = 0;
  #host!: StackHost;

  constructor(options: PublicationServerOptions) {
    super();
    // It is told to peers.
    AllowEvents.field([options.event]);
    this.#options = options;
  }

  /** States that have been published and not expired. */
  get size(): number {
    return this.#size;
  }

  /** What is published for a resource: its address-of-record. */
  states(resource: string): readonly SessionBody[] {
    return [...(this.#resources.get(resource)?.values() ?? [])].map(({ state }) => state);
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  receive(transaction: ServerTransaction): boolean {
    const { event } = eventOf(transaction.request) ?? {};
    if (event !== this.#options.event) {
      transaction.reply(489, { headers: [['Allow-Events', this.#options.event]] });
      return true;
    }
    void this.#admit(transaction).catch((error: unknown) => {
      if (!transaction.answered) transaction.reply(500);
      this.#host.logger.warn({ error, event }, 'A PUBLISH could not be served.');
    });
    return true;
  }

  /** @internal */
  abandon(): void {
    for (const states of this.#resources.values()) for (const { timer } of states.values()) timer.cancel();
    this.#resources.clear();
    this.#size = 0;
  }

  async #admit(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const { digest, authorize, accept, minExpires = 60, maxExpires = 7_200, defaultExpires = 3_600 } = this.#options;
    if (digest) {
      const verdict = await digest.verify(request);
      if (!verdict.ok) {
        transaction.reply(digest.status, { headers: digest.challenge(verdict.stale) });
        return;
      }
    }
    const allowed = authorize?.(request) ?? true;
    if (allowed !== true) {
      transaction.reply(allowed);
      return;
    }
    const durations = { least: minExpires, most: maxExpires, usual: Math.min(defaultExpires, maxExpires) };
    const seconds = grantedSeconds(request, durations);
    if (seconds === undefined) {
      refuseShort(transaction, durations);
      return;
    }
    if (accept && request.body.length > 0 && !accept.includes(mediaType(request.contentType ?? ''))) {
      transaction.reply(415, { headers: [['Accept', accept.join(', ')]] });
      return;
    }
    this.#publish(transaction, seconds);
  }

  #publish(transaction: ServerTransaction, seconds: number): void {
    const { request } = transaction;
    const resource = request.uri instanceof SipUri ? request.uri.aor : request.uri.toString();
    const states = this.#resources.get(resource) ?? new Map<string, Published>();
    const etag = request.headers.get('SIP-If-Match');
    const before = etag === undefined ? undefined : states.get(etag);
    if (etag !== undefined && !before) {
      transaction.reply(412);
      return;
    }
    const { contentType = 'application/octet-stream', body } = request;
    const given = body.length > 0 ? { contentType, body: body.slice() } : undefined;
    const state = given ?? before?.state;
    if (!before && this.#size >= (this.#options.maxStates ?? 20_000)) {
      transaction.reply(503);
      return;
    }
    if (!state) {
      transaction.reply(400, { reason: 'A new state is missing' });
      return;
    }
    before?.timer.cancel();
    if (etag !== undefined && states.delete(etag)) this.#size--;
    const fresh = randomToken(this.#host.random, 16);
    if (seconds > 0) {
      const timer = this.#host.clock.setTimer(seconds * 1_000, () => this.#expired(resource, fresh));
      states.set(fresh, { state, timer });
      this.#size++;
      this.#resources.set(resource, states);
    } else if (states.size === 0) this.#resources.delete(resource);
    transaction.reply(200, {
      headers: [
        ['SIP-ETag', fresh],
        ['Expires', String(seconds)],
      ],
    });
    if (given || seconds === 0) this.emit('changed', resource, this.states(resource));
  }

  #expired(resource: string, etag: string): void {
    const states = this.#resources.get(resource);
    if (!states?.delete(etag)) return;
    this.#size--;
    if (states.size === 0) this.#resources.delete(resource);
    this.emit('changed', resource, this.states(resource));
  }
}
