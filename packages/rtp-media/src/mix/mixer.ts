import { levelDbfs } from '../analysis/level';
import { MediaError } from '../platform/errors';
import { ActiveSpeakers, type ActiveSpeakersOptions } from './active-speakers';
import { MixerLeg, type MixerLegOptions } from './mixer-leg';
import { softLimit } from './soft-limit';

/** Settings of {@link Mixer}. */
export interface MixerOptions {
  /** Hz that is mixed at; 8000 when absent. Legs of other rates are resampled: await `loadResampler()` first. */
  sampleRate?: number;
  /** ms of one round; 20 when absent. */
  frameMs?: number;
  /** Who counts as speaking. */
  speakers?: ActiveSpeakersOptions;
}

/**
 * A conference: every leg hears the sum of all others (N-1), limited softly and never wrapped.
 *
 * It has no clock of its own. Call {@link mix} every `frameMs`: each call reads one frame from every leg and gives one to
 * every leg. The cost grows with the number of legs, not with its square; legs that say nothing share one sum.
 */
export class Mixer {
  /** Hz that is mixed at. */
  readonly sampleRate: number;
  /** ms of one round. */
  readonly frameMs: number;
  readonly #legs = new Set<MixerLeg>();
  readonly #speakers: ActiveSpeakers<MixerLeg>;
  readonly #sum: Float32Array;
  readonly #everything: Int16Array;
  readonly #silence: Int16Array;

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` when a frame would not be a whole number of samples */
  constructor(options: MixerOptions = {}) {
    const { sampleRate = 8000, frameMs = 20, speakers } = options;
    const samples = (sampleRate * frameMs) / 1000;
    if (!Number.isInteger(samples) || samples < 1) {
      throw new MediaError(
        'ERR_MEDIA_ARGUMENT',
        `${frameMs} ms are no whole frame at ${sampleRate} Hz; choose others.`,
      );
    }
    this.sampleRate = sampleRate;
    this.frameMs = frameMs;
    this.#speakers = new ActiveSpeakers(speakers);
    this.#sum = new Float32Array(samples);
    this.#everything = new Int16Array(samples);
    this.#silence = new Int16Array(samples);
  }

  /** All legs, in the order they came. */
  get legs(): ReadonlySet<MixerLeg> {
    return this.#legs;
  }

  /** The legs that speak, loudest first; muted ones do not. A new array whenever it changes. */
  get activeSpeakers(): readonly MixerLeg[] {
    return this.#speakers.list;
  }

  /** Lets a participant in; it takes part from the next round on. */
  addLeg(options: MixerLegOptions = {}): MixerLeg {
    const leg = new MixerLeg(this.sampleRate, this.#sum.length, options);
    this.#legs.add(leg);
    return leg;
  }

  /** Lets a participant out. Its source and sink stay open. */
  removeLeg(leg: MixerLeg): void {
    if (!this.#legs.delete(leg)) return;
    this.#speakers.remove(leg);
    leg.release();
  }

  /** One round. */
  mix(): void {
    this.#sum.fill(0);
    for (const leg of this.#legs) this.#take(leg);
    this.#speakers.settle();
    const everything = this.#everything;
    const sum = this.#sum;
    for (let i = 0; i < everything.length; i++) everything[i] = Math.round(softLimit(sum[i]!));
    for (const leg of this.#legs) this.#give(leg);
  }

  /** Lets every leg out. */
  close(): void {
    for (const leg of [...this.#legs]) this.removeLeg(leg);
  }

  #take(leg: MixerLeg): void {
    leg.pull();
    const { frame } = leg;
    leg.levelDb = levelDbfs(frame);
    this.#speakers.update(leg, leg.muted ? Number.NEGATIVE_INFINITY : leg.levelDb, this.frameMs);
    const from = leg.appliedGain;
    const to = leg.targetGain;
    leg.appliedGain = to;
    leg.audible = leg.levelDb !== Number.NEGATIVE_INFINITY && (from !== 0 || to !== 0);
    if (!leg.audible) return;
    if (from !== 1 || to !== 1) {
      const step = (to - from) / frame.length;
      for (let i = 0; i < frame.length; i++) frame[i] = Math.round(softLimit(frame[i]! * (from + step * (i + 1))));
    }
    const sum = this.#sum;
    for (let i = 0; i < frame.length; i++) sum[i] = sum[i]! + frame[i]!;
  }

  #give(leg: MixerLeg): void {
    if (leg.deafened) {
      leg.deliver(this.#silence.fill(0));
      return;
    }
    if (!leg.audible) {
      // A copy: what one participant does with its frame must not reach the next.
      leg.heard.set(this.#everything);
      leg.deliver(leg.heard);
      return;
    }
    const { heard, frame } = leg;
    const sum = this.#sum;
    for (let i = 0; i < heard.length; i++) heard[i] = Math.round(softLimit(sum[i]! - frame[i]!));
    leg.deliver(heard);
  }
}
