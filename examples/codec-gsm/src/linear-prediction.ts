import { FRAME_SAMPLES } from './frame';
import { larFactor, larLargest, larOffset, larSmallest } from './tables';
import { add, divide, headroom, magnitude, multiply, multiplyRounded } from './words';

/** Linear prediction of a frame by its autocorrelation and the Schur recursion (GSM 06.10 §5.2.4 to §5.2.7). */
export class LinearPrediction {
  readonly #correlation = new Int32Array(9);
  readonly #reflection = new Int16Array(8);
  readonly #p = new Int16Array(9);
  readonly #k = new Int16Array(9);

  /** Writes the codes of the log area ratios. Leaves the samples with as many bits as the autocorrelation had of them. */
  analyse(samples: Int16Array, parameters: Uint8Array): void {
    this.#correlate(samples);
    this.#reflect();
    for (let i = 0; i < 8; i++) {
      const ratio = multiply(larFactor[i]!, logAreaRatio(this.#reflection[i]!));
      const code = add(add(ratio, larOffset[i]!), 256) >> 9;
      const smallest = larSmallest[i]!;
      parameters[i] = Math.min(Math.max(code, smallest), larLargest[i]!) - smallest;
    }
  }

  #correlate(samples: Int16Array): void {
    let peak = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) peak = Math.max(peak, magnitude(samples[i]!));
    const scale = peak === 0 ? 0 : Math.max(0, 4 - headroom(peak << 16));
    if (scale > 0) {
      for (let i = 0; i < FRAME_SAMPLES; i++) samples[i] = multiplyRounded(samples[i]!, 16384 >> (scale - 1));
    }
    for (let lag = 0; lag <= 8; lag++) {
      let sum = 0;
      for (let i = lag; i < FRAME_SAMPLES; i++) sum += samples[i]! * samples[i - lag]!;
      this.#correlation[lag] = sum << 1;
    }
    if (scale > 0) for (let i = 0; i < FRAME_SAMPLES; i++) samples[i]! <<= scale;
  }

  #reflect(): void {
    const reflection = this.#reflection.fill(0);
    const p = this.#p;
    const k = this.#k;
    const energy = this.#correlation[0]!;
    if (energy === 0) return;
    const shift = headroom(energy);
    for (let i = 0; i <= 8; i++) p[i] = k[i] = (this.#correlation[i]! << shift) >> 16;
    for (let n = 0; n < 8; n++) {
      const size = magnitude(p[1]!);
      if (p[0]! < size) return;
      const coefficient = p[1]! > 0 ? -divide(size, p[0]!) : divide(size, p[0]!);
      reflection[n] = coefficient;
      p[0] = add(p[0]!, multiplyRounded(p[1]!, coefficient));
      for (let m = 1; m < 8 - n; m++) {
        const next = p[m + 1]!;
        p[m] = add(next, multiplyRounded(k[m]!, coefficient));
        k[m] = add(k[m]!, multiplyRounded(next, coefficient));
      }
    }
  }
}

/** §5.2.6: three straight lines in place of a logarithm. */
function logAreaRatio(reflection: number): number {
  const size = magnitude(reflection);
  const ratio = size < 22118 ? size >> 1 : size < 31130 ? size - 11059 : (size - 26112) << 2;
  return reflection < 0 ? -ratio : ratio;
}
