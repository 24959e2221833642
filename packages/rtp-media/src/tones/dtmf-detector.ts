import type { AudioSink } from '../audio/audio-sink';
import type { DtmfDigit, DtmfPress } from '../dtmf/dtmf-digit';
import { MediaError } from '../platform/errors';
import { DTMF_COLUMNS, DTMF_KEYS, DTMF_ROWS } from './dtmf-frequencies';
import { goertzelCoefficient, goertzelEnergy, goertzelPhase } from './goertzel';

/** Settings of {@link DtmfDetector}. */
export interface DtmfDetectorOptions {
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** dBFS that each of the two frequencies needs; -35 when absent. */
  minLevelDb?: number;
  /** dB that the low frequency may be above the high one, as lines weaken high frequencies more; 9 when absent. */
  maxReverseTwistDb?: number;
  /** dB that the high frequency may be above the low one; 6 when absent. */
  maxTwistDb?: number;
}

// One look at 12.75 ms (about 78 Hz wide: a tone 1.5 % off is still in, as Q.24 wants) every 6.375 ms.
const BLOCK_AT_8_KHZ = 102;
const HOP_AT_8_KHZ = 51;
/** Looks that must agree: a tone of 40 ms has four whole ones wherever it begins, one of 23 ms never has. */
const LOOKS_TO_BEGIN = 4;
/** Looks without the digit that end it: an interruption of 10 ms spoils three. */
const LOOKS_TO_END = 4;
/** Share of all energy that the two frequencies have; a look that a tone fills to less than 70 % has less. */
const SHARE = 0.7;
/** Ratio of the strongest frequency of a group to each other one. */
const PEAK = 10 ** 0.5;
/** A voice has overtones at twice its frequencies; keys have none above -15 dB. */
const HARMONIC = 10 ** -1.5;
/**
 * Share of its frequency that a tone may be off: Q.24 wants 1.5 % and 2 Hz to be in, and 3.5 % to be out.
 */
const DEVIATION = 0.025;
/** What one frequency does at most, in a single look, to the level of a weaker one. */
const LEAKAGE = 10 ** 0.4;
/** Hz that the look for overtones cannot tell apart. */
const OVERTONE_WIDTH = 75;

const round = (value: number, rate: number) => Math.round((value * rate) / 8000);

/**
 * Hears digits in the audio (ITU-T Q.23 and Q.24): Goertzel filters at the eight frequencies, with checks of level, twist,
 * share of the energy, second harmonics and duration, so that speech is not taken for digits.
 *
 * A sink: add it to a session, or write to it. The order is kept, a held key is one digit.
 */
export class DtmfDetector implements AudioSink {
  readonly sampleRate: number;
  readonly #report: (digit: DtmfDigit) => void;
  readonly #began: ((press: DtmfPress) => void) | undefined;
  readonly #ring: Float64Array;
  readonly #block: number;
  readonly #hop: number;
  readonly #rows: readonly number[];
  readonly #columns: readonly number[];
  readonly #window: Float64Array;
  /** Weights of the part of the ring whose phase is measured, twice, a hop apart. */
  readonly #phaseWindow: Float64Array;
  readonly #minimum: number;
  readonly #twist: number;
  readonly #reverseTwist: number;
  readonly #energies = new Float64Array(8);
  #at = 0;
  #untilLook: number;
  #candidate = -1;
  #agreeing = 0;
  #key = -1;
  #missing = 0;
  #looks = 0;

