import type { Chance } from '../../../tooling/fuzz/chance';

/** Changes octets of a binary format: bits, lengths at their boundaries, stretches cut, repeated and exchanged. */
export function mutateOctets(bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]): Uint8Array {
  let changed = new Uint8Array(bytes);
  for (let change = chance.below(5); change >= 0; change--)
    changed = new Uint8Array(chance.pick(WAYS)(changed, chance, others));
  return changed.subarray(0, 4000);
}

type Way = (bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]) => Uint8Array;

const BOUNDARIES = [0, 1, 3, 4, 7, 8, 127, 128, 255, 256, 32_767, 32_768, 65_534, 65_535];

const WAYS: readonly Way[] = [
  function flipBit(bytes, chance) {
    if (bytes.length > 0) bytes[chance.below(bytes.length)]! ^= 1 << chance.below(8);
    return bytes;
  },
  function octet(bytes, chance) {
    if (bytes.length > 0) bytes[chance.below(bytes.length)] = chance.below(256);
    return bytes;
  },
  function length(bytes, chance) {
    if (bytes.length < 4) return bytes;
    const at = chance.below(bytes.length >> 1) << 1;
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint16(
      Math.min(at, bytes.length - 2),
      chance.pick(BOUNDARIES),
    );
    return bytes;
  },
  function cut(bytes, chance) {
    return bytes.subarray(0, chance.below(bytes.length + 1));
  },
  function remove(bytes, chance) {
    const from = chance.below(bytes.length + 1);
    const to = Math.min(bytes.length, from + chance.below(16));
    return Uint8Array.of(...bytes.subarray(0, from), ...bytes.subarray(to));
  },
  function repeat(bytes, chance) {
    const from = chance.below(bytes.length + 1);
    const to = Math.min(bytes.length, from + chance.below(24));
    return Uint8Array.of(...bytes.subarray(0, to), ...bytes.subarray(from));
  },
  function splice(bytes, chance, others) {
    const other = chance.pick(others);
    return Uint8Array.of(
      ...bytes.subarray(0, chance.below(bytes.length + 1)),
      ...other.subarray(chance.below(other.length + 1)),
    );
  },
  function append(bytes, chance) {
    return Uint8Array.of(...bytes, ...chance.some(1, 40, () => chance.below(256)));
  },
];
