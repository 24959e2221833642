/**
 * A signal with the shape of speech, the same at every call: a gliding pitch with harmonics, syllables, and pauses.
 *
 * @param samples how many
 * @param sampleRate in Hz
 */
export function speechLike(samples: number, sampleRate: number): Int16Array {
  const out = new Int16Array(samples);
  let phase = 0;
  for (let i = 0; i < samples; i++) {
    const time = i / sampleRate;
    phase += (2 * Math.PI * (120 + 40 * Math.sin(2 * Math.PI * 0.7 * time))) / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * time)) ** 0.5;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) sum += Math.sin(phase * harmonic) / harmonic;
    out[i] = 6000 * syllable * sum;
  }
  return out;
}

/**
 * Signal-to-noise ratio in dB of `decoded` against `original`.
 *
 * @param delay samples that `decoded` lags behind
 */
export function measureSnr(original: Int16Array, decoded: Int16Array, delay = 0): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i + delay < decoded.length && i < original.length; i++) {
    const wanted = original[i]!;
    const error = decoded[i + delay]! - wanted;
    signal += wanted * wanted;
    noise += error * error;
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}