  /**
   * @param report called once for each digit, at its end
   * @param options rate and limits
   * @param began called when a digit begins: mute it there, before the far end hears it
   * @throws MediaError `ERR_MEDIA_ARGUMENT` for a rate that cannot hold the frequencies
   */
  constructor(
    report: (digit: DtmfDigit) => void,
    options: DtmfDetectorOptions = {},
    began?: (press: DtmfPress) => void,
  ) {
    const { sampleRate = 8000, minLevelDb = -35, maxReverseTwistDb = 9, maxTwistDb = 6 } = options;
    if (!(sampleRate >= 8000)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Detect DTMF at 8000 Hz or more.');
    this.#report = report;
    this.#began = began;
    this.sampleRate = sampleRate;
    this.#block = round(BLOCK_AT_8_KHZ, sampleRate);
    this.#hop = round(HOP_AT_8_KHZ, sampleRate);
    this.#untilLook = this.#hop;
    const whole = this.#block + (LOOKS_TO_BEGIN - 1) * this.#hop;
    this.#ring = new Float64Array(whole);
    this.#window = hann(whole);
    this.#phaseWindow = hann(whole - this.#hop);
    this.#rows = DTMF_ROWS.map((frequency) => goertzelCoefficient(frequency, sampleRate));
    this.#columns = DTMF_COLUMNS.map((frequency) => goertzelCoefficient(frequency, sampleRate));
    const amplitude = 32_767 * 10 ** (minLevelDb / 20);
    this.#minimum = (amplitude * this.#block) ** 2 / 4;
    this.#twist = 10 ** (maxTwistDb / 10);
    this.#reverseTwist = 10 ** (maxReverseTwistDb / 10);
  }

  write(frame: Int16Array): void {
    const ring = this.#ring;
    for (let i = 0; i < frame.length; i++) {
      ring[this.#at] = frame[i]!;
      if (++this.#at === ring.length) this.#at = 0;
      if (--this.#untilLook === 0) {
        this.#untilLook = this.#hop;
        this.#take(this.#look());
      }
    }
  }

  /** Reports a digit that is still held. */
  close(): void {
    this.#end();
  }

  /** The key that sounds in the newest block, or -1. */
  #look(): number {
    const ring = this.#ring;
    const start = (this.#at - this.#block + ring.length) % ring.length;
    let total = 0;
    for (let i = 0, at = start; i < this.#block; i++) {
      total += ring[at]! * ring[at]!;
      if (++at === ring.length) at = 0;
    }
    // Two tones at the least level hold that much; most of a call is quieter and costs no more than this.
    if (total * this.#block < 2 * this.#minimum) return -1;
    const row = this.#strongest(this.#rows, 0, start);
    const column = this.#strongest(this.#columns, 4, start);
    if (row < 0 || column < 0) return -1;
    const low = this.#energies[row]!;
    const high = this.#energies[4 + column]!;
    if (low < this.#minimum || high < this.#minimum) return -1;
    if (high > low * this.#twist * LEAKAGE || low > high * this.#reverseTwist * LEAKAGE) return -1;
    if (2 * (low + high) < SHARE * total * this.#block) return -1;
    return row * 4 + column;
  }

  /** The frequency of a group that stands out, or -1. */
  #strongest(coefficients: readonly number[], offset: number, start: number): number {
    const energies = this.#energies;
    let best = 0;
    for (let i = 0; i < 4; i++) {
      energies[offset + i] = goertzelEnergy(this.#ring, start, this.#block, coefficients[i]!);
      if (energies[offset + i]! > energies[offset + best]!) best = i;
    }
    for (let i = 0; i < 4; i++) {
      if (i !== best && energies[offset + i]! * PEAK > energies[offset + best]!) return -1;
    }
    return best;
  }

  #take(key: number): void {
    if (this.#key >= 0) {
      this.#looks++;
      this.#missing = key === this.#key ? 0 : this.#missing + 1;
      if (this.#missing >= LOOKS_TO_END) this.#end();
    }
    this.#agreeing = key >= 0 && key === this.#candidate ? this.#agreeing + 1 : Number(key >= 0);
    this.#candidate = key;
    if (this.#agreeing < LOOKS_TO_BEGIN || key === this.#key || !this.#isKey(key)) return;
    this.#end();
    this.#key = key;
    this.#looks = LOOKS_TO_BEGIN;
    this.#missing = 0;
    this.#began?.({ digit: DTMF_KEYS[key]!, method: 'inband' });
  }

  /** What can be told only from all looks together: exact frequencies, and with them twist and overtones. */
  #isKey(key: number): boolean {
    const row = DTMF_ROWS[key >> 2]!;
    const column = DTMF_COLUMNS[key & 3]!;
    const rowOff = this.#hertzOff(row);
    const columnOff = this.#hertzOff(column);
    if (Math.abs(rowOff) > DEVIATION * row || Math.abs(columnOff) > DEVIATION * column) return false;
    const low = this.#energyOf(row + rowOff);
    const high = this.#energyOf(column + columnOff);
    if (high > low * this.#twist || low > high * this.#reverseTwist) return false;
    // Of some keys the overtone of the row is next to the column itself: it says nothing there.
    const apart = Math.abs(2 * row - column) > OVERTONE_WIDTH;
    if (apart && this.#energyOf(2 * (row + rowOff)) > HARMONIC * low) return false;
    return this.#energyOf(2 * (column + columnOff)) <= HARMONIC * high;
  }

  #energyOf(frequency: number): number {
    const coefficient = goertzelCoefficient(frequency, this.sampleRate);
    return goertzelEnergy(this.#ring, this.#at, this.#ring.length, coefficient, this.#window);
  }

  /** How far a tone is off its frequency: told by how much its phase moves in a hop, finer than any filter could. */
  #hertzOff(frequency: number): number {
    const ring = this.#ring;
    const window = this.#phaseWindow;
    const phase = (start: number) => goertzelPhase(ring, start, window.length, frequency, this.sampleRate, window);
    const turn = (2 * Math.PI * frequency * this.#hop) / this.sampleRate;
    const moved = phase((this.#at + this.#hop) % ring.length) - phase(this.#at) - turn;
    const off = moved - 2 * Math.PI * Math.round(moved / (2 * Math.PI));
    return (off * this.sampleRate) / (2 * Math.PI * this.#hop);
  }

  #end(): void {
    if (this.#key < 0) return;
    const digit = DTMF_KEYS[this.#key]!;
    this.#key = -1;
    const samples = this.#block + (this.#looks - this.#missing - 1) * this.#hop;
    this.#report({ digit, durationMs: Math.round((samples * 1000) / this.sampleRate), method: 'inband' });
  }
}

function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
}
