import type { Timer } from '../platform/clock';
import { SipTransportError } from '../platform/errors';
import type { RandomBytes } from '../platform/random';
import type { TransactionLayer } from '../transaction/transaction-layer';
import type { Address, Flow } from '../transport/transport';
import { between } from './chance';
import type { RefreshSchedule } from './refresh-schedule';

/** Least and most time between two keep-alives, in ms. */
export type KeepAliveInterval = readonly [least: number, most: number];

/** Between two CRLF keep-alives of a connection (RFC 5626 §4.4.1). */
export const CONNECTION_INTERVAL: KeepAliveInterval = [95_000, 120_000];
/** Between two STUN keep-alives (RFC 5626 §4.4.2). */
export const DATAGRAM_INTERVAL: KeepAliveInterval = [24_000, 29_000];

/** The answer to a CRLF keep-alive has this long, in ms (RFC 5626 §4.4.1). */
const PONG_WITHIN = 10_000;
/** Pauses of a STUN request until it is sent again, and at last given up, in ms (RFC 5389 §7.2.1). */
const STUN_PAUSES: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 8_000];

/** Somebody who needs a flow. */
export interface FlowUser {
  /** How often to send a keep-alive; none for this user when absent. The shortest of all users holds. */
  readonly interval?: KeepAliveInterval | undefined;
  /**
   * Whether the peer is known to answer keep-alives, so that silence means that the flow has failed. A peer that has answered once is
   * expected to answer from then on, whatever its users knew.
   */
  readonly answers: boolean;
  /** The flow has failed, or was closed. */
  failed(error: SipTransportError | undefined): void;
  /** A keep-alive was answered for the first time. */
  proved?(): void;
  /** The peer sees us at another address than before: a NAT has forgotten us (RFC 5626 §4.4.2). */
  moved?(seen: Address): void;
}

/**
 * Keeps flows alive and notices their death (RFC 5626 §4.4): one keep-alive for each flow, however many registrations use it.
 */
export class FlowKeeper {
  readonly #layer: TransactionLayer;
  readonly #schedule: RefreshSchedule;
  readonly #random: RandomBytes;
  readonly #kept = new Map<Flow, KeptFlow>();

  constructor(layer: TransactionLayer, schedule: RefreshSchedule, random: RandomBytes) {
    this.#layer = layer;
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Flows somebody needs. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Keeps a flow for a user until it fails or the user lets go of it.
   *
   * @returns lets go
   */
  keep(flow: Flow, user: FlowUser): () => void {
    let kept = this.#kept.get(flow);
    if (!kept) {
      kept = new KeptFlow(flow, this.#layer, this.#schedule, this.#random, () => this.#kept.delete(flow));
      this.#kept.set(flow, kept);
    }
    kept.add(user);
    return () => kept.remove(user);
  }

  /** Lets go of everything. */
  close(): void {
    for (const kept of [...this.#kept.values()]) kept.end();
  }
}

class KeptFlow {
  readonly #flow: Flow;
  readonly #schedule: RefreshSchedule;
  readonly #random: RandomBytes;
  readonly #ended: () => void;
  readonly #users = new Set<FlowUser>();
  readonly #unwatch: () => void;
  /** Until the next keep-alive, or until the answer to the last one must have come. */
  #timer: Timer | undefined;
  #interval: KeepAliveInterval | undefined;
  /** Keep-alives sent since the last answer. */
  #unanswered = 0;
  #proved = false;
  #seen: Address | undefined;

  constructor(flow: Flow, layer: TransactionLayer, schedule: RefreshSchedule, random: RandomBytes, ended: () => void) {
    this.#flow = flow;
    this.#schedule = schedule;
    this.#random = random;
    this.#ended = ended;
    this.#unwatch = layer.watch(flow, {
      closed: (error) => this.#fail(error),
      pong: (mapped) => this.#pong(mapped),
    });
  }

  add(user: FlowUser): void {
    this.#users.add(user);
    if (this.#proved) user.proved?.();
    this.#adjust(user.interval);
  }

  remove(user: FlowUser): void {
    if (!this.#users.delete(user)) return;
    if (this.#users.size === 0) this.end();
    else if (user.interval && user.interval === this.#interval) this.#recompute();
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#users.clear();
    this.#unwatch();
    this.#ended();
  }

  /** A new user may want it more often; what is under way stays. */
  #adjust(wanted: KeepAliveInterval | undefined): void {
    if (!wanted || (this.#interval && this.#interval[1] <= wanted[1])) return;
    this.#interval = wanted;
    if (this.#unanswered === 0) this.#wait();
  }

  #recompute(): void {
    this.#interval = undefined;
    for (const { interval } of this.#users) {
      if (interval && (!this.#interval || interval[1] < this.#interval[1])) this.#interval = interval;
    }
    if (!this.#interval) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#unanswered = 0;
    }
  }

  #wait(): void {
    this.#timer?.cancel();
    const [least, most] = this.#interval!;
    this.#timer = this.#schedule.setTimer(between(least, most, this.#random), () => this.#ping());
  }

  #ping(): void {
    if (!this.#expectsAnswer) {
      // Sent for the sake of a NAT on the way; the peer need not know what it is.
      this.#wait();
      this.#flow.ping();
      return;
    }
    const patience = this.#flow.reliable ? PONG_WITHIN : STUN_PAUSES[this.#unanswered];
    if (patience === undefined) {
      this.#silent();
      return;
    }
    this.#unanswered++;
    this.#timer = this.#schedule.setTimer(patience, () => (this.#flow.reliable ? this.#silent() : this.#ping()));
    this.#flow.ping();
  }

  get #expectsAnswer(): boolean {
    if (this.#proved) return true;
    for (const { answers } of this.#users) if (answers) return true;
    return false;
  }

  #pong(mapped: Address | undefined): void {
    const awaited = this.#unanswered > 0;
    this.#unanswered = 0;
    if (awaited && this.#interval) this.#wait();
    if (!this.#proved) {
      this.#proved = true;
      for (const user of [...this.#users]) user.proved?.();
    }
    if (!mapped) return;
    const before = this.#seen;
    this.#seen = mapped;
    if (before && (before.host !== mapped.host || before.port !== mapped.port)) {
      for (const user of [...this.#users]) user.moved?.(mapped);
    }
  }

  /** No answer in time. */
  #silent(): void {
    const { host, port } = this.#flow.remote;
    const error = new SipTransportError(
      `${host} port ${port} no longer answers keep-alives; the path to it is taken for broken.`,
      { code: 'ERR_SIP_FLOW_FAILED' },
    );
    this.#fail(error);
    this.#flow.close();
  }

  #fail(error: SipTransportError | undefined): void {
    const users = [...this.#users];
    this.end();
    for (const user of users) user.failed(error);
  }
}
