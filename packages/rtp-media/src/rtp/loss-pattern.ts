/** Packets received in a row that end a burst (RFC 3611 §4.7.2 recommends 16). */
export const GMIN = 16;

/** How losses and discards lay in a stream, counted since it began. */
export interface LossCounts {
  /** Packets whose fate is known: those far enough behind the latest. */
  packets: number;
  /** Of them, those that never came. */
  lost: number;
  /** Of them, those that came but were not played. */
  discarded: number;
  /** Runs of packets lost or discarded one after another. */
  lossRuns: number;
  /** Bursts: periods that begin and end with a loss, with fewer than 16 packets received in a row between. */
  bursts: number;
  /** Packets within bursts, received ones included. */
  burstPackets: number;
  /** Packets lost or discarded within bursts. */
  burstLosses: number;
  /** Periods between bursts, before the first and after the last. */
  gaps: number;
}

/** Packets behind the latest after which the fate of one is settled; a power of two. */
const WINDOW = 64;
const MISSING = 0;
const RECEIVED = 1;
const DISCARDED = 2;

/**
 * Tells bursts of loss from single losses (RFC 3611 §4.7.2, A.2). A packet is judged 64 packets after it was due, when it
 * can no longer come in time. Before the first and after the last packet the stream is taken for whole, as §4.7.2 says.
 */
export class LossPattern {
  readonly #fates = new Uint8Array(WINDOW);
  #started = false;
  /** Sequence numbers without wraps: the next to judge, and the highest that came. */
  #next = 0;
  #highest = 0;
  #packets = 0;
  #lost = 0;
  #discarded = 0;
  #lossRuns = 0;
  #bursts = 0;
  #burstPackets = 0;
  #burstLosses = 0;
  /** Whether the stream began, and the latest burst ended, with a loss: then there is no gap there. */
  #beganInBurst = false;
  /** A period that may become a burst: its packets and losses up to its latest loss. */
  #periodPackets = 0;
  #periodLosses = 0;
  #periodFirst = false;
  /** Packets received since the latest loss. */
  #since = 0;

  /** A packet of the stream came, whatever it carries. */
  received(sequence: number): void {
    if (!this.#started) {
      this.#started = true;
      this.#next = sequence;
      this.#highest = sequence;
      this.#fates[sequence % WINDOW] = RECEIVED;
      return;
    }
    const at = this.#unwrap(sequence);
    for (let number = this.#highest + 1; number <= at; number++) {
      if (number - this.#next >= WINDOW) this.#judge();
      this.#fates[number % WINDOW] = MISSING;
      this.#highest = number;
    }
    if (at >= this.#next && this.#fates[at % WINDOW] === MISSING) this.#fates[at % WINDOW] = RECEIVED;
  }

  /** A packet that came is not played: too late, or more than fits. */
  discarded(sequence: number): void {
    if (!this.#started) return;
    const at = this.#unwrap(sequence);
    if (at >= this.#next && at <= this.#highest) this.#fates[at % WINDOW] = DISCARDED;
  }

  #unwrap(sequence: number): number {
    return this.#highest + (((sequence - this.#highest) << 16) >> 16);
  }

  /** The stream begins anew: all that came is judged, and the counts go on. */
  restart(): void {
    if (!this.#started) return;
    while (this.#next <= this.#highest) this.#judge();
    this.#started = false;
  }

  #judge(): void {
    const fate = this.#fates[this.#next++ % WINDOW];
    const first = this.#packets++ === 0;
    if (fate === RECEIVED) {
      this.#since++;
      if (this.#since === GMIN) this.#endPeriod();
      return;
    }
    if (fate === DISCARDED) this.#discarded++;
    else this.#lost++;
    if (this.#since > 0 || this.#periodLosses === 0) this.#lossRuns++;
    if (this.#periodLosses === 0) {
      this.#periodFirst = first;
      this.#periodPackets = 1;
    } else this.#periodPackets += this.#since + 1;
    this.#periodLosses++;
    this.#since = 0;
  }

  #endPeriod(): void {
    if (this.#periodLosses > 1) {
      this.#bursts++;
      this.#burstPackets += this.#periodPackets;
      this.#burstLosses += this.#periodLosses;
      this.#beganInBurst ||= this.#periodFirst;
    }
    this.#periodPackets = 0;
    this.#periodLosses = 0;
  }

  /** The counts so far; a period of losses that has not ended counts as if it ended now. */
  counts(): LossCounts {
    const open = this.#periodLosses > 1;
    const bursts = this.#bursts + (open ? 1 : 0);
    const noGapBefore = this.#beganInBurst || (open && this.#periodFirst);
    const noGapAfter = open && this.#since === 0;
    return {
      packets: this.#packets,
      lost: this.#lost,
      discarded: this.#discarded,
      lossRuns: this.#lossRuns,
      bursts,
      burstPackets: this.#burstPackets + (open ? this.#periodPackets : 0),
      burstLosses: this.#burstLosses + (open ? this.#periodLosses : 0),
      gaps: this.#packets === 0 ? 0 : bursts + 1 - (noGapBefore ? 1 : 0) - (noGapAfter ? 1 : 0),
    };
  }
}
