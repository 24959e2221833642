import { correlate, energies } from './correlation';

/** Shortest and longest pitch period looked for, in samples at half the rate. */
const SHORTEST = 10;
const LONGEST = 59;
/** Peaks of the correlation that are looked at closely, and how far around one there is no other. */
const PEAKS = 3;
const NEAR = 2;

const products = new Float64Array(LONGEST - SHORTEST + 1);
const strengths = new Float64Array(3);

/**
 * How far before a block a signal resembles it most (RFC 3951 §4.6.1): where the squared correlation over the energy is largest. Only
 * the three highest peaks of the correlation are asked, as in the fixed-point reference: a faint stretch does not win by chance.
 */
export function periodBefore(x: Float64Array, at: number, length: number): number {
  correlate(x, at, length, x, at - SHORTEST, products.length, products, 0);
  let found = 0;
  let most = -1;
  for (let round = 0; round < PEAKS; round++) {
    let peak = 0;
    for (let i = 1; i < products.length; i++) if (products[i]! > products[peak]!) peak = i;
    energies(x, at - SHORTEST - peak, length, 1, strengths, 0);
    const score = scoreOf(products[peak]!, strengths[0]!);
    if (score > most) {
      most = score;
      found = peak;
    }
    const last = Math.min(peak + NEAR, products.length - 1);
    for (let i = Math.max(0, peak - NEAR); i <= last; i++) products[i] = 0;
  }
  return SHORTEST + found;
}

/** How far after its beginning a signal resembles that most, a sample more or less than expected. */
export function periodAfter(x: Float64Array, length: number, expected: number): number {
  correlate(x, 0, length, x, expected + 1, strengths.length, products, 0);
  energies(x, expected + 1, length, strengths.length, strengths, 0);
  let best = 0;
  for (let i = 1; i < strengths.length; i++) {
    if (scoreOf(products[i]!, strengths[i]!) > scoreOf(products[best]!, strengths[best]!)) best = i;
  }
  return expected + 1 - best;
}

/** What runs against the block resembles it not at all. */
function scoreOf(product: number, energy: number): number {
  return product > 0 && energy > 0 ? (product * product) / energy : 0;
}
