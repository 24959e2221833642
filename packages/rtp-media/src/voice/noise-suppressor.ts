/// <reference path="./rnnoise-wasm.d.ts" />
import type { RnnoiseModule } from '@echogarden/rnnoise-wasm';
import { PcmQueue } from '../audio/pcm-queue';
import { loadResampler, Resampler } from '../audio/resampler';
import { MediaError } from '../platform/errors';

/** RNNoise works in frames of 10 ms at 48 kHz. */
const RATE = 48_000;
const FRAME = 480;

let module: RnnoiseModule | undefined;
let loading: Promise<void> | undefined;

/**
 * Loads the noise suppression (RNNoise compiled to WebAssembly) and the resampler, once a process.
 *
 * @throws MediaError `ERR_NOISE_SUPPRESSION` when it cannot be loaded
 */
export function loadNoiseSuppression(): Promise<void> {
  loading ??= load().catch((cause: unknown) => {
    const message = 'Cannot load the noise suppression; reinstall @echogarden/rnnoise-wasm, or go without.';
    throw new MediaError('ERR_NOISE_SUPPRESSION', message, { cause });
  });
  return loading;
}

async function load(): Promise<void> {
  const { default: createModule } = await import('@echogarden/rnnoise-wasm');
  [module] = await Promise.all([createModule(), loadResampler()]);
}

/**
 * Takes noise out of speech (RNNoise), at any rate. It delays by some 20 ms, at 48 kHz by 10. It needs a second or more to
 * learn a steady noise, and longer for hiss that reaches beyond 16 kHz. It costs far more than the rest of a
 * call: turn it on where it is needed.
 */
export class NoiseSuppressor {
  readonly sampleRate: number;
  readonly #module: RnnoiseModule;
  readonly #up: Resampler | undefined;
  readonly #down: Resampler | undefined;
  readonly #wide = new PcmQueue(FRAME * 4);
  readonly #clean = new PcmQueue(FRAME * 4);
  readonly #frame = new Int16Array(FRAME);
  #upsampled = new Int16Array(0);
  readonly #downsampled: Int16Array;
  #state: number;
  readonly #memory: number;
  #voice = 0;

  /**
   * @param sampleRate Hz of what is treated; 8000 when absent
   * @throws MediaError `ERR_MEDIA_ARGUMENT` when {@link loadNoiseSuppression} was not awaited
   */
  constructor(sampleRate = 8000) {
    if (!module) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Await loadNoiseSuppression() before suppressing noise.');
    this.#module = module;
    this.sampleRate = sampleRate;
    if (sampleRate !== RATE) {
      this.#up = new Resampler(sampleRate, RATE);
      this.#down = new Resampler(RATE, sampleRate);
    }
    this.#downsampled = new Int16Array(this.#down?.outputLength(FRAME) ?? FRAME);
    this.#state = module._rnnoise_create(0);
    this.#memory = module._malloc(FRAME * 4);
    // One frame of its own, so that each call gives as many samples as it takes.
    this.#clean.pushSilence(Math.ceil((FRAME * sampleRate) / RATE) + 1);
  }

  /** How likely the last frame was speech, 0 to 1. */
  get voiceProbability(): number {
    return this.#voice;
  }

  /** Treats a frame in place. */
  process(frame: Int16Array, count = frame.length): void {
    if (this.#state === 0) return;
    if (this.#up) {
      const room = this.#up.outputLength(count);
      if (this.#upsampled.length < room) this.#upsampled = new Int16Array(room);
      this.#wide.push(this.#upsampled, this.#up.process(frame, count, this.#upsampled));
    } else {
      this.#wide.push(frame, count);
    }
    while (this.#wide.length >= FRAME) this.#suppress();
    const given = this.#clean.shift(frame, count);
    frame.fill(0, given, count);
  }

  #suppress(): void {
    const { HEAPF32 } = this.#module;
    const at = this.#memory >> 2;
    const wide = this.#frame;
    this.#wide.shift(wide, FRAME);
    for (let i = 0; i < FRAME; i++) HEAPF32[at + i] = wide[i]!;
    this.#voice = this.#module._rnnoise_process_frame(this.#state, this.#memory, this.#memory);
    const clean = this.#module.HEAPF32;
    for (let i = 0; i < FRAME; i++) wide[i] = Math.round(Math.max(-32_768, Math.min(32_767, clean[at + i]!)));
    if (!this.#down) {
      this.#clean.push(wide, FRAME);
      return;
    }
    this.#clean.push(this.#downsampled, this.#down.process(wide, FRAME, this.#downsampled));
  }

  /** Frees what it holds. It leaves frames as they are from then on. */
  close(): void {
    if (this.#state === 0) return;
    this.#module._rnnoise_destroy(this.#state);
    this.#module._free(this.#memory);
    this.#state = 0;
    this.#up?.close();
    this.#down?.close();
  }
}
