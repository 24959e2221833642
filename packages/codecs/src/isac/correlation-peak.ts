import { reals } from './tables';

const [H0, H1, H2, H3] = reals('pitchInterpolator') as unknown as readonly [number, number, number, number];
const matrix = new Float64Array(9);

/** A peak of the surface of correlations: its height and its pair of lags. */
export interface Peak {
  value: number;
  lag1: number;
  lag2: number;
}

/** Half-way between a point and the next of its line. */
const half = (s: Float64Array, x: number) =>
  H0 * (s[x - 3]! + s[x + 4]!) + H1 * (s[x - 2]! + s[x + 3]!) + H2 * (s[x - 1]! + s[x + 2]!) + H3 * (s[x]! + s[x + 1]!);

/** Brings a peak to half a sample, and by a parabola nearer still. */
export function fitPeak(s: Float64Array, p: number, peak: Peak): void {
  const a = half(s, p - 70);
  const b = half(s, p - 1);
  const c = half(s, p);
  const d = half(s, p + 69);
  const most = Math.max(a, b, c, d);
  if (s[p]! > most) set(s[p - 70]!, s[p - 69]!, s[p]!, s[p + 69]!, s[p + 70]!, a, b, c, d);
  else if (a === most) {
    set(half(s, p - 140), half(s, p - 139), a, b, c, s[p - 139]!, s[p - 70]!, s[p - 69]!, s[p]!);
    peak.lag1 -= 0.5;
    peak.lag2 += 0.5;
  } else if (b === most) {
    set(half(s, p - 71), a, b, half(s, p + 68), d, s[p - 70]!, s[p - 1]!, s[p]!, s[p + 69]!);
    peak.lag1 -= 0.5;
    peak.lag2 -= 0.5;
  } else if (c === most) {
    set(a, half(s, p - 69), c, d, half(s, p + 70), s[p - 69]!, s[p]!, s[p + 1]!, s[p + 70]!);
    peak.lag1 += 0.5;
    peak.lag2 += 0.5;
  } else {
    set(b, c, d, half(s, p + 138), half(s, p + 139), s[p]!, s[p + 69]!, s[p + 70]!, s[p + 139]!);
    peak.lag1 += 0.5;
    peak.lag2 -= 0.5;
  }
  fitParabola(peak);
}

/** The neighbours by their places: row and column, 0 to 2. */
function set(
  t00: number,
  t20: number,
  t11: number,
  t02: number,
  t22: number,
  t10: number,
  t01: number,
  t21: number,
  t12: number,
): void {
  matrix[0] = t00;
  matrix[1] = t01;
  matrix[2] = t02;
  matrix[3] = t10;
  matrix[4] = t11;
  matrix[5] = t12;
  matrix[6] = t20;
  matrix[7] = t21;
  matrix[8] = t22;
}

function fitParabola(peak: Peak): void {
  const t01 = matrix[1]!;
  const t10 = matrix[3]!;
  const centre = matrix[4]!;
  const t12 = matrix[5]!;
  const t21 = matrix[7]!;
  peak.value = centre;
  const b1 = 0.5 * (t12 + t21 - t01 - t10);
  const b2 = 0.5 * (t10 + t21 - t01 - t12);
  const a12 = -0.5 * (t01 + t21 - t10 - t12);
  const t1 = 0.5 * (matrix[0]! + matrix[8]!) - centre;
  const t2 = 0.5 * (matrix[6]! + matrix[2]!) - centre;
  const q = t01 + t12 + t10 + t21 - 4 * centre - t1 - t2;
  const a11 = -t1 - 0.5 * q;
  const a22 = -t2 - 0.5 * q;
  const determinant = a11 * a22 - a12 * a12;
  if (a11 < 1e-7 || determinant < 1e-7) return;
  let shift1 = (0.5 * (a22 * b1 - a12 * b2)) / determinant;
  let shift2 = (0.5 * (a11 * b2 - a12 * b1)) / determinant;
  const size = shift1 * shift1 + shift2 * shift2;
  if (size > 1) {
    shift1 /= size;
    shift2 /= size;
  }
  peak.value = 0.5 * (b1 * shift1 + b2 * shift2) + centre;
  peak.lag1 += shift1;
  peak.lag2 += shift2;
}
