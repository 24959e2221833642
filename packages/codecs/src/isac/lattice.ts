const SUBFRAME = 40;

/** A normalised lattice filter, all-pole in the decoder and all-zero in the encoder; its state runs on from frame to frame. */
export class Lattice {
  readonly #state: Float64Array;
  readonly #cosines: Float64Array;

  constructor(private readonly order: number) {
    this.#state = new Float64Array(order + 1);
    this.#cosines = new Float64Array(order);
  }

  /** Shapes sub-frames of 40 samples in place, each with its own reflection coefficients and gain. */
  allPole(signal: Float64Array, reflections: Float64Array, gains: Float64Array, first = 0): void {
    const { order } = this;
    const g = this.#state;
    const c = this.#cosines;
    for (let at = 0, j = first; at < signal.length; at += SUBFRAME, j++) {
      const base = j * order;
      const gain = this.#prepare(reflections, base, gains[j]!);
      for (let n = at; n < at + SUBFRAME; n++) {
        let f = signal[n]! / gain;
        for (let i = order - 1; i >= 0; i--) {
          const s = reflections[base + i]!;
          const old = g[i]!;
          g[i + 1] = s * f + c[i]! * old;
          f = c[i]! * f - s * old;
        }
        g[0] = f;
        signal[n] = f;
      }
    }
  }

  /** Whitens sub-frames of 40 samples in place: the inverse of {@link allPole}. */
  allZero(signal: Float64Array, reflections: Float64Array, gains: Float64Array, first = 0): void {
    const { order } = this;
    const g = this.#state;
    const c = this.#cosines;
    for (let at = 0, j = first; at < signal.length; at += SUBFRAME, j++) {
      const base = j * order;
      const gain = this.#prepare(reflections, base, gains[j]!);
      for (let n = at; n < at + SUBFRAME; n++) {
        let f = signal[n]!;
        let carried = f;
        for (let i = 0; i < order; i++) {
          const s = reflections[base + i]!;
          const old = g[i]!;
          f = (f + s * old) / c[i]!;
          g[i] = carried;
          carried = c[i]! * old + s * f;
        }
        signal[n] = gain * f;
      }
    }
  }

  #prepare(reflections: Float64Array, base: number, gain: number): number {
    let product = gain;
    for (let i = 0; i < this.order; i++) {
      const s = reflections[base + i]!;
      const c = Math.sqrt(1 - s * s);
      this.#cosines[i] = c;
      product *= c;
    }
    return product;
  }

  reset(): void {
    this.#state.fill(0);
  }
}
