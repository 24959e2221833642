/// <reference path="./speex-resampler-wasm.d.ts" />
import type { SpeexModule } from '@echogarden/speex-resampler-wasm/simd';
import { MediaError } from '../platform/errors';

/** 0 to 10; 3 is SpeexDSP's setting for telephony, 5 the one for desktops: inaudible, and 5 ms of delay at 8 kHz. */
const QUALITY = 5;
const LOWEST_RATE = 1000;
const HIGHEST_RATE = 384_000;

let module: SpeexModule | undefined;
let loading: Promise<void> | undefined;
let failure: MediaError | undefined;

/**
 * Loads the resampler (SpeexDSP compiled to WebAssembly), once a process; it takes some 20 ms. A session loads it by
 * itself when a rate differs and is silent until it is there; await this first where no sample may be missed.
 *
 * @throws MediaError `ERR_RESAMPLER` when it cannot be loaded
 */
export function loadResampler(): Promise<void> {
  loading ??= load().catch((cause: unknown) => {
    const message = 'Cannot load the resampler; reinstall @echogarden/speex-resampler-wasm, or use the codec’s rate.';
    failure = new MediaError('ERR_RESAMPLER', message, { cause });
    throw failure;
  });
  return loading;
}

async function load(): Promise<void> {
  const { default: createModule } = await import('@echogarden/speex-resampler-wasm/simd');
  module = await createModule();
}

/** Whether {@link loadResampler} is done. */
export function isResamplerLoaded(): boolean {
  return module !== undefined;
}

/**
 * Whether a resampler can be made now. Begins to load it when not.
 *
 * @throws MediaError `ERR_RESAMPLER` when loading failed
 */
export function resamplerReady(): boolean {
  if (module) return true;
  if (failure) throw failure;
  if (!loading) loadResampler().catch(() => {});
  return false;
}

/** Converts a stream of mono samples from one rate to another, keeping its state from piece to piece. */
export class Resampler {
  readonly inputRate: number;
  readonly outputRate: number;
  readonly #module: SpeexModule;
  #state: number;
  /** Two 32-bit lengths, then the input, then the output, in the memory of the module. */
  #memory = 0;
  #inputCapacity = 0;
  #outputCapacity = 0;

  /**
   * @param inputRate Hz, 1000 to 384000
   * @param outputRate Hz, 1000 to 384000
   * @throws MediaError `ERR_MEDIA_ARGUMENT` when a rate is out of range or {@link loadResampler} was not awaited
   */
  constructor(inputRate: number, outputRate: number) {
    if (!module) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', 'Await loadResampler() before making a Resampler.');
    }
    for (const rate of [inputRate, outputRate]) {
      if (!Number.isInteger(rate) || rate < LOWEST_RATE || rate > HIGHEST_RATE) {
        throw new MediaError(
          'ERR_MEDIA_ARGUMENT',
          `Give a sample rate between ${LOWEST_RATE} and ${HIGHEST_RATE} Hz, not ${rate}.`,
        );
      }
    }
    this.inputRate = inputRate;
    this.outputRate = outputRate;
    this.#module = module;
    const error = module._malloc(4);
    this.#state = module._speex_resampler_init(1, inputRate, outputRate, QUALITY, error);
    module._free(error);
    released.register(this, { module, state: this.#state }, this);
  }

  /** The most samples that come out for so many that go in. */
  outputLength(inputSamples: number): number {
    return Math.ceil((inputSamples * this.outputRate) / this.inputRate) + 1;
  }

  /**
   * Converts `count` samples.
   *
   * @param output must have room for {@link outputLength} samples
   * @returns how many samples came out
   */
  process(input: Int16Array, count: number, output: Int16Array): number {
    const speex = this.#module;
    const room = this.outputLength(count);
    if (count > this.#inputCapacity || room > this.#outputCapacity) this.#allocate(count, room);
    const lengths = this.#memory >> 2;
    const inputAt = (this.#memory + 8) >> 1;
    const outputAt = inputAt + this.#inputCapacity;
    const heap = speex.HEAP16;
    for (let i = 0; i < count; i++) heap[inputAt + i] = input[i]!;
    speex.HEAP32[lengths] = count;
    speex.HEAP32[lengths + 1] = room;
    speex._speex_resampler_process_int(this.#state, 0, inputAt << 1, lengths << 2, outputAt << 1, (lengths + 1) << 2);
    const made = speex.HEAP32[lengths + 1]!;
    const after = speex.HEAP16;
    for (let i = 0; i < made; i++) output[i] = after[outputAt + i]!;
    return made;
  }

  #allocate(input: number, output: number): void {
    if (this.#memory !== 0) this.#module._free(this.#memory);
    this.#inputCapacity = (input + 1) & ~1;
    this.#outputCapacity = output;
    this.#memory = this.#module._malloc(8 + (this.#inputCapacity + this.#outputCapacity) * 2);
  }

  /** Leaves out the silence that the filter begins with: less comes out of the first input. For whole recordings. */
  skipDelay(): void {
    this.#module._speex_resampler_skip_zeros(this.#state);
  }

  /** Frees what the resampler holds in the module's memory. It must not be used any more. */
  close(): void {
    if (this.#state === 0) return;
    released.unregister(this);
    this.#module._speex_resampler_destroy(this.#state);
    if (this.#memory !== 0) this.#module._free(this.#memory);
    this.#state = 0;
    this.#memory = 0;
  }
}

/** Frees the filter of a resampler that nobody closed. */
const released = new FinalizationRegistry<{ module: SpeexModule; state: number }>(({ module: speex, state }) => {
  speex._speex_resampler_destroy(state);
});

/** Converts a whole recording at once, in place: without the delay of the filter. Await {@link loadResampler} first. */
export function resample(pcm: Int16Array, inputRate: number, outputRate: number): Int16Array {
  if (inputRate === outputRate) return pcm.slice();
  const resampler = new Resampler(inputRate, outputRate);
  resampler.skipDelay();
  const output = new Int16Array(Math.round((pcm.length * outputRate) / inputRate));
  const piece = new Int16Array(Math.ceil(inputRate / 50));
  const made = new Int16Array(resampler.outputLength(piece.length));
  for (let from = 0, at = 0; at < output.length; from += piece.length) {
    piece.fill(0);
    piece.set(pcm.subarray(from, from + piece.length));
    const count = Math.min(resampler.process(piece, piece.length, made), output.length - at);
    output.set(made.subarray(0, count), at);
    at += count;
  }
  resampler.close();
  return output;
}
