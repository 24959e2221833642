/**
 * A signal with the shape of speech, the same at every call: a gliding pitch with harmonics, syllables, and pauses.
 *
 * @param samples how many per channel
 * @param sampleRate in Hz
 * @param channels the same in each, interleaved; 1 when absent
 */
export function speechLike(samples: number, sampleRate: number, channels = 1): Int16Array {
  const out = new Int16Array(samples * channels);
  let phase = 0;
  for (let i = 0; i < samples; i++) {
    const time = i / sampleRate;
    phase += (2 * Math.PI * (120 + 40 * Math.sin(2 * Math.PI * 0.7 * time))) / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * time)) ** 0.5;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) sum += Math.sin(phase * harmonic) / harmonic;
    out.fill(6000 * syllable * sum, i * channels, (i + 1) * channels);
  }
  return out;
}

/**
 * Signal-to-noise ratio in dB of `decoded` against `original`.
 *
 * @param delay samples that `decoded` lags behind; 0 when absent
 * @returns `Infinity` when they are the same
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

/** Whole numbers from 0 to 65,535 that look random and are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
}
