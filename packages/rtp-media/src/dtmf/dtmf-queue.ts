import { MediaError } from '../platform/errors';
import { DTMF_PAUSE, eventOfDigit, HIGHEST_EVENT } from './telephone-event';

/** How digits are sent. */
export interface DtmfOptions {
  /** Length of each digit in ms, 40 to 60000; 160 when absent. */
  durationMs?: number;
  /** Pause in ms after each digit, 40 to 60000; 70 when absent. */
  gapMs?: number;
  /** Pause in ms that a comma stands for, 1 to 60000; 1000 when absent. */
  pauseMs?: number;
  /** Power level in dBm0, -63 to 0; -10 for telephone events and -4 for tones in the audio when absent. */
  levelDbm0?: number;
  /** Ends the digit being sent and gives up the rest; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A string of digits and how they are sent, checked, with what was left open filled in. */
export interface DtmfPlan {
  /** Event codes (RFC 4733 §3.2) in order; -1 for a pause. */
  readonly events: number[];
  /** ms of a digit. */
  durationMs: number;
  /** ms of silence after a digit. */
  readonly gapMs: number;
  /** ms of a pause. */
  readonly pauseMs: number;
  /** dBm0; undefined when the caller did not say. */
  readonly levelDbm0: number | undefined;
}

/** Digits of one call of `send`, while they are not all sent: its events are those left. */
export interface DtmfJob extends DtmfPlan {
  done(): void;
  failed(error: unknown): void;
}

/** Shortest digit and pause that receivers have to notice (ITU-T Q.24). */
export const SHORTEST_DIGIT_MS = 40;
const LONGEST_MS = 60_000;

/** Digits that wait to be sent, in the order they were given. */
export class DtmfQueue {
  readonly #jobs: DtmfJob[] = [];
  readonly #highestEvent: number;
  readonly #cutShort: () => number | undefined;

  /**
   * @param highestEvent the last event code that can be sent
   * @param cutShort asked when the first job is given up: ms that the digit being sent has lasted, or undefined when none is
   */
  constructor(highestEvent: number, cutShort: () => number | undefined) {
    this.#highestEvent = highestEvent;
    this.#cutShort = cutShort;
  }

  /**
   * Queues digits.
   *
   * @throws MediaError `ERR_DTMF_DIGIT`, `ERR_MEDIA_ARGUMENT` (through the promise)
   */
  add(digits: string, options: DtmfOptions): Promise<void> {
    let job: DtmfPlan;
    try {
      job = dtmfPlan(digits, options, this.#highestEvent);
    } catch (error) {
      return Promise.reject(error);
    }
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (job.events.length === 0) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const abort = (): void => this.#abort(queued, signal!.reason);
      const queued: DtmfJob = {
        ...job,
        done: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        failed: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      this.#jobs.push(queued);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #abort(job: DtmfJob, reason: unknown): void {
    const index = this.#jobs.indexOf(job);
    if (index < 0) return;
    const lasted = index === 0 ? this.#cutShort() : undefined;
    // The digit that has begun gets its end, so that the peer does not hear it for ever.
    job.events.length = lasted === undefined ? 0 : 1;
    if (lasted === undefined) this.#jobs.splice(index, 1);
    else job.durationMs = Math.min(job.durationMs, Math.max(SHORTEST_DIGIT_MS, lasted));
    job.failed(reason);
  }

  /** Whether digits are being sent or wait to be. */
  get active(): boolean {
    return this.#jobs.length > 0;
  }

  /** The job whose digit is being sent, or would be next. */
  get current(): DtmfJob | undefined {
    return this.#jobs[0];
  }

  /** Ends the jobs that have nothing left, and gives the first that has. */
  next(): DtmfJob | undefined {
    while (this.#jobs[0]?.events.length === 0) this.#jobs.shift()!.done();
    return this.#jobs[0];
  }

  /** Rejects all that waits. */
  fail(error: MediaError): void {
    for (const job of this.#jobs.splice(0)) job.failed(error);
  }
}

/**
 * Checks a string of digits and how they are to be sent.
 *
 * @param highestEvent the last event code that can be sent; 16, a hook flash, when absent
 * @throws MediaError `ERR_DTMF_DIGIT`, `ERR_MEDIA_ARGUMENT`
 */
export function dtmfPlan(digits: string, options: DtmfOptions = {}, highestEvent = HIGHEST_EVENT): DtmfPlan {
  const { durationMs = 160, gapMs = 70, pauseMs = 1000, levelDbm0 } = options;
  const events = [...digits].map((digit) => {
    const event = digit === ',' ? DTMF_PAUSE : eventOfDigit(digit);
    if (event !== undefined && event <= highestEvent) return event;
    const flash = highestEvent > 15 ? ', ! (flash)' : '';
    const message = `Send only the digits 0-9, *, #, A-D${flash} and commas for pauses, not ${JSON.stringify(digit)}.`;
    throw new MediaError('ERR_DTMF_DIGIT', message);
  });
  const within = (ms: number, least: number) => ms >= least && ms <= LONGEST_MS;
  if (!within(durationMs, SHORTEST_DIGIT_MS) || !within(gapMs, SHORTEST_DIGIT_MS)) {
    const message = `Give digits a duration and a gap of ${SHORTEST_DIGIT_MS} to ${LONGEST_MS} ms.`;
    throw new MediaError('ERR_MEDIA_ARGUMENT', message);
  }
  if (!within(pauseMs, 1)) throw new MediaError('ERR_MEDIA_ARGUMENT', `Give a comma a pause of 1 to ${LONGEST_MS} ms.`);
  if (levelDbm0 !== undefined && !(levelDbm0 <= 0 && levelDbm0 >= -63)) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give digits a level of -63 to 0 dBm0.');
  }
  return { events, durationMs, gapMs, pauseMs, levelDbm0 };
}
