import { type FrameFormat, STAGES } from './tables';

/** Bits of a parameter in each of the three classes of sensitivity (RFC 3951 §3.8, table 3.2). */
type Bits = readonly [number, number, number];

const lsf: readonly Bits[] = [
  [6, 0, 0],
  [7, 0, 0],
  [7, 0, 0],
];
const sample: Bits = [0, 1, 2];
const plain = (bits: number): Bits => [0, 0, bits];
const blockOf7 = (first: Bits): Bits[] => [first, plain(7), plain(7)];
const blockOf8 = (first: Bits): Bits[] => [first, plain(8), plain(8)];

interface Layout {
  start: Bits;
  extraIndex: readonly Bits[];
  extraGain: readonly Bits[];
  index: readonly Bits[];
  gain: readonly Bits[];
}

const layouts: Readonly<Record<20 | 30, Layout>> = {
  20: {
    start: [2, 0, 0],
    extraIndex: blockOf7([6, 0, 1]),
    extraGain: [[2, 0, 3], [1, 1, 2], plain(3)],
    index: [...blockOf7([7, 0, 1]), ...blockOf8(plain(8))],
    gain: [[1, 2, 2], [1, 1, 2], plain(3), [1, 1, 3], [0, 2, 2], plain(3)],
  },
  30: {
    start: [3, 0, 0],
    extraIndex: blockOf7([4, 2, 1]),
    extraGain: [[1, 1, 3], [1, 1, 2], plain(3)],
    index: [...blockOf7([6, 1, 1]), ...[0, 1, 2].flatMap(() => blockOf8([0, 7, 1]))],
    gain: [
      ...([[1, 2, 2], [1, 2, 1], plain(3), [0, 2, 3], [0, 2, 2], plain(3)] as Bits[]),
      ...([0, 1].flatMap(() => [[0, 1, 4], [0, 1, 3], plain(3)]) as Bits[]),
    ],
  },
};

/** The parameters of a frame as whole numbers in one array, and where each family begins. */
export class FrameLayout {
  readonly lsf = 0;
  readonly start: number;
  readonly stateFirst: number;
  readonly scale: number;
  readonly samples: number;
  readonly extraIndex: number;
  readonly extraGain: number;
  readonly index: number;
  readonly gain: number;
  /** How many parameters there are. */
  readonly length: number;
  /** Pieces in the order in which they travel: parameter, bits, and how far its last bit is from that of the parameter. */
  readonly #pieces: Int32Array;

  constructor(format: FrameFormat) {
    const layout = layouts[format.mode];
    const all: Bits[] = [];
    const family = (bits: readonly Bits[]) => {
      all.push(...bits);
      return all.length - bits.length;
    };
    for (let spectrum = 0; spectrum < format.spectra; spectrum++) family(lsf);
    this.start = family([layout.start]);
    this.stateFirst = family([[1, 0, 0]]);
    this.scale = family([[6, 0, 0]]);
    this.samples = family(Array.from({ length: format.stateSamples }, () => sample));
    this.extraIndex = family(layout.extraIndex);
    this.extraGain = family(layout.extraGain);
    this.index = family(layout.index);
    this.gain = family(layout.gain);
    this.length = all.length;
    const pieces: number[] = [];
    for (const part of [0, 1, 2] as const) {
      all.forEach((bits, parameter) => {
        if (bits[part] > 0)
          pieces.push(
            parameter,
            bits[part],
            bits.slice(part + 1).reduce((sum, each) => sum + each, 0),
          );
      });
    }
    this.#pieces = Int32Array.from(pieces);
  }

  /** Writes a frame at `offset`; its last bit, 0, says that it is one (RFC 3951 §3.8). */
  pack(parameters: Int32Array, out: Uint8Array, offset: number, bytes: number): void {
    out.fill(0, offset, offset + bytes);
    this.#convert(parameters, this.index, -1);
    let position = offset * 8;
    const pieces = this.#pieces;
    for (let i = 0; i < pieces.length; i += 3) {
      const value = parameters[pieces[i]!]! >> pieces[i + 2]!;
      for (let bit = pieces[i + 1]! - 1; bit >= 0; bit--, position++) {
        out[position >> 3]! |= ((value >> bit) & 1) << (7 - (position & 7));
      }
    }
  }

  /** Reads a frame. @returns false when it says that it is empty, or its start state is nowhere */
  unpack(payload: Uint8Array, offset: number, format: FrameFormat, parameters: Int32Array): boolean {
    parameters.fill(0);
    let position = offset * 8;
    const pieces = this.#pieces;
    for (let i = 0; i < pieces.length; i += 3) {
      let value = 0;
      for (let bit = pieces[i + 1]!; bit > 0; bit--, position++) {
        value = (value << 1) | ((payload[position >> 3]! >> (7 - (position & 7))) & 1);
      }
      parameters[pieces[i]!]! |= value << pieces[i + 2]!;
    }
    this.#convert(parameters, this.index, 1);
    const start = parameters[this.start]!;
    return (payload[offset + format.bytes - 1]! & 1) === 0 && start >= 1 && start < format.subframes;
  }

  /** The second and third stage of the first block search less than there is, so that seven bits do (RFC 3951 §3.6.3). */
  #convert(parameters: Int32Array, at: number, direction: 1 | -1): void {
    for (let stage = at + 1; stage < at + STAGES; stage++) {
      const index = parameters[stage]!;
      if (direction === 1) {
        if (index >= 108 && index < 128) parameters[stage] = index + 128;
        else if (index >= 44 && index < 108) parameters[stage] = index + 64;
      } else if (index >= 236) parameters[stage] = index - 128;
      else if (index >= 108 && index < 172) parameters[stage] = index - 64;
    }
  }
}
