import { MediaError } from '../platform/errors';
import { eventOfDigit, MAX_EVENT_DURATION } from './telephone-event';

/** How digits are sent. */
export interface DtmfOptions {
  /** Length of each digit in ms, 40 to 60000; 160 when absent. */
  durationMs?: number;
  /** Pause in ms after each digit, at least 40; 70 when absent. */
  gapMs?: number;
  /** Power level in dBm0, -63 to 0; -10 when absent. */
  levelDbm0?: number;
  /** Gives up the digits that have not begun; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

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

interface Job {
  events: number[];
  durationMs: number;
  gapMs: number;
  volume: number;
  done: () => void;
  failed: (error: unknown) => void;
}

const SHORTEST_MS = 40;
const LONGEST_MS = 60_000;
/** RFC 4733 §2.5.1.4: the end of an event is said three times. */
const END_PACKETS = 3;

/**
 * Sends digits as telephone events (RFC 4733 §2.5): decides at each tick of the sender whether an event packet goes out
 * and what it says. Strings of digits queue up behind each other.
 */
export class DtmfSender {
  readonly #jobs: Job[] = [];
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
    const { durationMs = 160, gapMs = 70, levelDbm0 = -10, signal } = options;
    const events: number[] = [];
    for (const digit of digits) {
      const event = eventOfDigit(digit);
      if (event === undefined) {
        const message = `Send only the digits 0-9, *, #, A-D and ! (flash), not ${JSON.stringify(digit)}.`;
        return Promise.reject(new MediaError('ERR_DTMF_DIGIT', message));
      }
      events.push(event);
    }
    if (!(durationMs >= SHORTEST_MS && durationMs <= LONGEST_MS) || !(gapMs >= SHORTEST_MS && gapMs <= LONGEST_MS)) {
      const message = `Give digits a duration and a gap of ${SHORTEST_MS} to ${LONGEST_MS} ms.`;
      return Promise.reject(new MediaError('ERR_MEDIA_ARGUMENT', message));
    }
    if (!(levelDbm0 <= 0 && levelDbm0 >= -63)) {
      return Promise.reject(new MediaError('ERR_MEDIA_ARGUMENT', 'Give digits a level of -63 to 0 dBm0.'));
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (events.length === 0) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const job: Job = { events, durationMs, gapMs, volume: Math.round(-levelDbm0), done: resolve, failed: reject };
      this.#jobs.push(job);
      if (!signal) return;
      const abort = (): void => this.#abort(job, signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      job.done = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      job.failed = (error) => {
        signal.removeEventListener('abort', abort);
        reject(error);
      };
    });
  }

  #abort(job: Job, reason: unknown): void {
    const index = this.#jobs.indexOf(job);
    if (index < 0) return;
    // The digit on the wire is finished, so that the peer hears its end.
    job.events.length = index === 0 && this.#busy ? 1 : 0;
    if (job.events.length === 0) this.#jobs.splice(index, 1);
    job.failed(reason);
  }

  /** Whether a digit is on the wire. */
  get #busy(): boolean {
    return this.#event >= 0 || this.#endsLeft > 0;
  }

  /** Whether digits are being sent or wait to be. */
  get active(): boolean {
    return this.#jobs.length > 0;
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
    if (!this.#jobs[0]) return undefined;
    if (!this.#busy) {
      this.#gapLeft -= tickMs;
      if (this.#gapLeft > 0) return undefined;
      this.#gapLeft = 0;
      while (this.#jobs[0]?.events.length === 0) this.#jobs.shift()!.done();
      const next = this.#jobs[0];
      if (!next) return undefined;
      this.#event = next.events[0]!;
      this.#elapsed = 0;
      this.#segmentStart = 0;
      this.#first = true;
    }
    const job = this.#jobs[0];
    if (this.#endsLeft > 0) {
      this.#endsLeft--;
      this.#gapLeft -= tickMs;
      this.#packet.first = false;
      this.#packet.ageMs += tickMs;
      if (this.#endsLeft === 0) this.#finish(job);
      return this.#packet;
    }
    return this.#report(job, tickMs, clockRate, frameMs);
  }

  #report(job: Job, tickMs: number, clockRate: number, frameMs: number): EventPacket {
    const packet = this.#packet;
    packet.event = this.#event;
    packet.volume = job.volume;
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

  #finish(job: Job): void {
    this.#sent++;
    job.events.shift();
  }

  /** Rejects all that waits. */
  fail(error: MediaError): void {
    this.#event = -1;
    this.#endsLeft = 0;
    for (const job of this.#jobs.splice(0)) job.failed(error);
  }
}
