import { GRID, MAXIMUM, PULSES, SUBFRAME_SAMPLES } from './frame';
import { inverseMantissas, mantissas, weighting } from './tables';
import { add, magnitude, multiply, multiplyRounded, saturate } from './words';

/** Pulses of a sub-frame, every third sample of it. */
const COUNT = 13;
const weighted = new Int16Array(SUBFRAME_SAMPLES);
/** The residual between five zeros at either end. */
const padded = new Int16Array(SUBFRAME_SAMPLES + 10);

/**
 * Encodes what long-term prediction has left over of a sub-frame as thirteen pulses at regular distances
 * (GSM 06.10 §5.2.13 to §5.2.15).
 *
 * @param residual 40 samples
 * @param parameters where grid, block maximum and pulses go, from `at` on
 */
export function encodePulses(residual: Int16Array, parameters: Uint8Array, at: number): void {
  padded.set(residual, 5);
  for (let k = 0; k < SUBFRAME_SAMPLES; k++) {
    let sum = 4096;
    for (let i = 0; i < 11; i++) sum += padded[k + i]! * weighting[i]!;
    weighted[k] = saturate(sum >> 13);
  }
  const grid = strongestGrid();
  parameters[at + GRID] = grid;

  let peak = 0;
  for (let i = 0; i < COUNT; i++) peak = Math.max(peak, magnitude(weighted[grid + 3 * i]!));
  let exponent = 0;
  while (exponent < 6 && peak >> (9 + exponent) > 0) exponent++;
  const maximum = add(peak >> (exponent + 5), exponent << 3);
  parameters[at + MAXIMUM] = maximum;

  const { shift, mantissa } = blockScale(maximum);
  for (let i = 0; i < COUNT; i++) {
    // Words of 16 bits: what is shifted out is gone.
    const pulse = ((weighted[grid + 3 * i]! << shift) << 16) >> 16;
    parameters[at + PULSES + i] = (multiply(pulse, inverseMantissas[mantissa]!) >> 12) + 4;
  }
}

/** §5.2.14: the one of four positions of the grid that takes most of the energy. */
function strongestGrid(): number {
  let grid = 0;
  let most = 0;
  for (let m = 0; m < 4; m++) {
    let energy = 0;
    for (let i = 0; i < COUNT; i++) {
      const sample = weighted[m + 3 * i]! >> 2;
      energy += sample * sample;
    }
    if (energy > most) {
      most = energy;
      grid = m;
    }
  }
  return grid;
}

/** Makes the pulses of a sub-frame again: 40 samples, zero beside the grid (§5.2.16, §5.2.17). */
export function decodePulses(parameters: Uint8Array, at: number, out: Int16Array): void {
  const { shift, mantissa } = blockScale(parameters[at + MAXIMUM]!);
  const factor = mantissas[mantissa]!;
  const half = shift > 0 ? 1 << (shift - 1) : 0;
  out.fill(0);
  let position = parameters[at + GRID]!;
  for (let i = 0; i < COUNT; i++, position += 3) {
    const pulse = (2 * parameters[at + PULSES + i]! - 7) << 12;
    out[position] = add(multiplyRounded(factor, pulse), half) >> shift;
  }
}

/** What a block maximum stands for (§5.2.15): how far its pulses are shifted, and its mantissa. One object is used again. */
const scale = { shift: 0, mantissa: 0 };
function blockScale(maximum: number): Readonly<typeof scale> {
  let exponent = maximum > 15 ? (maximum >> 3) - 1 : 0;
  let mantissa = maximum - (exponent << 3);
  if (mantissa === 0) {
    exponent = -4;
    mantissa = 7;
  } else {
    while (mantissa <= 7) {
      mantissa = (mantissa << 1) | 1;
      exponent--;
    }
    mantissa -= 8;
  }
  scale.shift = 6 - exponent;
  scale.mantissa = mantissa;
  return scale;
}
