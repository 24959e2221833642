/**
 * The square of the magnitude of one frequency in the last samples of a ring (Goertzel's algorithm); half the square of
 * the number of samples times the power of a sine of that frequency.
 *
 * @param ring samples, the oldest at `start`
 * @param window weight of each sample; all the same when absent
 */
export function goertzelEnergy(
  ring: Float64Array,
  start: number,
  count: number,
  coefficient: number,
  window?: Float64Array,
): number {
  let last = 0;
  let secondLast = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    const sample = window ? ring[at]! * window[i]! : ring[at]!;
    const next = sample + coefficient * last - secondLast;
    secondLast = last;
    last = next;
    if (++at === ring.length) at = 0;
  }
  return Math.max(0, last * last + secondLast * secondLast - coefficient * last * secondLast);
}

/** What {@link goertzelEnergy} needs to know of a frequency. */
export function goertzelCoefficient(frequency: number, sampleRate: number): number {
  return 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
}

/** @internal The phase of one frequency in the last samples of a ring, in radians; see {@link goertzelEnergy}. */
export function goertzelPhase(
  ring: Float64Array,
  start: number,
  count: number,
  frequency: number,
  sampleRate: number,
  window: Float64Array,
): number {
  const step = (2 * Math.PI * frequency) / sampleRate;
  let real = 0;
  let imaginary = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    const sample = ring[at]! * window[i]!;
    real += sample * Math.cos(step * i);
    imaginary -= sample * Math.sin(step * i);
    if (++at === ring.length) at = 0;
  }
  return Math.atan2(imaginary, real);
}
