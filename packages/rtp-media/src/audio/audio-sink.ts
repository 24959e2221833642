/**
 * Where audio goes: mono 16-bit PCM, one frame at each pace of the call, silence included, so that what a sink takes in
 * is as long as the call.
 */
export interface AudioSink {
  /** Samples per second. The session resamples when the codec's rate differs. */
  readonly sampleRate: number;
  /** Takes a frame. The frame is reused as soon as this returns: copy what must last. */
  write(frame: Int16Array): void;
  /** Frees what the sink holds. The session never calls it: a sink may outlive a call. */
  close?(): void | Promise<void>;
}
