/** A first-in, first-out queue of samples in one array that is reused; it grows when it must. */
export class PcmQueue {
  #samples: Int16Array;
  #start = 0;
  #end = 0;

  /** @param capacity samples to make room for at first */
  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  /** Samples waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends the first `count` samples of `pcm`. */
  push(pcm: Int16Array, count: number): void {
    this.#makeRoom(count);
    const samples = this.#samples;
    let end = this.#end;
    for (let i = 0; i < count; i++) samples[end++] = pcm[i]!;
    this.#end = end;
  }

  /** Appends `count` samples of silence. */
  pushSilence(count: number): void {
    this.#makeRoom(count);
    this.#samples.fill(0, this.#end, this.#end + count);
    this.#end += count;
  }

  /** Moves up to `count` samples to the start of `into`; returns how many there were. */
  shift(into: Int16Array, count: number): number {
    const available = Math.min(count, this.length);
    const samples = this.#samples;
    let start = this.#start;
    for (let i = 0; i < available; i++) into[i] = samples[start++]!;
    this.#start = start;
    if (start === this.#end) this.clear();
    return available;
  }

  /** Leaves out up to `count` of the oldest samples. */
  drop(count: number): void {
    this.#start += Math.max(0, Math.min(count, this.length));
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#samples.length) return;
    const needed = this.length + count;
    const target = needed > this.#samples.length ? new Int16Array(needed * 2) : this.#samples;
    target.set(this.#samples.subarray(this.#start, this.#end));
    this.#end = this.length;
    this.#start = 0;
    this.#samples = target;
  }
}
