/** Settings of a {@link DelayEstimator}. */
export interface DelayEstimatorOptions {
  /** Share of packets that shall be in time, 0 to 1. */
  quantile: number;
  /** How much a packet weighs of the one before; below 1. */
  forget: number;
  /** A packet later than this, in ms, tells of an outage, and not how late packets are; 500 when absent. */
  longestMs?: number;
}

const BIN_MS = 1;
const BINS = 512;
/** Before anything is known. */
const FIRST_DELAY_MS = 2;
const BUCKETS = 10;
const BUCKET_MS = 1000;
const RECOMPUTE_EVERY = 5;
/** Weights grow instead of old ones shrinking; beyond this all are scaled down. */
const WEIGHT_LIMIT = 1e12;

/**
 * Learns how late packets are against the fastest of the last ten seconds, and which delay lets a given share of them
 * arrive in time. The share is read off a histogram in which old packets count less and less.
 */
export class DelayEstimator {
  readonly #quantile: number;
  readonly #growth: number;
  readonly #longest: number;
  readonly #bins = new Float64Array(BINS);
  /** Bins from here on are empty. */
  #end = 0;
  #total = 0;
  #weight = 1;
  #sinceRecompute = 0;
  #delay = FIRST_DELAY_MS;
  /** Fastest transit of each of the last ten seconds. */
  readonly #minima = new Float64Array(BUCKETS).fill(Number.POSITIVE_INFINITY);
  #bucket = 0;
  #bucketEnd = Number.NEGATIVE_INFINITY;
  #base = Number.POSITIVE_INFINITY;
  /** Bins, less than one, by which the histogram is still to be shifted. */
  #owed = 0;
  /** Whether what comes was held back by an outage longer than any delay would make up for. */
  #outage = false;

  constructor(options: DelayEstimatorOptions) {
    this.#quantile = options.quantile;
    this.#growth = 1 / options.forget;
    this.#longest = options.longestMs ?? 500;
  }

  /**
   * Takes in a packet.
   *
   * @param arrival monotonic time in ms
   * @param media when it was sent, by its timestamp, in ms of any origin
   * @param typical false for a packet that an outage held back: it says nothing about the packets to come
   */
  update(arrival: number, media: number, typical = true): void {
    const transit = arrival - media;
    if (arrival >= this.#bucketEnd) this.#rotate(arrival);
    if (transit < this.#minima[this.#bucket]!) {
      this.#minima[this.#bucket] = transit;
      if (transit < this.#base) this.#base = transit;
    }
    const late = transit - this.#base;
    // What such an outage held back comes in a rush until its last packet is in time again.
    if (late >= this.#longest) this.#outage = true;
    else if (this.#outage && late <= this.#delay + 1) this.#outage = false;
    if (!typical || this.#outage) return;
    const bin = Math.min(BINS - 1, Math.floor(late / BIN_MS));
    if (bin >= this.#end) this.#end = bin + 1;
    this.#weight *= this.#growth;
    this.#bins[bin] = this.#bins[bin]! + this.#weight;
    this.#total += this.#weight;
    if (this.#weight > WEIGHT_LIMIT) this.#rescale();
    if (++this.#sinceRecompute >= RECOMPUTE_EVERY || bin * BIN_MS > this.#delay) this.#recompute();
  }

  #rotate(arrival: number): void {
    const late = arrival - this.#bucketEnd;
    const passed = late < BUCKET_MS ? 1 : late < BUCKETS * BUCKET_MS ? Math.floor(late / BUCKET_MS) + 1 : BUCKETS;
    this.#bucketEnd = passed === 1 ? this.#bucketEnd + BUCKET_MS : arrival + BUCKET_MS;
    for (let i = 0; i < passed; i++) {
      this.#bucket = (this.#bucket + 1) % BUCKETS;
      this.#minima[this.#bucket] = Number.POSITIVE_INFINITY;
    }
    const before = this.#base;
    let base = Number.POSITIVE_INFINITY;
    for (let i = 0; i < BUCKETS; i++) base = Math.min(base, this.#minima[i]!);
    this.#base = base;
    if (base > before && base < Number.POSITIVE_INFINITY) this.#shift(base - before);
  }

  /** The fastest path has become longer: what was late against the old one is less so against the new one. */
  #shift(ms: number): void {
    this.#owed += ms / BIN_MS;
    const bins = Math.min(BINS - 1, Math.floor(this.#owed));
    if (bins < 1) return;
    this.#owed -= Math.floor(this.#owed);
    for (let i = 1; i <= bins; i++) this.#bins[0] = this.#bins[0]! + this.#bins[i]!;
    this.#bins.copyWithin(1, bins + 1);
    this.#bins.fill(0, BINS - bins);
    this.#end = Math.max(1, this.#end - bins);
    this.#recompute();
  }

  #rescale(): void {
    const factor = 1 / this.#weight;
    const bins = this.#bins;
    for (let i = 0; i < this.#end; i++) bins[i] = bins[i]! * factor;
    this.#total *= factor;
    this.#weight = 1;
  }

  #recompute(): void {
    this.#sinceRecompute = 0;
    const tail = this.#total * (1 - this.#quantile);
    const bins = this.#bins;
    let sum = 0;
    let bin = Math.max(0, this.#end - 1);
    for (; bin > 0; bin--) {
      sum += bins[bin]!;
      if (sum > tail) break;
    }
    this.#delay = (bin + 1) * BIN_MS;
  }

  /** Transit in ms of the fastest packet lately; infinite before the first. */
  get base(): number {
    return this.#base;
  }

  /** Delay in ms over the fastest packet that lets the wanted share arrive in time. */
  get delay(): number {
    return this.#delay;
  }
}
