import type { MediaError } from '../platform/errors';
import { type DtmfJob, type DtmfOptions, DtmfQueue, SHORTEST_DIGIT_MS } from './dtmf-queue';
import { DTMF_PAUSE, HIGHEST_EVENT, MAX_EVENT_DURATION } from './telephone-event';

/** What to send at a tick in place of audio. */
export interface EventPacket {
  event: number;
  end: boolean;
  volume: number;
  /** In units of the event clock. */
  duration: number;
  /** The first packet of an event, which carries the marker (RFC 4733 §2.5.1.2). */
  first: boolean;
  /** How far the packet's timestamp lies behind the current one, in ms of media time. */
  ageMs: number;
}

/** RFC 4733 §2.5.1.4: the end of an event is said three times. */
const END_PACKETS = 3;
const DEFAULT_LEVEL = -10;

/**
 * Sends digits as telephone events (RFC 4733 §2.5): decides at each tick of the sender whether an event packet goes out
 * and what it says. Strings of digits queue up behind each other.
 */
export class DtmfSender {
  readonly #queue = new DtmfQueue(HIGHEST_EVENT, () => (this.#busy ? this.#elapsed : undefined));
  /** Of the digit being sent: media time since its segment and since its start, in ms. */
  #event = -1;
  #elapsed = 0;
  #segmentStart = 0;
  #endsLeft = 0;
  #gapLeft = 0;
  #first = false;
  #sent = 0;
  readonly #packet: EventPacket = { event: 0, end: false, volume: 0, duration: 0, first: false, ageMs: 0 };

  /**
   * Queues digits.
   *
   * @throws MediaError `ERR_DTMF_DIGIT`, `ERR_MEDIA_ARGUMENT` (through the promise)
   */
  send(digits: string, options: DtmfOptions = {}): Promise<void> {
    // What is left of a long pause that was given up does not hold these up.
    if (!this.#queue.active) this.#gapLeft = Math.min(this.#gapLeft, SHORTEST_DIGIT_MS);
    return this.#queue.add(digits, options);
  }

  /** Whether a digit is on the wire. */
  get #busy(): boolean {
    return this.#event >= 0 || this.#endsLeft > 0;
  }

  /** Whether digits are being sent or wait to be. */
  get active(): boolean {
    return this.#queue.active;
  }

  /** Digits whose end was sent. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * What to send at this tick, or undefined for audio. The packet is reused by the next call.
   *
   * @param tickMs media time since the tick before, in ms
   * @param clockRate of the agreed telephone-event, in Hz
   * @param frameMs media time of one frame, in ms: less than `tickMs` when frames were skipped
   */
  tick(tickMs: number, clockRate: number, frameMs = tickMs): EventPacket | undefined {
    if (!this.#queue.active) return undefined;
    if (!this.#busy && !this.#begin(tickMs)) return undefined;
    const job = this.#queue.current!;
    if (this.#endsLeft > 0) {
      this.#endsLeft--;
      this.#gapLeft -= tickMs;
      this.#packet.first = false;
      this.#packet.ageMs += tickMs;
      if (this.#endsLeft === 0) {
        this.#sent++;
        job.events.shift();
      }
      return this.#packet;
    }
    return this.#report(job, tickMs, clockRate, frameMs);
  }

  /** Begins the next digit, once the pause before it is over. */
  #begin(tickMs: number): boolean {
    this.#gapLeft -= tickMs;
    for (;;) {
      if (this.#gapLeft > 0) return false;
      const job = this.#queue.next();
      if (!job) {
        this.#gapLeft = 0;
        return false;
      }
      const event = job.events[0]!;
      if (event !== DTMF_PAUSE) {
        this.#gapLeft = 0;
        this.#event = event;
        break;
      }
      job.events.shift();
      this.#gapLeft += job.pauseMs;
    }
    this.#elapsed = 0;
    this.#segmentStart = 0;
    this.#first = true;
    return true;
  }

  #report(job: DtmfJob, tickMs: number, clockRate: number, frameMs: number): EventPacket {
    const packet = this.#packet;
    packet.event = this.#event;
    packet.volume = Math.round(-(job.levelDbm0 ?? DEFAULT_LEVEL));
    packet.first = this.#first;
    // Frames that were skipped have passed all the same: every packet of an event carries the timestamp of its beginning.
    const age = this.#elapsed + (this.#first ? 0 : tickMs - frameMs);
    this.#first = false;
    packet.ageMs = age - this.#segmentStart;
    // A frame longer than the rest of the digit ends it on time; one that finds it over only says so.
    this.#elapsed = Math.min(age + frameMs, job.durationMs);
    const longest = (MAX_EVENT_DURATION * 1000) / clockRate;
    if (this.#elapsed - this.#segmentStart > longest) {
      packet.end = false;
      packet.duration = MAX_EVENT_DURATION;
      this.#segmentStart += longest;
      return packet;
    }
    packet.end = this.#elapsed >= job.durationMs;
    packet.duration = Math.round(((this.#elapsed - this.#segmentStart) * clockRate) / 1000);
    if (packet.end) {
      this.#event = -1;
      this.#endsLeft = END_PACKETS - 1;
      // The tone lasts to the next tick; the pause begins there.
      this.#gapLeft = job.gapMs + frameMs;
    }
    return packet;
  }

  /** Nothing can be sent for a while: the digit on the wire, if there is one, counts as sent, those after it wait. */
  interrupt(): void {
    const job = this.#queue.current;
    if (!this.#busy || !job) return;
    this.#event = -1;
    this.#endsLeft = 0;
    this.#gapLeft = job.gapMs;
    this.#sent++;
    job.events.shift();
  }

  /** Rejects all that waits. */
  fail(error: MediaError): void {
    this.#event = -1;
    this.#endsLeft = 0;
    this.#queue.fail(error);
  }
}
