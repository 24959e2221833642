/**
 * The discrete Fourier transform in place (radix 2, decimation in time).
 *
 * @param real real parts; the length is a power of two
 * @param imaginary imaginary parts, as many
 * @param inverse the inverse transform, without its division by the length
 */
export function fourierTransform(real: Float64Array, imaginary: Float64Array, inverse = false): void {
  const length = real.length;
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const re = real[i]!;
      real[i] = real[j]!;
      real[j] = re;
      const im = imaginary[i]!;
      imaginary[i] = imaginary[j]!;
      imaginary[j] = im;
    }
  }
  const cosines = new Float64Array(length >> 1);
  const sines = new Float64Array(length >> 1);
  for (let k = 0; k < length >> 1; k++) {
    const angle = ((inverse ? 2 : -2) * Math.PI * k) / length;
    cosines[k] = Math.cos(angle);
    sines[k] = Math.sin(angle);
  }
  for (let size = 2; size <= length; size <<= 1) {
    const half = size >> 1;
    const stride = length / size;
    for (let start = 0; start < length; start += size) {
      for (let i = start, k = 0; i < start + half; i++, k += stride) {
        const j = i + half;
        const re = real[j]! * cosines[k]! - imaginary[j]! * sines[k]!;
        const im = real[j]! * sines[k]! + imaginary[j]! * cosines[k]!;
        real[j] = real[i]! - re;
        imaginary[j] = imaginary[i]! - im;
        real[i] = real[i]! + re;
        imaginary[i] = imaginary[i]! + im;
      }
    }
  }
}
