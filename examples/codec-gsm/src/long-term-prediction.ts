import { GAIN, LAG, PAST, SUBFRAME_SAMPLES } from './frame';
import { gainLimits } from './tables';
import { headroom, magnitude, multiply } from './words';

const SHORTEST_LAG = 40;
const scaled = new Int16Array(SUBFRAME_SAMPLES);

/**
 * Finds the lag and the gain at which a sub-frame is most like what came before it (GSM 06.10 §5.2.11).
 *
 * @param samples the short-term residual of the frame
 * @param from where in `samples` the sub-frame begins
 * @param past reconstructed residual
 * @param now where in `past` the sub-frame will be
 * @param parameters where lag and gain go, from `at` on
 */
export function findLag(
  samples: Int16Array,
  from: number,
  past: Int16Array,
  now: number,
  parameters: Uint8Array,
  at: number,
): void {
  let peak = 0;
  for (let k = 0; k < SUBFRAME_SAMPLES; k++) peak = Math.max(peak, magnitude(samples[from + k]!));
  const scale = peak === 0 ? 0 : Math.max(0, 6 - headroom(peak << 16));
  for (let k = 0; k < SUBFRAME_SAMPLES; k++) scaled[k] = samples[from + k]! >> scale;

  let best = 0;
  let lag = SHORTEST_LAG;
  // Three lags at once share what they load; there are 81.
  for (let each = SHORTEST_LAG; each <= PAST; each += 3) {
    let first = 0;
    let second = 0;
    let third = 0;
    for (let k = 0, then = now - each; k < SUBFRAME_SAMPLES; k++, then++) {
      const sample = scaled[k]!;
      first += Math.imul(sample, past[then]!);
      second += Math.imul(sample, past[then - 1]!);
      third += Math.imul(sample, past[then - 2]!);
    }
    if (first > best) {
      best = first;
      lag = each;
    }
    if (second > best) {
      best = second;
      lag = each + 1;
    }
    if (third > best) {
      best = third;
      lag = each + 2;
    }
  }
  parameters[at + LAG] = lag;

  let power = 0;
  for (let k = 0; k < SUBFRAME_SAMPLES; k++) {
    const sample = past[now - lag + k]! >> 3;
    power += sample * sample;
  }
  parameters[at + GAIN] = gainCode((best << 1) >> (6 - scale), power << 1);
}

function gainCode(likeness: number, power: number): number {
  if (likeness <= 0) return 0;
  if (likeness >= power) return 3;
  const shift = headroom(power);
  const ratio = (likeness << shift) >> 16;
  const whole = (power << shift) >> 16;
  let code = 0;
  while (code < 3 && ratio > multiply(whole, gainLimits[code]!)) code++;
  return code;
}
