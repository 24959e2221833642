/** Lags and samples are looked at in steps of this at first; the best lag is then refined (as in ITU-T G.711 §I.2.4). */
const COARSE = 2;
/** A multiple of the period resembles as well as the period; a longer lag is believed only when it is clearly better. */
const CLEARLY_BETTER = 1.02;

/**
 * Finds the lag at which the newest audio resembles what came before it most, by normalised correlation over a window as long
 * as the longest lag.
 *
 * @param history audio
 * @param end where the newest sample ends; at least twice `longest` samples are before it
 * @param shortest least lag, in samples
 * @param longest largest lag, in samples; the answer when nothing resembles
 * @returns the period, in samples
 */
export function findPitchPeriod(history: Int16Array, end: number, shortest: number, longest: number): number {
  let best = longest;
  let bestScore = 0;
  for (let lag = shortest; lag <= longest; lag += COARSE) {
    const score = resemblance(history, end, lag, longest, COARSE * 2);
    if (score > bestScore * CLEARLY_BETTER) {
      bestScore = score;
      best = lag;
    }
  }
  if (bestScore === 0) return longest;
  const coarse = best;
  bestScore = 0;
  for (let lag = Math.max(shortest, coarse - COARSE + 1); lag <= Math.min(longest, coarse + COARSE - 1); lag++) {
    const score = resemblance(history, end, lag, longest, 1);
    if (score > bestScore) {
      bestScore = score;
      best = lag;
    }
  }
  return best;
}

function resemblance(history: Int16Array, end: number, lag: number, window: number, step: number): number {
  let product = 0;
  let energy = 0;
  for (let i = end - window; i < end; i += step) {
    const past = history[i - lag]!;
    product += history[i]! * past;
    energy += past * past;
  }
  return product > 0 ? (product * product) / energy : 0;
}
