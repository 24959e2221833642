const FULL_SCALE = 32_767;
/** Below this (-3 dBFS) a sample stays as it is. */
const KNEE = 23_198;
const ROOM = FULL_SCALE - KNEE;

/**
 * Bends a sum of voices into 16 bits: samples under -3 dBFS stay what they are, louder ones approach full scale and never
 * reach beyond or wrap. The curve and its slope have no step, so that crossing the knee makes no click.
 *
 * @param sample on the scale of 16 bits, however large
 */
export function softLimit(sample: number): number {
  if (sample > KNEE) return KNEE + (ROOM * (sample - KNEE)) / (sample - KNEE + ROOM);
  if (sample < -KNEE) return -KNEE + (ROOM * (sample + KNEE)) / (ROOM - sample - KNEE);
  return sample;
}
