import { seededRandom } from './seeded-random';

/**
 * A voice made by rule: syllables of 0.4 s with the harmonics of a wavering pitch, and a faint noise that goes on in the
 * pauses between them. No two seconds are the same, so that its correlation has one peak.
 *
 * @param seconds how long
 * @param sampleRate Hz; 8000 when absent
 */
export function voice(seconds: number, sampleRate = 8000, seed = 5): Int16Array {
  const random = seededRandom(seed);
  const pcm = new Int16Array(Math.round(seconds * sampleRate));
  const syllable = 0.65;
  let pitch = 120;
  let loudness = 1;
  let phase = 0;
  let current = -1;
  for (let i = 0; i < pcm.length; i++) {
    const time = i / sampleRate;
    const index = Math.floor(time / syllable);
    if (index !== current) {
      current = index;
      pitch = 90 + random() * 130;
      loudness = 0.4 + random() * 0.6;
    }
    const within = time - index * syllable;
    const envelope = within < 0.4 ? Math.sin((Math.PI * within) / 0.4) * loudness : 0;
    phase += (2 * Math.PI * (pitch + 25 * Math.sin(7 * within))) / sampleRate;
    let sum = 0;
    for (let harmonic = 1; harmonic < 10; harmonic++) sum += Math.sin(phase * harmonic) / harmonic;
    pcm[i] = Math.round(5000 * envelope * sum + (random() - 0.5) * 40);
  }
  return pcm;
}
