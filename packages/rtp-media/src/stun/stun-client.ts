import type { Clock, Timer } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import type { Address } from '../transport/rtp-transport';
import { StunMessage } from './stun-message';

/** What became of a request. */
export interface StunOutcome {
  /** Absent when none came in time. */
  readonly response?: StunMessage;
  /** Where the response came from. */
  readonly from?: Readonly<Address>;
  /** NaN when it cannot be told. */
  readonly roundTripMs: number;
}

/** Settings of one request. */
export interface StunRequestOptions {
  /** Makes the integrity of the request; its responses must have one of the same key. */
  key?: Uint8Array;
  /** ms to the first retransmission, doubled each time; 500 when absent (RFC 8489 §6.2.1). */
  rto?: number;
  /** Times it is sent; 7 when absent (Rc). */
  sends?: number;
  /** What a response without integrity is worth when the request had one: 401 and 438 have none (RFC 8489 §9.2.4). */
  acceptUnprotected?: (response: StunMessage) => boolean;
}

interface Pending {
  readonly bytes: Uint8Array;
  readonly key: Uint8Array | undefined;
  readonly options: StunRequestOptions;
  readonly done: (outcome: StunOutcome) => void;
  readonly sentAt: number;
  sends: number;
  timer: Timer | undefined;
}

/** Wait after the last sending, in units of the first interval (Rm, RFC 8489 §6.2.1). */
const LAST_WAIT = 16;

/** The requests of one side under way: sent again until they are answered (RFC 8489 §6.2.1), matched by transaction. */
export class StunClient {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock, random: RandomBytes) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A request to fill in. */
  request(method: number): StunMessage {
    return new StunMessage(method, 'request', this.#random(12).slice());
  }

  /**
   * Sends a request.
   *
   * @param send called for each transmission
   * @param done called once
   * @returns gives it up without calling `done`
   */
  send(
    message: StunMessage,
    send: (bytes: Uint8Array) => void,
    done: (outcome: StunOutcome) => void,
    options: StunRequestOptions = {},
  ): () => void {
    const id = idOf(message);
    const pending: Pending = {
      bytes: message.serialize(options.key),
      key: options.key,
      options,
      done,
      sentAt: this.#clock.now(),
      sends: 0,
      timer: undefined,
    };
    this.#pending.set(id, pending);
    this.#transmit(id, pending, send);
    return () => this.#forget(id);
  }

  #transmit(id: string, pending: Pending, send: (bytes: Uint8Array) => void): void {
    const { rto = 500, sends = 7 } = pending.options;
    if (pending.sends >= sends) {
      this.#forget(id);
      pending.done({ roundTripMs: Number.NaN });
      return;
    }
    const last = ++pending.sends === sends;
    const wait = last ? rto * (sends === 1 ? 1 : LAST_WAIT) : rto * 2 ** (pending.sends - 1);
    pending.timer = this.#clock.setTimer(wait, () => this.#transmit(id, pending, send));
    send(pending.bytes);
  }

  /** Takes a response. @returns whether it answered one of the requests */
  receive(response: StunMessage, from: Readonly<Address>): boolean {
    const id = idOf(response);
    const pending = this.#pending.get(id);
    if (!pending) return false;
    const { key, options } = pending;
    if (key && !response.isProtectedBy(key) && !options.acceptUnprotected?.(response)) return false;
    this.#forget(id);
    // A response to any but the first transmission cannot tell the round trip (Karn).
    const roundTripMs = pending.sends === 1 ? this.#clock.now() - pending.sentAt : Number.NaN;
    pending.done({ response, from: { host: from.host, port: from.port }, roundTripMs });
    return true;
  }

  #forget(id: string): void {
    this.#pending.get(id)?.timer?.cancel();
    this.#pending.delete(id);
  }

  /** Requests under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** Gives up all requests without a word. */
  close(): void {
    for (const id of [...this.#pending.keys()]) this.#forget(id);
  }

  /** Ends all requests as if no response had come. */
  fail(): void {
    const pending = [...this.#pending.values()];
    this.close();
    for (const { done } of pending) done({ roundTripMs: Number.NaN });
  }
}

function idOf(message: StunMessage): string {
  return String.fromCharCode(...message.transactionId);
}
