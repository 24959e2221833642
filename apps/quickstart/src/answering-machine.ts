import type { Call, CallEnd } from '@offhook/endpoint';
import { echo, RecordingSource, type WavRecorder } from '@offhook/rtp-media';
import { audioFacts, audioLine, round } from './call-facts';
import type { Output } from './output/output';
import { numbered, openRecording } from './recording';

/** What callers meet. */
export interface AnsweringOptions {
  /** Whether they hear themselves. */
  readonly echo?: boolean;
  /** What they hear once. */
  readonly speech?: RecordingSource;
  /** Where the first of them is recorded; the others get files of their own. */
  readonly record?: string;
  /** Seconds to ring before answering. */
  readonly delay: number;
  /** Seconds after which they are hung up on. */
  readonly duration?: number;
  /** The status that refuses them all. */
  readonly reject?: number;
  readonly codec?: readonly string[];
}

/** Answers calls, many at once, and says what becomes of each. */
export class AnsweringMachine {
  /** Calls taken, how many were answered, and how many broke off by an error. */
  readonly totals = { calls: 0, established: 0, failed: 0 };
  readonly #output: Output;
  readonly #options: AnsweringOptions;
  readonly #open = new Set<Promise<void>>();
  #ended = 0;
  #onEnded: () => void = () => {};

  constructor(output: Output, options: AnsweringOptions) {
    this.#output = output;
    this.#options = options;
  }

  /** Takes a call that has come in. */
  take(call: Call): void {
    const number = ++this.totals.calls;
    const { uri, displayName } = call.remote;
    const from = displayName === undefined ? uri : `"${displayName}" <${uri}>`;
    this.#output.event({ type: 'incoming', call: number, from, callId: call.callId }, `Call ${number} from ${from}`);
    call.on('dtmf', ({ digit }) => {
      this.#output.event({ type: 'dtmf', call: number, digit }, `Call ${number}: digit ${digit}`);
    });
    call.on('held', ({ by }) => this.#output.event({ type: 'held', call: number, by }, `Call ${number} is on hold`));
    call.on('retrieved', ({ by }) =>
      this.#output.event({ type: 'retrieved', call: number, by }, `Call ${number} goes on`),
    );
    const handled = this.#handle(call, number).finally(() => {
      this.#open.delete(handled);
      this.#ended++;
      this.#onEnded();
    });
    this.#open.add(handled);
  }

  /** Resolves when that many calls have ended; never without a count. */
  ended(count: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnded = () => {
        if (count !== undefined && this.#ended >= count) resolve();
      };
      this.#onEnded();
    });
  }

  /** Resolves when nothing is left to be done for any call. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #handle(call: Call, number: number): Promise<void> {
    const recorders: WavRecorder[] = [];
    try {
      if (this.#options.reject !== undefined) call.reject(this.#options.reject);
      else await this.#answer(call, number, recorders);
    } catch (error) {
      // Where the caller gave up or the call broke off, its end says so.
      if (call.state !== 'disconnected') this.#tellError(number, error as Error);
      void call.hangup();
    }
    const end = await call.ended;
    await Promise.all(recorders.map((recorder) => recorder.close()));
    this.#report(number, end);
  }

  async #answer(call: Call, number: number, recorders: WavRecorder[]): Promise<void> {
    const { delay, duration, record, speech, codec } = this.#options;
    if (record !== undefined) {
      const recorder = await openRecording(numbered(record, number), codec);
      recorders.push(recorder);
      call.audio.addSink(recorder);
    }
    if (this.#options.echo) echo(call.audio);
    if (speech) call.audio.source = new RecordingSource(speech.samples, speech.sampleRate);
    if (delay > 0) {
      await call.ring();
      await this.#unlessEnded(call, delay);
    }
    await call.answer();
    this.totals.established++;
    const name = call.snapshot.codec;
    this.#output.event({ type: 'established', call: number, codec: name }, `Call ${number} answered, ${name}`);
    if (duration !== undefined) {
      await this.#unlessEnded(call, duration);
      await call.hangup();
    }
  }

  #tellError(number: number, { message }: Error): void {
    this.#output.event({ type: 'error', call: number, message }, `Call ${number}: ${message}`);
  }

  /** Waits for a time, but not longer than the call lasts. */
  #unlessEnded(call: Call, seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      call.on('ended', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #report(number: number, end: CallEnd): void {
    const { by, status, reason, error, statistics } = end;
    if (by === 'error') this.totals.failed++;
    const durationMs = round(end.durationMs);
    this.#output.event(
      {
        type: 'ended',
        call: number,
        by,
        ...(status !== undefined && { status }),
        ...(reason !== undefined && { reason }),
        ...(error && { error: { code: error.code, message: error.message } }),
        durationMs,
        ...audioFacts(statistics),
      },
      `Call ${number} ended ${by === 'error' ? `by an error: ${error?.message}` : `by the ${by === 'local' ? 'callee' : 'caller'}`}` +
        ` after ${(durationMs / 1000).toFixed(1)} s: ${audioLine(statistics)}`,
    );
  }
}
