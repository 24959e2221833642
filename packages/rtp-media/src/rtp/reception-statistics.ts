import { timestampDistance } from './rtp-header';

/** What {@link ReceptionStatistics.update} made of a packet. */
export type SequenceVerdict =
  /** Part of the stream. */
  | 'valid'
  /** Not yet: a new source, or a jump that the next packet must confirm. */
  | 'unproven'
  /** The second packet of a jump: the stream began anew at this packet. */
  | 'restarted';

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const SEQUENCE_MODULUS = 0x1_0000;

/**
 * What RFC 3550 keeps for each source that is received: sequence validation (A.1), loss (A.3) and interarrival
 * jitter (A.8). Feed it every packet of one synchronisation source.
 *
 * A source is taken at its first packet (MIN_SEQUENTIAL of 1 in terms of A.1): signalling announced it, and a call must
 * not lose its first word. Jumps of the sequence number need two packets in a row, as A.1 says.
 */
export class ReceptionStatistics {
  #started = false;
  #baseSequence = 0;
  #maxSequence = 0;
  #cycles = 0;
  /** A.1's bad_seq: where a jump would continue; -1 stands for none. */
  #jumpSequence = -1;
  #received = 0;
  #reordered = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  /** Of sources, and of runs of sequence numbers, that came before this one. */
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit = 0;
  #transitKnown = false;
  #jitter = 0;
  #clockRate: number;

  /** @param clockRate RTP clock rate in Hz, for the jitter */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Checks and counts a packet's sequence number (A.1). */
  update(sequence: number): SequenceVerdict {
    if (!this.#started) {
      this.#restart(sequence);
      return 'valid';
    }
    const ahead = (sequence - this.#maxSequence) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.#maxSequence) this.#cycles += SEQUENCE_MODULUS;
      this.#maxSequence = sequence;
    } else if (ahead <= SEQUENCE_MODULUS - MAX_MISORDER) {
      if (sequence === this.#jumpSequence) {
        this.#restart(sequence);
        return 'restarted';
      }
      this.#jumpSequence = (sequence + 1) & 0xffff;
      return 'unproven';
    } else {
      this.#reordered++;
    }
    this.#jumpSequence = -1;
    this.#received++;
    return 'valid';
  }

  #restart(sequence: number): void {
    this.newSource();
    this.#started = true;
    this.#baseSequence = sequence;
    this.#maxSequence = sequence;
    this.#cycles = 0;
    this.#jumpSequence = -1;
    this.#received = 1;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
  }

  /** Begins anew with another source; the totals go on. */
  newSource(): void {
    this.#expectedBefore += this.expected;
    this.#receivedBefore += this.#received;
    this.#started = false;
    this.#received = 0;
    this.#jitter = 0;
    this.#transitKnown = false;
  }

  /** RTP clock rate in Hz. */
  get clockRate(): number {
    return this.#clockRate;
  }

  /** Sets the clock rate when the payload type changes; the jitter is carried over in seconds. */
  set clockRate(clockRate: number) {
    if (clockRate === this.#clockRate) return;
    this.#jitter *= clockRate / this.#clockRate;
    this.#clockRate = clockRate;
    this.#transitKnown = false;
  }

  /**
   * Takes a packet into the jitter (A.8). Only for packets whose timestamp is their sampling time: not for the repeated
   * timestamps of telephone events.
   *
   * @param arrival monotonic time in ms
   */
  updateJitter(timestamp: number, arrival: number): void {
    const transit = (Math.round((arrival * this.#clockRate) / 1000) - timestamp) | 0;
    if (this.#transitKnown) {
      const difference = Math.abs(timestampDistance(this.#transit, transit));
      // A jump of the sender's clock is no jitter of the network.
      if (difference < this.#clockRate * 4) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
    this.#transitKnown = true;
  }

  /** Forgets the transit time of the packet before: after a pause the sender's timestamps may have jumped. */
  breakJitter(): void {
    this.#transitKnown = false;
  }

  /** Packets received, duplicates included. */
  get received(): number {
    return this.#received;
  }

  /** Packets expected from all sources so far. */
  get totalExpected(): number {
    return this.#expectedBefore + this.expected;
  }

  /** Packets received from all sources so far, duplicates included. */
  get totalReceived(): number {
    return this.#receivedBefore + this.#received;
  }

  /** Packets that came behind a later one. */
  get reordered(): number {
    return this.#reordered;
  }

  /** Interarrival jitter in timestamp units, as reports carry it. */
  get jitter(): number {
    return Math.floor(this.#jitter);
  }

  /** Interarrival jitter in ms. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /** The highest sequence number received, extended by the count of wraps. */
  get extendedHighestSequence(): number {
    return (this.#cycles + this.#maxSequence) >>> 0;
  }

  /** Packets expected since the start (A.3). */
  get expected(): number {
    return this.#started ? this.#cycles + this.#maxSequence - this.#baseSequence + 1 : 0;
  }

  /** Packets lost since the start (A.3); negative when duplicates outnumber losses. */
  get lost(): number {
    return this.expected - this.#received;
  }

  /**
   * The share lost since this was last called, as the 8-bit fixed-point number of a report block (A.3). Call it once a
   * report.
   */
  takeFractionLost(): number {
    const expected = this.expected;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    if (expectedInterval <= 0 || lostInterval <= 0) return 0;
    return Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
  }
}
