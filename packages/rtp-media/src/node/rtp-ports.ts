import { MediaError } from '../platform/errors';

/** ms for which a port that was closed is used again only when there is no other. */
const REST_MS = 30_000;

/** When ports were closed, by address and port; those of the last moments. */
const closedAt = new Map<string, number>();

/**
 * The ports of a range in the order in which they are to be tried: from a random one on; those that were in use a moment
 * ago last, the longest unused first, as packets of the call before may still be on their way to them.
 *
 * @param mux whether every port will do, and not only the even ones with the next
 * @param now ms, monotonic
 * @param random 0 to 1
 * @throws MediaError `ERR_MEDIA_ARGUMENT` when it is no range
 */
export function portsToTry(
  address: string,
  range: readonly [number, number],
  mux: boolean,
  now: number,
  random = Math.random,
): number[] {
  const [min, max] = range;
  const step = mux ? 1 : 2;
  const first = mux ? min : min + (min % 2);
  const last = mux ? max : max - 1;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max > 65_535 || first > last) {
    throw new MediaError(
      'ERR_MEDIA_ARGUMENT',
      `Give portRange two ports from 1 to 65535, lowest first, with an even one and the next between them, not ${min}-${max}.`,
    );
  }
  for (const [key, at] of closedAt) if (now - at >= REST_MS) closedAt.delete(key);
  const count = Math.floor((last - first) / step) + 1;
  const start = Math.floor(random() * count);
  const ports = Array.from({ length: count }, (_, i) => first + ((start + i) % count) * step);
  if (closedAt.size === 0) return ports;
  const unusedSince = (port: number) => closedAt.get(keyOf(address, port)) ?? Number.NEGATIVE_INFINITY;
  return ports.toSorted((a, b) => compare(unusedSince(a), unusedSince(b)));
}

/** A port was closed. @param now ms, monotonic */
export function portClosed(address: string, port: number, now: number): void {
  closedAt.set(keyOf(address, port), now);
}

const keyOf = (address: string, port: number) => `${address} ${port}`;
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
