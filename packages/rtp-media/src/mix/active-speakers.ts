/** Settings of {@link ActiveSpeakers}. */
export interface ActiveSpeakersOptions {
  /** dBFS from which on a leg counts as speaking; -45 when absent. */
  startDb?: number;
  /** dBFS below which it no longer does; -52 when absent. */
  stopDb?: number;
  /** ms that a leg must be loud before it counts; 60 when absent: a cough or a click is no speech. */
  attackMs?: number;
  /** ms that a leg must be quiet before it no longer counts; 600 when absent: a pause between words is no end. */
  releaseMs?: number;
}

interface Speaker {
  speaking: boolean;
  loudMs: number;
  quietMs: number;
  /** Smoothed level in dBFS, what the list is ordered by. */
  level: number;
}

/** dB by which a speaker must be louder than the one before to take that place: places do not flicker. */
const OVERTAKE_DB = 3;
const QUIETEST = -96;

/** Who speaks, loudest first, from the level of each leg frame by frame, with hysteresis in level, time and order. */
export class ActiveSpeakers<Leg> {
  readonly #start: number;
  readonly #stop: number;
  readonly #attack: number;
  readonly #release: number;
  readonly #speakers = new Map<Leg, Speaker>();
  #list: Leg[] = [];

  constructor(options: ActiveSpeakersOptions = {}) {
    const { startDb = -45, stopDb = -52, attackMs = 60, releaseMs = 600 } = options;
    this.#start = startDb;
    this.#stop = Math.min(stopDb, startDb);
    this.#attack = attackMs;
    this.#release = releaseMs;
  }

  /** The legs that speak, loudest first. A new array whenever it changes. */
  get list(): readonly Leg[] {
    return this.#list;
  }

  /**
   * Takes in the level of one frame.
   *
   * @param levelDb dBFS of the frame
   * @param frameMs its length in ms
   */
  update(leg: Leg, levelDb: number, frameMs: number): void {
    let speaker = this.#speakers.get(leg);
    if (!speaker) {
      speaker = { speaking: false, loudMs: 0, quietMs: 0, level: QUIETEST };
      this.#speakers.set(leg, speaker);
    }
    const level = Math.max(QUIETEST, levelDb);
    const share = Math.min(1, frameMs / (level > speaker.level ? 40 : 400));
    speaker.level += (level - speaker.level) * share;
    speaker.loudMs = level >= this.#start ? speaker.loudMs + frameMs : 0;
    speaker.quietMs = level < this.#stop ? speaker.quietMs + frameMs : 0;
    if (!speaker.speaking && speaker.loudMs >= this.#attack) {
      speaker.speaking = true;
      this.#list = [...this.#list, leg];
    } else if (speaker.speaking && speaker.quietMs >= this.#release) {
      speaker.speaking = false;
      this.#list = this.#list.filter((other) => other !== leg);
    }
  }

  /** Puts the list in order, once a round. @returns whether the order changed */
  settle(): boolean {
    const list = this.#list;
    let ordered: Leg[] | undefined;
    for (let i = 1; i < list.length; i++) {
      const current = ordered ?? list;
      if (this.#level(current[i]!) > this.#level(current[i - 1]!) + OVERTAKE_DB) {
        ordered ??= [...list];
        [ordered[i - 1], ordered[i]] = [ordered[i]!, ordered[i - 1]!];
      }
    }
    if (ordered) this.#list = ordered;
    return ordered !== undefined;
  }

  /** Forgets a leg that left. */
  remove(leg: Leg): void {
    this.#speakers.delete(leg);
    if (this.#list.includes(leg)) this.#list = this.#list.filter((other) => other !== leg);
  }

  #level(leg: Leg): number {
    return this.#speakers.get(leg)?.level ?? QUIETEST;
  }
}
