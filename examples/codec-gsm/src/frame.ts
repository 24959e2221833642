/** Samples of a frame of 20 ms at 8 kHz, and bytes of its payload (RFC 3551 §4.5.8). */
export const FRAME_SAMPLES = 160;
export const FRAME_BYTES = 33;
/** Samples of a sub-frame, of which a frame has four. */
export const SUBFRAME_SAMPLES = 40;

/** Bits of the parameters of a sub-frame: lag, gain, grid, block maximum, 13 pulses (GSM 06.10 table 1.1). */
const subframe = [7, 2, 2, 6, ...Array<number>(13).fill(3)];
/** Bits of all 76 parameters of a frame, in the order they travel: eight log area ratios, four sub-frames. */
const widths = Uint8Array.from([6, 6, 5, 5, 4, 4, 3, 3, ...subframe, ...subframe, ...subframe, ...subframe]);

/** Where the parameters are found: those of a sub-frame from `subframeAt(0..3)` on. */
export const PARAMETERS = widths.length;
export const LAG = 0;
export const GAIN = 1;
export const GRID = 2;
export const MAXIMUM = 3;
export const PULSES = 4;
export const subframeAt = (index: number): number => 8 + index * subframe.length;

/** The four bits every frame begins with in RTP. */
const SIGNATURE = 0xd;

/** Whether the bytes from `at` on can be a frame. */
export const isFrame = (bytes: Uint8Array, at: number): boolean => bytes[at]! >> 4 === SIGNATURE;

/** Writes the parameters of a frame into 33 bytes, the most significant bits first (RFC 3551 §4.5.8.1). */
export function packFrame(parameters: Uint8Array, out: Uint8Array, at: number): void {
  let bits = SIGNATURE;
  let count = 4;
  for (let i = 0; i < PARAMETERS; i++) {
    bits = (bits << widths[i]!) | parameters[i]!;
    count += widths[i]!;
    if (count >= 8) {
      count -= 8;
      out[at++] = bits >> count;
      bits &= (1 << count) - 1;
    }
  }
}

/** Reads the parameters of a frame. */
export function unpackFrame(bytes: Uint8Array, at: number, parameters: Uint8Array): void {
  let bits = bytes[at++]! & 0xf;
  let count = 4;
  for (let i = 0; i < PARAMETERS; i++) {
    const width = widths[i]!;
    if (count < width) {
      bits = (bits << 8) | bytes[at++]!;
      count += 8;
    }
    count -= width;
    parameters[i] = bits >> count;
    bits &= (1 << count) - 1;
  }
}

/** The longest lag: samples before a frame that its long-term prediction looks back on. */
export const PAST = 120;
