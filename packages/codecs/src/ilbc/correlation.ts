/**
 * Products of a block with a signal at falling places: `out[outAt + i]` is the sum over k of `block[at + k] * signal[start - i + k]`.
 * Four at a time, so that a sample is read once for them and no sum waits for the one before.
 *
 * @param count how many
 */
export function correlate(
  block: Float64Array,
  at: number,
  length: number,
  signal: Float64Array,
  start: number,
  count: number,
  out: Float64Array,
  outAt: number,
): void {
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const from = start - i;
    let m1 = signal[from - 1]!;
    let m2 = signal[from - 2]!;
    let m3 = signal[from - 3]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0; k < length; k++) {
      const sample = block[at + k]!;
      const m0 = signal[from + k]!;
      s0 += sample * m0;
      s1 += sample * m1;
      s2 += sample * m2;
      s3 += sample * m3;
      m3 = m2;
      m2 = m1;
      m1 = m0;
    }
    out[outAt + i] = s0;
    out[outAt + i + 1] = s1;
    out[outAt + i + 2] = s2;
    out[outAt + i + 3] = s3;
  }
  for (; i < count; i++) {
    const from = start - i;
    let sum = 0;
    for (let k = 0; k < length; k++) sum += block[at + k]! * signal[from + k]!;
    out[outAt + i] = sum;
  }
}

/** Energies of the blocks that {@link correlate} looks at, each from the one before. */
export function energies(
  signal: Float64Array,
  start: number,
  length: number,
  count: number,
  out: Float64Array,
  outAt: number,
): void {
  let energy = 0;
  for (let k = 0; k < length; k++) energy += signal[start + k]! * signal[start + k]!;
  out[outAt] = energy;
  for (let i = 1; i < count; i++) {
    const enters = signal[start - i]!;
    const leaves = signal[start - i + length]!;
    energy += enters * enters - leaves * leaves;
    out[outAt + i] = Math.max(0, energy);
  }
}
