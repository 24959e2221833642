import type { RandomBytes } from '../platform/random';

/**
 * An instance id (RFC 5626 §4.1) for a user agent that has none yet: a URN of a random UUID (RFC 4122 §4.4). It is meant to stay the same
 * for the life of the device or installation: keep it, and give it again after a restart.
 */
export function newInstanceId(random: RandomBytes): string {
  const bytes = Uint8Array.from(random(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
