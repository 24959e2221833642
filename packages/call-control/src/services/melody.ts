/** Hz. */
const SAMPLE_RATE = 16_000;
/** Notes of eight bars, in half-tones above A3, two a beat. */
const NOTES = [0, 7, 12, 16, 12, 7, -4, 3, 8, 12, 8, 3, -9, -2, 3, 7, 3, -2, -2, 5, 10, 14, 10, 5];
const NOTE_MS = 280;

/** A quiet tune for who waits, where nobody has given another: broken chords that fade like those of a harp. */
export function melody(): { samples: Int16Array; sampleRate: number } {
  const length = (SAMPLE_RATE * NOTE_MS) / 1000;
  const samples = new Int16Array(length * NOTES.length);
  for (const [index, note] of NOTES.entries()) {
    const hz = 220 * 2 ** (note / 12);
    for (let i = 0; i < 2 * length; i++) {
      const t = i / SAMPLE_RATE;
      const envelope = Math.min(1, t / 0.004) * Math.exp(-4.5 * t);
      const tone = Math.sin(2 * Math.PI * hz * t) + 0.35 * Math.sin(4 * Math.PI * hz * t);
      // A note sounds on into the next; the last one into the first.
      const at = (index * length + i) % samples.length;
      samples[at] = Math.max(-20_000, Math.min(20_000, samples[at]! + 6000 * envelope * tone));
    }
  }
  return { samples, sampleRate: SAMPLE_RATE };
}
