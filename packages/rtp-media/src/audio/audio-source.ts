/**
 * Where audio comes from: mono 16-bit PCM, asked for by the pace of the call. A source never waits; what it cannot give
 * now is silence.
 */
export interface AudioSource {
  /** Samples per second. The session resamples when the codec's rate differs. */
  readonly sampleRate: number;
  /**
   * Fills a frame from its start.
   *
   * @param frame mono samples to fill; the frame belongs to the caller
   * @returns how many samples were written; fewer than the frame holds leaves silence behind them; -1: the source has ended
   */
  read(frame: Int16Array): number;
  /** Frees what the source holds. The session never calls it: a source may outlive a call. */
  close?(): void;
}
