import { fourierTransform } from '../../analysis/fourier';

/** Window and grid of the comparison, in samples of 8 kHz. */
const WINDOW = 256;
const STEP = 160;
const GRID = 16;
/** How far from where it is expected a frame may be found, in grid steps. */
const SEARCH = 10;
const BANDS = 18;
/** Bands below this are taken for silence: that of a quiet room, as power of 16-bit samples. */
const FLOOR = 10 ** (20 / 10) * WINDOW;
/** Beyond this, two frames do not sound alike. */
const DAMAGED_DB = 8;

/** How what was heard differs from the ideal. */
export interface Artefacts {
  /** Mean distance of the spectra, in dB, over the frames in which somebody speaks. */
  spectralDb: number;
  /** Share of those frames, 0 to 1, that hardly sound like the ideal. */
  damaged: number;
  /** Steps from sample to sample that are steeper than any in the ideal. */
  clicks: number;
}

const hann = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW));
/** Band edges from 100 to 3800 Hz, evenly spaced on the mel scale. */
const edges = Array.from({ length: BANDS + 1 }, (_, i) => {
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const at = mel(100) + ((mel(3800) - mel(100)) * i) / BANDS;
  return Math.round(((700 * (10 ** (at / 2595) - 1)) / 8000) * WINDOW);
});

/**
 * Compares 8 kHz audio that went through a network with what was sent. Time may have been stretched: each frame is
 * compared with the most alike one near the place it is expected at.
 */
export class ArtefactMeter {
  readonly #ideal: Int16Array;
  readonly #bands: Float32Array;
  readonly #positions: number;
  readonly #steepest: number;
  readonly #re = new Float64Array(WINDOW);
  readonly #im = new Float64Array(WINDOW);
  readonly #frame = new Float32Array(BANDS);

  /** @param ideal what was sent */
  constructor(ideal: Int16Array) {
    this.#ideal = ideal;
    this.#positions = Math.max(0, Math.floor((ideal.length - WINDOW) / GRID) + 1);
    this.#bands = new Float32Array(this.#positions * BANDS);
    for (let i = 0; i < this.#positions; i++) this.#analyse(ideal, i * GRID, this.#bands, i * BANDS);
    let steepest = 0;
    for (let i = 1; i < ideal.length; i++) steepest = Math.max(steepest, Math.abs(ideal[i]! - ideal[i - 1]!));
    // The codec's own error may be as much.
    this.#steepest = steepest * 1.1;
  }

  /**
   * Counts what is wrong in what came out.
   *
   * @param heard what came out
   * @param expected for each 20 ms of it, the sample of the ideal that it should begin with; NaN when none
   */
  measure(heard: Int16Array, expected: ArrayLike<number>): Artefacts {
    let sum = 0;
    let frames = 0;
    let damaged = 0;
    for (let i = 0; (i + 1) * STEP + WINDOW <= heard.length; i++) {
      const place = Math.round(expected[i]! / GRID);
      if (Number.isNaN(place) || place < 0 || place >= this.#positions) continue;
      this.#analyse(heard, i * STEP, this.#frame, 0);
      if (!this.#isSpeech(this.#bands, place * BANDS) && !this.#isSpeech(this.#frame, 0)) continue;
      let best = Number.POSITIVE_INFINITY;
      for (let at = Math.max(0, place - SEARCH); at <= Math.min(this.#positions - 1, place + SEARCH); at++) {
        best = Math.min(best, this.#distance(at * BANDS));
      }
      sum += best;
      frames++;
      if (best > DAMAGED_DB) damaged++;
    }
    let clicks = 0;
    for (let i = 1; i < heard.length; i++) if (Math.abs(heard[i]! - heard[i - 1]!) > this.#steepest) clicks++;
    return { spectralDb: frames > 0 ? sum / frames : 0, damaged: frames > 0 ? damaged / frames : 0, clicks };
  }

  /** What was sent. */
  get ideal(): Int16Array {
    return this.#ideal;
  }

  #analyse(pcm: Int16Array, start: number, into: Float32Array, offset: number): void {
    const re = this.#re;
    const im = this.#im;
    for (let i = 0; i < WINDOW; i++) re[i] = pcm[start + i]! * hann[i]!;
    im.fill(0);
    fourierTransform(re, im);
    for (let band = 0; band < BANDS; band++) {
      let power = FLOOR;
      for (let bin = edges[band]!; bin < Math.max(edges[band]! + 1, edges[band + 1]!); bin++) {
        power += (re[bin]! * re[bin]! + im[bin]! * im[bin]!) / WINDOW;
      }
      into[offset + band] = 10 * Math.log10(power);
    }
  }

  #isSpeech(bands: Float32Array, offset: number): boolean {
    let loudest = 0;
    for (let i = 0; i < BANDS; i++) loudest = Math.max(loudest, bands[offset + i]!);
    return loudest > 10 * Math.log10(FLOOR) + 20;
  }

  #distance(offset: number): number {
    let sum = 0;
    for (let i = 0; i < BANDS; i++) {
      const difference = this.#bands[offset + i]! - this.#frame[i]!;
      sum += difference * difference;
    }
    return Math.sqrt(sum / BANDS);
  }
}
