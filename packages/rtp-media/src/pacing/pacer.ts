import type { Clock, Timer } from '../platform/clock';

/** A stream that wants to be called at a fixed interval. */
export interface PacedStream {
  /** ms between calls; more than 0, fixed for as long as the stream is added. */
  readonly intervalMs: number;
  /**
   * Called at each deadline.
   *
   * @param at the deadline in ms of the clock, which is now or just past
   * @param skipped deadlines that passed since the call before without a call, because the thread was busy; normally 0
   */
  due(at: number, skipped: number): void;
}

/** A stream's place in a {@link Pacer}. */
export interface PacedHandle {
  /** Takes the stream out; it is not called any more. */
  remove(): void;
}

interface Slot {
  readonly interval: number;
  deadline: number;
  /** The wake-up this slot last ran in. */
  ranIn: number;
  streams: Place[];
}

/** A stream in its slot; a new object for each time it is added. */
interface Place {
  readonly stream: PacedStream;
  removed: boolean;
}

/** Streams that share a wake-up before another one is opened. */
const STREAMS_A_SLOT = 24;
/** Wake-ups lie at least this far apart, so that many streams do not keep the thread from sleeping. */
const SLOT_SPACING_MS = 5;
/** A host's timers may fire up to 1 ms early; what is due so soon is done now rather than after another sleep. */
const EARLY_MS = 1;

/**
 * The one scheduler of a thread's media streams. Deadlines are absolute multiples of a stream's interval, so they do not
 * drift; a wake-up that comes too late calls a stream once and tells it how many deadlines it slept through, so nothing
 * bursts.
 *
 * Streams of the same interval share wake-ups: the first few one, further ones more, evenly spread over the interval, so
 * that few calls cost few wake-ups and many calls do not all send in the same millisecond.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #slots: Slot[] = [];
  #timer: Timer | undefined;
  #timerDeadline = Number.POSITIVE_INFINITY;
  #running = false;
  #wakeUps = 0;
  readonly #wake = (): void => this.#run();

  /** @param clock gives the time and the wake-ups; its precision is the pacer's */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls the stream from now on, first within one interval. */
  add(stream: PacedStream): PacedHandle {
    const slot = this.#slotFor(stream.intervalMs);
    const place: Place = { stream, removed: false };
    slot.streams = [...slot.streams, place];
    if (!this.#running) this.#arm();
    return { remove: () => this.#remove(slot, place) };
  }

  /** How many streams are being paced. */
  get size(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.streams.length, 0);
  }

  #slotFor(interval: number): Slot {
    const slots = this.#slots.filter((slot) => slot.interval === interval);
    const room = slots.find((slot) => slot.streams.length < STREAMS_A_SLOT);
    if (room) return room;
    if (slots.length >= Math.max(1, Math.floor(interval / SLOT_SPACING_MS))) {
      return slots.reduce((least, slot) => (slot.streams.length < least.streams.length ? slot : least));
    }
    const now = this.#clock.now();
    const phase = freePhase(slots, interval);
    const slot: Slot = {
      interval,
      deadline: (Math.floor((now - phase) / interval) + 1) * interval + phase,
      ranIn: -1,
      streams: [],
    };
    this.#slots.push(slot);
    return slot;
  }

  #remove(slot: Slot, place: Place): void {
    if (place.removed) return;
    place.removed = true;
    slot.streams = slot.streams.filter((other) => other !== place);
    if (slot.streams.length > 0) return;
    const index = this.#slots.indexOf(slot);
    if (index >= 0) this.#slots.splice(index, 1);
    if (!this.#running) this.#arm();
  }

  #arm(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots) if (slot.deadline < next) next = slot.deadline;
    if (next === this.#timerDeadline) return;
    this.#timer?.cancel();
    this.#timerDeadline = next;
    this.#timer =
      next === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(Math.max(0, next - this.#clock.now()), this.#wake);
  }

  #run(): void {
    this.#timer = undefined;
    this.#timerDeadline = Number.POSITIVE_INFINITY;
    this.#running = true;
    this.#wakeUps++;
    // Only what is due at this moment, and each slot once: what falls due meanwhile waits until sockets were read.
    const now = this.#clock.now();
    try {
      for (;;) {
        const slot = this.#earliest(now + EARLY_MS);
        if (!slot) break;
        const skipped = Math.max(0, Math.floor((now - slot.deadline) / slot.interval));
        const at = slot.deadline + skipped * slot.interval;
        slot.deadline = at + slot.interval;
        slot.ranIn = this.#wakeUps;
        // One that a call before took out is not called any more, though this round began with it.
        for (const place of slot.streams) if (!place.removed) place.stream.due(at, skipped);
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #earliest(before: number): Slot | undefined {
    let earliest: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.ranIn === this.#wakeUps || slot.deadline > before) continue;
      if (!earliest || slot.deadline < earliest.deadline) earliest = slot;
    }
    return earliest;
  }
}

/** The middle of the widest gap between the phases in use. */
function freePhase(slots: readonly Slot[], interval: number): number {
  const phases = slots.map((slot) => slot.deadline % interval).sort((a, b) => a - b);
  if (phases.length === 0) return 0;
  let best = 0;
  let widest = -1;
  for (let i = 0; i < phases.length; i++) {
    const gap = (phases[i + 1] ?? phases[0]! + interval) - phases[i]!;
    if (gap > widest + 1e-6) {
      widest = gap;
      best = phases[i]! + gap / 2;
    }
  }
  return best % interval;
}
