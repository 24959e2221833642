const previous = new Float64Array(17);

/** Durbin's recursion: the predictor `a` (its first coefficient 1) of an autocorrelation. */
export function levinson(r: Float64Array, order: number, a: Float64Array): void {
  a[0] = 1;
  for (let i = 1; i <= order; i++) a[i] = 0;
  if (r[0]! < 1e-10) return;
  let k = -r[1]! / r[0]!;
  a[1] = k;
  let error = r[0]! + r[1]! * k;
  for (let m = 1; m < order; m++) {
    let sum = r[m + 1]!;
    for (let i = 1; i <= m; i++) sum += a[i]! * r[m + 1 - i]!;
    k = -sum / error;
    error += k * sum;
    for (let i = 1; i <= m; i++) previous[i] = a[i]!;
    for (let i = 1; i <= m; i++) a[i] = previous[i]! + k * previous[m + 1 - i]!;
    a[m + 1] = k;
  }
}

/** The autocorrelation of a signal up to a lag. */
export function autocorrelate(x: Float64Array, lags: number, r: Float64Array): void {
  for (let lag = 0; lag <= lags; lag++) {
    let sum = 0;
    for (let n = lag; n < x.length; n++) sum += x[n]! * x[n - lag]!;
    r[lag] = sum;
  }
}
