/** Ranges in ms: the periods of voices, and the length over which two pieces are faded into each other. */
const MIN_LAG_MS = 2.5;
const MAX_LAG_MS = 15;
const OVERLAP_MS = 5;
/** Joints are tried this far from each other. */
const PLACE_STEP_MS = 2.5;
const PLACES = 5;
/** Finding a joint looks at about so many samples a second; the lag is then made exact at the full rate. */
const SEARCH_RATE = 8000;
/** Mean square below which two pieces are alike whatever they look like. */
const INAUDIBLE = 100;

/**
 * A queue of samples to be played whose length can be changed without changing the pitch: a piece as long as one or
 * several periods of the voice is left out or said twice, where the sound before and after the joint is most alike, and
 * the two are faded into each other (waveform similarity overlap-add). What was played lately is kept, for it to be
 * repeated. Nothing is allocated after the first seconds.
 */
export class StretchQueue {
  readonly #overlap: number;
  readonly #minLag: number;
  readonly #maxLag: number;
  readonly #placeStep: number;
  readonly #searchStep: number;
  #samples: Int16Array;
  /** Oldest sample kept, next to play, and the end. */
  #oldest = 0;
  #start = 0;
  #end = 0;
  #lag = 0;
  #place = 0;
  #likeness = 0;

  /** Hz. */
  readonly sampleRate: number;

