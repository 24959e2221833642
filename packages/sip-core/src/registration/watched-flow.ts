import type { SipTransportError } from '../platform/errors';
import { type Address, type Flow, isInvalid } from '../transport/transport';
import { CONNECTION_INTERVAL, DATAGRAM_INTERVAL, type FlowKeeper, type KeepAliveInterval } from './flow-keeper';
import type { RefreshSchedule } from './refresh-schedule';
import type { KeepAliveOption } from './registration-options';

/** A flow that has lived this long without keep-alives, in ms, was a sound one. */
const SOUND_AFTER = 60_000;

/** What becomes of a {@link WatchedFlow}. */
export interface WatchedFlowHandlers {
  failed(error: SipTransportError | undefined): void;
  /** A keep-alive was answered for the first time. */
  proved(): void;
  /** The peer sees us at another address than before. */
  moved(seen: Address): void;
}

/** The flow a leg of a registration needs, and what is known of it. */
export class WatchedFlow {
  /** Whether keep-alives are sent for it. */
  pinging = false;
  /** Whether a keep-alive has been answered. */
  proved = false;
  readonly #keeper: FlowKeeper;
  readonly #schedule: RefreshSchedule;
  readonly #handlers: WatchedFlowHandlers;
  #letGo: (() => void) | undefined;
  #flow: Flow | undefined;
  #how = '';
  #since = 0;

  constructor(keeper: FlowKeeper, schedule: RefreshSchedule, handlers: WatchedFlowHandlers) {
    this.#keeper = keeper;
    this.#schedule = schedule;
    this.#handlers = handlers;
  }

  /** Whether it was a path that works, so that a new one is worth being made at once (RFC 5626 §4.5). */
  get sound(): boolean {
    return this.proved || (!this.pinging && this.#schedule.now() - this.#since >= SOUND_AFTER);
  }

  /**
   * Watches over a flow in place of the one before.
   *
   * @param answers whether the peer is known to answer keep-alives
   */
  watch(flow: Flow, interval: KeepAliveInterval | undefined, answers: boolean): void {
    const how = `${answers} ${interval}`;
    const same = flow === this.#flow;
    if (same && how === this.#how) return;
    const former = this.#letGo;
    this.#letGo = undefined;
    this.#flow = flow;
    this.#how = how;
    this.pinging = interval !== undefined;
    if (!same) {
      this.#since = this.#schedule.now();
      this.proved = false;
    }
    // Datagrams have nothing that could break unseen, unless keep-alives show it.
    if (interval || flow.reliable) {
      this.#letGo = this.#keeper.keep(flow, {
        interval,
        answers,
        failed: (error) => {
          this.#letGo = undefined;
          this.#flow = undefined;
          this.#handlers.failed(error);
        },
        proved: () => {
          this.proved = true;
          this.#handlers.proved();
        },
        moved: (seen) => this.#handlers.moved(seen),
      });
    }
    // Only now, so that what is known of the flow is not forgotten in between.
    former?.();
  }

  drop(): void {
    this.#letGo?.();
    this.#letGo = undefined;
    this.#flow = undefined;
  }
}

/** How often to send keep-alives over a flow; undefined: never. */
export function keepAliveInterval(
  option: KeepAliveOption,
  flow: Flow,
  outbound: boolean,
  flowTimer: number,
): KeepAliveInterval | undefined {
  if (typeof option === 'object') return [option.interval * 0.8, option.interval];
  // Where nobody can connect to us there is no other way to be called.
  const only = flow.reliable && isInvalid(flow.local.host);
  if (option === 'off' || !(outbound || only)) return undefined;
  const usual = flow.reliable ? CONNECTION_INTERVAL : DATAGRAM_INTERVAL;
  // RFC 5626 §4.4: as the server asks. It knows of its own needs only, while a NAT forgets datagrams sooner.
  const asked = flowTimer * 1_000;
  return asked > 0 && (flow.reliable || asked < usual[1]) ? [asked * 0.8, asked] : usual;
}
