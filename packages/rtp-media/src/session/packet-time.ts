import type { Codec } from '@offhook/codecs';

/** What the peer says of the packets it receives, in ms. */
export interface PacketTimes {
  /** What it likes. */
  ptime?: number;
  /** What it can take at most; this is kept above all. */
  maxptime?: number;
  /** What it wants at least. */
  minptime?: number;
}

/** What most telephones send. */
const USUAL_MS = 20;

/**
 * The duration in ms, of those that a codec can make, that suits a peer best.
 *
 * @param remoteFmtp the peer's format parameters, which may leave a choice of durations
 */
export function packetTime(
  codec: Codec,
  { ptime = USUAL_MS, maxptime = Number.POSITIVE_INFINITY, minptime = 0 }: PacketTimes,
  remoteFmtp?: string,
): number {
  const { defaultFrameDuration } = codec;
  const frameDurations = codec.fmtp?.frameDurations?.(remoteFmtp) ?? codec.frameDurations;
  const possible = frameDurations.filter((duration) => duration <= maxptime);
  const wanted = possible.filter((duration) => duration >= minptime);
  const [first = frameDurations[0]!, ...others] = wanted.length > 0 ? wanted : possible.slice(-1);
  let best = first;
  for (const duration of others) {
    const [nearer, asNear] = [distance(duration) < distance(best), distance(duration) === distance(best)];
    if (nearer || (asNear && duration === defaultFrameDuration)) best = duration;
  }
  return best;

  function distance(duration: number): number {
    return Math.abs(duration - ptime);
  }
}
