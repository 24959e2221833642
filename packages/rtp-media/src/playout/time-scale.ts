/** Ranges in ms: the periods of voices, and the length over which two pieces are faded into each other. */
const MIN_LAG_MS = 2.5;
const MAX_LAG_MS = 10;
const OVERLAP_MS = 2.5;

/** The samples that two pieces share when one is faded into the other. */
export function overlapSamples(sampleRate: number): number {
  return Math.round((OVERLAP_MS * sampleRate) / 1000);
}

/**
 * The distance, between 2.5 and 10 ms, at which the start of a piece of audio best repeats itself: for a voice, its
 * period. Leaving out or repeating that much is hardest to hear.
 *
 * @returns samples; 0 when the piece is too short
 */
export function bestLag(pcm: Int16Array, length: number, sampleRate: number): number {
  const overlap = overlapSamples(sampleRate);
  const minimum = Math.round((MIN_LAG_MS * sampleRate) / 1000);
  const maximum = Math.min(Math.round((MAX_LAG_MS * sampleRate) / 1000), length - overlap);
  // Half the samples are enough to find the peak at any rate above that of telephony.
  const step = sampleRate > 8000 ? 2 : 1;
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let lag = minimum; lag <= maximum; lag += step) {
    let cross = 0;
    let energy = 1;
    for (let i = 0; i < overlap; i += step) {
      const other = pcm[lag + i]!;
      cross += pcm[i]! * other;
      energy += other * other;
    }
    const score = cross / Math.sqrt(energy);
    if (score > bestScore) {
      bestScore = score;
      best = lag;
    }
  }
  return best;
}

/**
 * Leaves out `remove` samples near the start of a piece, fading over the joint.
 *
 * @returns the new length; the same one when the piece is too short for it
 */
export function shorten(pcm: Int16Array, length: number, remove: number, sampleRate: number): number {
  const overlap = overlapSamples(sampleRate);
  if (remove <= 0 || remove + overlap > length) return length;
  for (let i = 0; i < overlap; i++) pcm[i] = mix(pcm[i]!, pcm[remove + i]!, i, overlap);
  pcm.copyWithin(overlap, remove + overlap, length);
  return length - remove;
}

/**
 * Plays the first `insert` samples of a piece twice, fading over the joint. The array must have room for the result.
 *
 * @returns the new length; the same one when the piece is too short for it
 */
export function lengthen(pcm: Int16Array, length: number, insert: number, sampleRate: number): number {
  const overlap = overlapSamples(sampleRate);
  if (insert <= 0 || insert + overlap > length || length + insert > pcm.length) return length;
  pcm.copyWithin(insert, 0, length);
  // After the move pcm[insert + i] is the start again; what followed the first pass lies `insert` further on.
  for (let i = 0; i < overlap; i++) pcm[insert + i] = mix(pcm[2 * insert + i]!, pcm[insert + i]!, i, overlap);
  return length + insert;
}

function mix(from: number, to: number, i: number, length: number): number {
  return Math.round((from * (length - i) + to * i) / length);
}
