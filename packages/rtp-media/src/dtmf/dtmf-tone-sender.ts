import type { MediaError } from '../platform/errors';
import { type DtmfToneShape, dtmfToneShape, dtmfToneValue } from '../tones/dtmf-tones';
import { type DtmfJob, type DtmfOptions, DtmfQueue } from './dtmf-queue';
import { DTMF_PAUSE, digitOfEvent } from './telephone-event';

/** Events that have tones: the sixteen keys, but no flash. */
const HIGHEST_KEY = 15;
/** dBm0 of both tones together: -8 and -6 each, as telephones send. */
const DEFAULT_LEVEL = -4;
/** dB that the sum of both is above the low and the high frequency, when the high one is 2 dB above the low. */
const LOW_SHARE = 4.1;
const HIGH_SHARE = 2.1;
/** dBFS of a sine of 0 dBm0 (ITU-T G.711). */
const DBFS_OF_0_DBM0 = -3.14;

/**
 * Sends digits as tones in the audio (ITU-T Q.23), in place of the source, sample by sample at whatever rate the codec
 * has. Strings of digits queue up behind each other.
 */
export class DtmfToneSender {
  readonly #queue = new DtmfQueue(HIGHEST_KEY, () => (this.#inTone ? (this.#position * 1000) / this.#rate : undefined));
  #rate = 8000;
  /** Of the digit, or pause, being sent: samples since its start. */
  #position = 0;
  #inTone = false;
  #begun = false;
  #sent = 0;
  readonly #shape: DtmfToneShape = dtmfToneShape();

  /**
   * Queues digits.
   *
   * @throws MediaError `ERR_DTMF_DIGIT`, `ERR_MEDIA_ARGUMENT` (through the promise)
   */
  send(digits: string, options: DtmfOptions = {}): Promise<void> {
    return this.#queue.add(digits, options);
  }

  /** Whether digits are being sent or wait to be. */
  get active(): boolean {
    return this.#queue.active;
  }

  /** Digits whose tone was sent. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Fills a frame with tones and the pauses between them, silence after the last.
   *
   * @param sampleRate Hz of the frame; may change at any time
   * @returns false when there was nothing to send, and the frame is as it was
   */
  fill(frame: Int16Array, sampleRate: number): boolean {
    if (sampleRate !== this.#rate) {
      this.#position = Math.round((this.#position * sampleRate) / this.#rate);
      this.#rate = sampleRate;
      this.#begun = false;
    }
    let at = 0;
    while (at < frame.length) {
      const job = this.#queue.next();
      if (!job) {
        if (at > 0) frame.fill(0, at);
        return at > 0;
      }
      at = this.#play(job, frame, at);
    }
    return true;
  }

  /** Plays on from where the job stands, to the end of its digit or of the frame. @returns where in the frame that is */
  #play(job: DtmfJob, frame: Int16Array, from: number): number {
    const event = job.events[0]!;
    const samples = (ms: number) => Math.round((ms * this.#rate) / 1000);
    const on = event === DTMF_PAUSE ? 0 : samples(job.durationMs);
    const length = event === DTMF_PAUSE ? samples(job.pauseMs) : on + samples(job.gapMs);
    if (on > 0 && !this.#begun) {
      const level = (job.levelDbm0 ?? DEFAULT_LEVEL) + DBFS_OF_0_DBM0;
      dtmfToneShape(digitOfEvent(event)!, this.#rate, level - LOW_SHARE, level - HIGH_SHARE, this.#shape);
      this.#begun = true;
    }
    let at = from;
    for (; at < frame.length && this.#position < length; at++, this.#position++) {
      frame[at] = this.#position < on ? dtmfToneValue(this.#shape, this.#position, on) : 0;
    }
    this.#inTone = this.#position < on;
    if (this.#position >= length) {
      job.events.shift();
      if (on > 0) this.#sent++;
      this.#position = 0;
      this.#begun = false;
    }
    return at;
  }

  /** Nothing can be sent for a while: the digit that sounds, if there is one, counts as sent, those after it wait. */
  interrupt(): void {
    const job = this.#queue.current;
    if (this.#position === 0 || !job) return;
    if (this.#begun) this.#sent++;
    job.events.shift();
    this.#position = 0;
    this.#inTone = false;
    this.#begun = false;
  }

  /** Rejects all that waits. */
  fail(error: MediaError): void {
    this.#position = 0;
    this.#inTone = false;
    this.#begun = false;
    this.#queue.fail(error);
  }
}