  /** @param sampleRate of the audio in Hz */
  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
    const samples = (ms: number) => Math.round((ms * sampleRate) / 1000);
    this.#overlap = samples(OVERLAP_MS);
    this.#minLag = samples(MIN_LAG_MS);
    this.#maxLag = samples(MAX_LAG_MS);
    this.#placeStep = samples(PLACE_STEP_MS);
    this.#searchStep = Math.max(1, Math.floor(sampleRate / SEARCH_RATE));
    this.#samples = new Int16Array(samples(400));
  }

  /** Samples waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The sample before those to be appended, played or not; 0 when there is none. */
  get latest(): number {
    return this.#end > this.#oldest ? this.#samples[this.#end - 1]! : 0;
  }

  /** Likeness, -1 to 1, of the two sides of the joint made or refused last. */
  get likeness(): number {
    return this.#likeness;
  }

  /** Samples that are left out or said twice at least. */
  get shortest(): number {
    return this.#minLag;
  }

  /** Samples that two pieces share when one is faded into the other. */
  get overlap(): number {
    return this.#overlap;
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
    return available;
  }

  /** Forgets what waits; what was played stays, for the joint. */
  drop(): void {
    this.#end = this.#start;
  }

  /**
   * Leaves out the piece that is missed least.
   *
   * @param most samples to leave out at most
   * @param likeness of the two sides that is asked for, -1 to 1
   * @returns samples left out; 0 when the sound does not allow it
   */
  accelerate(most: number, likeness: number): number {
    const last = this.#end - this.#overlap;
    this.#search(this.#start, last, Math.min(most, this.#maxLag), 1);
    if (this.#lag === 0 || this.#likeness < likeness) return 0;
    return this.#leaveOut(this.#place, this.#lag);
  }

  /**
   * Says again the piece for which it is noticed least.
   *
   * @param likeness of the two sides that is asked for, -1 to 1
   * @returns samples put in; 0 when the sound does not allow it
   */
  decelerate(likeness: number): number {
    const last = this.#end - this.#overlap;
    this.#search(this.#start, last, this.#maxLag, -1);
    if (this.#lag === 0 || this.#likeness < likeness) return 0;
    return this.#repeat(this.#place, this.#lag);
  }

  /** Leaves out `count` samples, or as many as there are, wherever they are; for silence. */
  leaveOut(count: number): number {
    const possible = Math.min(count, this.length - this.#overlap);
    return possible > 0 ? this.#leaveOut(this.#start, possible) : 0;
  }

  /** Puts in `count` samples, or as many as can be repeated; for silence. */
  repeat(count: number): number {
    const place = this.#end - this.#overlap;
    const possible = Math.min(count, place - this.#start);
    return possible > 0 ? this.#repeat(place, possible) : 0;
  }

  /** Finds the place and the lag at which going on `lag` samples later (or earlier) is most alike. */
  #search(first: number, last: number, longest: number, direction: 1 | -1): void {
    const step = this.#searchStep;
    this.#lag = 0;
    this.#likeness = -1;
    for (let i = 0, place = first; i < PLACES && place <= last; i++, place += this.#placeStep) {
      const most = Math.min(longest, direction > 0 ? last - place : place - this.#oldest);
      for (let lag = this.#minLag; lag <= most; lag += step) {
        const likeness = this.#compare(place, place + direction * lag, step);
        // Of two that are as good, the longer one makes fewer joints.
        if (likeness < this.#likeness + (lag > this.#lag ? -0.002 : 0.002)) continue;
        this.#likeness = Math.max(likeness, this.#likeness);
        this.#lag = lag;
        this.#place = place;
      }
    }
    if (step > 1 && this.#lag > 0) this.#refine(last, longest, direction);
  }

  #refine(last: number, longest: number, direction: 1 | -1): void {
    const coarse = this.#lag;
    const place = this.#place;
    const most = Math.min(longest, direction > 0 ? last - place : place - this.#oldest);
    this.#likeness = -1;
    for (let lag = coarse - this.#searchStep + 1; lag < coarse + this.#searchStep; lag++) {
      if (lag < this.#minLag || lag > most) continue;
      const likeness = this.#compare(place, place + direction * lag, 1);
      if (likeness <= this.#likeness) continue;
      this.#likeness = likeness;
      this.#lag = lag;
    }
  }

  /** Normalised correlation of what begins at two places, over the length that is faded. */
  #compare(one: number, other: number, step: number): number {
    const samples = this.#samples;
    let cross = 0;
    let energy = 0;
    let otherEnergy = 0;
    const overlap = this.#overlap;
    for (let i = 0; i < overlap; i += step) {
      const a = samples[one + i]!;
      const b = samples[other + i]!;
      cross += a * b;
      energy += a * a;
      otherEnergy += b * b;
    }
    const quiet = (INAUDIBLE * overlap) / step;
    if (energy < quiet && otherEnergy < quiet) return 1;
    // By the louder side: an onset is not like the silence before it, however alike the two are in shape.
    return cross / Math.max(energy, otherEnergy, 1);
  }

  #leaveOut(place: number, lag: number): number {
    const samples = this.#samples;
    const overlap = this.#overlap;
    for (let i = 0; i < overlap; i++) samples[place + i] = this.#fade(place + i, place + lag + i, i);
    samples.copyWithin(place + overlap, place + lag + overlap, this.#end);
    this.#end -= lag;
    return lag;
  }

  #repeat(place: number, lag: number): number {
    place -= this.#makeRoom(lag);
    const samples = this.#samples;
    samples.copyWithin(place, place - lag, this.#end);
    this.#end += lag;
    // What went on at `place` now lies `lag` further on.
    for (let i = 0; i < this.#overlap; i++) samples[place + i] = this.#fade(place + lag + i, place + i, i);
    return lag;
  }

  #fade(from: number, to: number, i: number): number {
    const overlap = this.#overlap;
    return Math.round((this.#samples[from]! * (overlap - i) + this.#samples[to]! * i) / overlap);
  }

  /** Makes room at the end; returns by how many samples all has moved to the front. */
  #makeRoom(count: number): number {
    if (this.#end + count <= this.#samples.length) return 0;
    const keep = Math.max(this.#oldest, this.#start - this.#maxLag - this.#overlap);
    const needed = this.#end - keep + count;
    if (needed > this.#samples.length) {
      const larger = new Int16Array(needed * 2);
      larger.set(this.#samples.subarray(keep, this.#end));
      this.#samples = larger;
    } else this.#samples.copyWithin(0, keep, this.#end);
    this.#start -= keep;
    this.#end -= keep;
    this.#oldest = 0;
    return keep;
  }
}
