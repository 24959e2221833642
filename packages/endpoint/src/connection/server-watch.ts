import { type Clock, type SipError, SipTimeoutError, type Timer } from '@offhook/sip-core';

/** ms to wait for an answer: several retransmissions over UDP, while nobody has to wait for 32 s (RFC 3261 §17.1.2.2). */
const PATIENCE = 6000;

/** @internal What {@link ServerWatch} needs. */
export interface ServerWatchInit {
  /** ms between two questions. */
  readonly interval: number;
  readonly clock: Clock;
  /** Asks the server; rejects when there is no answer at all. */
  ask(signal: AbortSignal): Promise<unknown>;
  /** The server has not answered. */
  lost(error: SipError): void;
}

/** Asks a server again and again whether it is there (OPTIONS, RFC 3261 §11). Any answer is one, a refusal, too. */
export class ServerWatch {
  readonly #init: ServerWatchInit;
  #timer: Timer | undefined;
  #asking: AbortController | undefined;
  #stopped = false;

  constructor(init: ServerWatchInit) {
    this.#init = init;
    this.#wait();
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = this.#init.clock.setTimer(this.#init.interval, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const patience = this.#init.clock.setTimer(PATIENCE, () => asking.abort());
    try {
      await this.#init.ask(asking.signal);
    } catch (error) {
      const lost = asking.signal.aborted ? new SipTimeoutError('The server has not answered OPTIONS.') : error;
      if (!this.#stopped) this.#init.lost(lost as SipError);
    } finally {
      patience.cancel();
      this.#asking = undefined;
    }
    this.#wait();
  }

  /** Asks no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#asking?.abort();
  }
}
