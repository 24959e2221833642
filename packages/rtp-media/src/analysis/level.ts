/**
 * Level of a piece of audio in dBFS: its power against that of a full-scale sine (AES17), so a sine of full amplitude is
 * 0 dBFS. Digital silence is -Infinity.
 */
export function levelDbfs(pcm: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < pcm.length; i++) sum += pcm[i]! * pcm[i]!;
  return 10 * Math.log10((2 * sum) / (pcm.length || 1) / 32_767 ** 2);
}

/**
 * Ratio in dB of a signal to everything else in its recording, after the gain that suits best.
 *
 * @param reference what was sent
 * @param recorded what came, aligned with it; see `correlate` for the lag
 */
export function signalToNoise(reference: Int16Array, recorded: Int16Array): number {
  const length = Math.min(reference.length, recorded.length);
  let cross = 0;
  let energy = 0;
  let total = 0;
  for (let i = 0; i < length; i++) {
    cross += reference[i]! * recorded[i]!;
    energy += reference[i]! * reference[i]!;
    total += recorded[i]! * recorded[i]!;
  }
  if (energy === 0) return Number.NEGATIVE_INFINITY;
  const signal = (cross * cross) / energy;
  return 10 * Math.log10(signal / Math.max(0, total - signal));
}

/**
 * Level in dBFS of one frequency (Goertzel's algorithm), with a full-scale sine at 0.
 *
 * @param sampleRate Hz
 * @param frequency Hz
 */
export function toneLevelDbfs(pcm: Int16Array, sampleRate: number, frequency: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let last = 0;
  let secondLast = 0;
  for (let i = 0; i < pcm.length; i++) {
    const next = pcm[i]! + coefficient * last - secondLast;
    secondLast = last;
    last = next;
  }
  const power = last * last + secondLast * secondLast - coefficient * last * secondLast;
  const amplitude = (2 * Math.sqrt(Math.max(0, power))) / (pcm.length || 1);
  return 20 * Math.log10(amplitude / 32_767);
}
