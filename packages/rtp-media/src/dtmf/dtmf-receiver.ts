import { timestampDistance } from '../rtp/rtp-header';
import type { DtmfDigit, DtmfPress } from './dtmf-digit';
import { digitOfEvent, type TelephoneEvent } from './telephone-event';

/** Without packets for this long, an event whose end was lost is over. */
const LOST_END_MS = 250;
/** How far apart the segments of one long event may start, beyond the duration of the first. */
const SEGMENT_TOLERANCE = 0.02;

/**
 * Turns telephone-event packets (RFC 4733 §2.5.2) into one digit each, whatever of its packets is lost, late or repeated:
 * an event is known by its timestamp, any of its packets begins it, and it ends with the first end packet, with the next
 * event, or with silence.
 */
export class DtmfReceiver {
  readonly #report: (digit: DtmfDigit) => void;
  readonly #began: ((press: DtmfPress) => void) | undefined;
  #event = -1;
  #timestamp = 0;
  #known = false;
  #open = false;
  #duration = 0;
  /** Durations of the segments before the current one (RFC 4733 §2.5.1.3). */
  #earlier = 0;
  #clockRate = 8000;
  #lastPacket = 0;

  /**
   * @param report called once for each digit, at its end
   * @param began called once for each digit, with the first packet of it that comes
   */
  constructor(report: (digit: DtmfDigit) => void, began?: (press: DtmfPress) => void) {
    this.#report = report;
    this.#began = began;
  }

  /**
   * Takes in a packet.
   *
   * @param timestamp RTP timestamp of the packet
   * @param clockRate of the agreed telephone-event, in Hz
   * @param now monotonic time in ms
   */
  receive(packet: Readonly<TelephoneEvent>, timestamp: number, clockRate: number, now: number): void {
    if (this.#known && timestamp === this.#timestamp) {
      if (!this.#open || packet.event !== this.#event) return;
      this.#duration = Math.max(this.#duration, packet.duration);
    } else if (this.#known && timestampDistance(this.#timestamp, timestamp) < 0 && now - this.#lastPacket < 5000) {
      return;
    } else if (this.#open && this.#continues(packet, timestamp)) {
      this.#earlier += this.#duration;
      this.#timestamp = timestamp;
      this.#duration = packet.duration;
    } else {
      this.#close();
      if (digitOfEvent(packet.event) === undefined) return;
      this.#known = true;
      this.#open = true;
      this.#event = packet.event;
      this.#timestamp = timestamp;
      this.#duration = packet.duration;
      this.#earlier = 0;
      this.#clockRate = clockRate;
      this.#began?.({ digit: digitOfEvent(packet.event)!, method: 'rfc4733' });
    }
    this.#lastPacket = now;
    if (packet.end) this.#close();
  }

  /** Whether a packet with a new timestamp is the next segment of the event that is open. */
  #continues(packet: Readonly<TelephoneEvent>, timestamp: number): boolean {
    if (packet.event !== this.#event || this.#duration < 0x8000) return false;
    const distance = timestampDistance(this.#timestamp, timestamp);
    return distance >= this.#duration && distance <= 0xffff * (1 + SEGMENT_TOLERANCE);
  }

  /** Ends an event of which nothing was heard for a while. Call it now and then. */
  check(now: number): void {
    if (this.#open && now - this.#lastPacket >= LOST_END_MS) this.#close();
  }

  /** Ends the event that is open, if any, and forgets the stream it belonged to. */
  reset(): void {
    this.#close();
    this.#known = false;
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    const durationMs = ((this.#earlier + this.#duration) * 1000) / this.#clockRate;
    this.#report({ digit: digitOfEvent(this.#event)!, durationMs: Math.round(durationMs), method: 'rfc4733' });
  }
}
