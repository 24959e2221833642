/**
 * Lets at most so many REGISTERs be on their way to one registrar at a time: thousands of lines that start, or lose their connection,
 * at once come one after the other, and a registrar that is silent holds up nobody else's.
 */
export class RegisterGate {
  readonly #limit: number;
  readonly #lanes = new Map<string, { inside: number; waiting: (() => void)[]; next: number }>();

  /** @param limit most at a time, for each registrar */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for a place, does the work, and makes room. */
  async run<Result>(registrar: string, work: () => Promise<Result>): Promise<Result> {
    let lane = this.#lanes.get(registrar);
    if (!lane) {
      lane = { inside: 0, waiting: [], next: 0 };
      this.#lanes.set(registrar, lane);
    }
    if (lane.inside < this.#limit) lane.inside++;
    else {
      const { waiting } = lane;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = lane.waiting[lane.next];
      if (next) {
        // The place goes to the next in line.
        lane.next++;
        next();
      } else {
        lane.waiting.length = lane.next = 0;
        if (--lane.inside === 0) this.#lanes.delete(registrar);
      }
    }
  }

  /** REGISTERs on their way now, of all registrars. */
  get inside(): number {
    let inside = 0;
    for (const lane of this.#lanes.values()) inside += lane.inside;
    return inside;
  }
}
