import { type LogAreaRatios, partEnds } from './log-area-ratios';
import { add, multiplyRounded, subtract } from './words';

/** Short-term filters: lattices of eight stages, whose coefficients change within a frame (GSM 06.10 §5.2.10, §5.3.4). */
export class Lattice {
  readonly #memory = new Int16Array(9);

  /** Takes the short-term correlation out of a frame, in place. */
  analyse(ratios: LogAreaRatios, samples: Int16Array): void {
    const memory = this.#memory;
    let at = 0;
    for (let part = 0; part < 4; part++) {
      const coefficients = ratios.coefficients(part);
      for (const end = partEnds[part]!; at < end; at++) {
        let forward = samples[at]!;
        let backward = forward;
        for (let i = 0; i < 8; i++) {
          const before = memory[i]!;
          const coefficient = coefficients[i]!;
          memory[i] = backward;
          backward = add(before, multiplyRounded(coefficient, forward));
          forward = add(forward, multiplyRounded(coefficient, before));
        }
        samples[at] = forward;
      }
    }
  }

  /** Puts it back: `residual` from `from` on becomes a frame of `out`. */
  synthesise(ratios: LogAreaRatios, residual: Int16Array, from: number, out: Int16Array): void {
    const memory = this.#memory;
    let at = 0;
    for (let part = 0; part < 4; part++) {
      const coefficients = ratios.coefficients(part);
      for (const end = partEnds[part]!; at < end; at++) {
        let sample = residual[from + at]!;
        for (let i = 7; i >= 0; i--) {
          const coefficient = coefficients[i]!;
          sample = subtract(sample, multiplyRounded(coefficient, memory[i]!));
          memory[i + 1] = add(memory[i]!, multiplyRounded(coefficient, sample));
        }
        memory[0] = sample;
        out[at] = sample;
      }
    }
  }

  reset(): void {
    this.#memory.fill(0);
  }
}
