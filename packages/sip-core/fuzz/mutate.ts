import type { Chance } from '../../../tooling/fuzz/chance';
import { bytesOf, textOf } from '../../../tooling/fuzz/target';
import { encodeUtf8 } from '../src/message/text';

/** What separates and what is odd, in SIP and below. */
export const FRAGMENTS = [
  ...['\r\n', '\r\n ', '\n', '\r', '\0', ' ', '\t', '"', '<', '>', ';', ',', '%', '\\', ':', '=', '?', '&', '@', '*'],
  ...['[', ']', '(', ')', '/', '""', '<>', '%00', '%0d%0a', '%', '%4', '\\"', ';;', ',,', '\r\n\r\n', ': ', ' :', '::'],
  ...[';lr', ';tag=', ';tag=x', ';branch=z9hG4bK', ';rport', ';received=::1', ';maddr=239.255.255.1', ';ttl=256'],
  ...['sip:', 'sips:', 'tel:', 'SIP/2.0', 'sip/2.0', 'SIP/3.0', '[::1]', '[fe80::1%25eth0]', '[::ffff:192.0.2.1]'],
  ...['z9hG4bK', 'Via: ', 'v:', 'l: 0\r\n', 'Content-Length: 5\r\n', 'Require: x\r\n', 'To: ', 'i: ', 'Replaces='],
];
const TEXTS = ['é', '日本', '\u202e', '\ufeff', '\u2028', '\u0130', 'ſ', 'K', '😀', '\u0000', '\u0085', '\u00a0'];
const NUMBERS = [
  ...['0', '1', '-1', '+1', '00', '1.0', '1e3', '0x10', '٣', '255', '256', '65535', '65536', '99999'],
  ...['2147483647', '2147483648', '4294967295', '4294967296', '9007199254740993', '18446744073709551616'],
  ...['9'.repeat(40), '0'.repeat(40), '0.'.concat('9'.repeat(40)), 'NaN', 'Infinity'],
];

/** Changes octets, from one change to a handful. `others` lend their parts. */
export function mutate(bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[], most = 5): Uint8Array {
  const changes = 1 + chance.below(most);
  let changed = bytes;
  for (let change = 0; change < changes; change++) changed = chance.pick(WAYS)(changed, chance, others);
  return changed;
}

type Way = (bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]) => Uint8Array;

const join = (...parts: Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

const replace = (bytes: Uint8Array, from: number, to: number, by: Uint8Array) =>
  join(bytes.subarray(0, from), by, bytes.subarray(to));

/** A stretch somewhere, mostly short. */
function stretch(bytes: Uint8Array, chance: Chance): [from: number, to: number] {
  const from = chance.below(bytes.length + 1);
  const length = chance.is(0.8) ? chance.below(12) : chance.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + length)];
}

const inLines =
  (change: (lines: string[], chance: Chance, others: readonly Uint8Array[]) => void): Way =>
  (bytes, chance, others) => {
    const lines = textOf(bytes).split('\r\n');
    change(lines, chance, others);
    return bytesOf(lines.join('\r\n'));
  };

const WAYS: readonly Way[] = [
  function flipBit(bytes, chance) {
    const flipped = bytes.slice();
    if (bytes.length > 0) flipped[chance.below(bytes.length)]! ^= 1 << chance.below(8);
    return flipped;
  },
  function remove(bytes, chance) {
    return replace(bytes, ...stretch(bytes, chance), new Uint8Array(0));
  },
  function repeat(bytes, chance) {
    const [from, to] = stretch(bytes, chance);
    const part = bytes.subarray(from, to);
    const times = chance.is(0.9) ? 1 : chance.below(40);
    return replace(bytes, to, to, join(...Array.from({ length: times }, () => part)).subarray(0, 8_000));
  },
  function splice(bytes, chance, others) {
    const other = chance.pick(others);
    return replace(bytes, ...stretch(bytes, chance), other.subarray(...stretch(other, chance)));
  },
  function fragment(bytes, chance) {
    const [from, to] = stretch(bytes, chance);
    return replace(bytes, from, chance.is(0.5) ? from : to, bytesOf(chance.pick(FRAGMENTS)));
  },
  function text(bytes, chance) {
    const [at] = stretch(bytes, chance);
    return replace(bytes, at, at, encodeUtf8(chance.pick(TEXTS)));
  },
  function anyOctet(bytes, chance) {
    const [at] = stretch(bytes, chance);
    return replace(bytes, at, Math.min(bytes.length, at + chance.below(2)), Uint8Array.of(chance.below(256)));
  },
  function number(bytes, chance) {
    const found = [...textOf(bytes).matchAll(/\d+/g)];
    if (found.length === 0) return bytes;
    const one = chance.pick(found);
    return replace(bytes, one.index, one.index + one[0].length, encodeUtf8(chance.pick(NUMBERS)));
  },
  function long(bytes, chance) {
    const [at] = stretch(bytes, chance);
    const unit = chance.is(0.5) ? 'a' : chance.pick(FRAGMENTS);
    return replace(bytes, at, at, bytesOf(unit.repeat(1 + chance.below(400))));
  },
  function cut(bytes, chance) {
    return chance.is(0.3) ? bytes.slice(0, chance.below(bytes.length + 1)) : bytes;
  },
  inLines(function doubleLine(lines, chance) {
    lines.splice(chance.below(lines.length), 0, chance.pick(lines));
  }),
  inLines(function dropLine(lines, chance) {
    lines.splice(chance.below(lines.length), 1);
  }),
  inLines(function swapLines(lines, chance) {
    const [one, two] = [chance.below(lines.length), chance.below(lines.length)];
    [lines[one], lines[two]] = [lines[two]!, lines[one]!];
  }),
  inLines(function lineOfAnother(lines, chance, others) {
    const other = textOf(chance.pick(others)).split('\r\n');
    lines.splice(chance.below(lines.length), chance.below(2), chance.pick(other));
  }),
  inLines(function valueOfAnother(lines, chance) {
    const at = chance.below(lines.length);
    const value = chance.pick(lines).replace(/^[^:]*:/, '');
    lines[at] = lines[at]!.replace(/:.*$/s, () => `:${value}`);
  }),
  inLines(function otherCase(lines, chance) {
    const at = chance.below(lines.length);
    lines[at] = chance.is(0.5) ? lines[at]!.toUpperCase() : lines[at]!.toLowerCase();
  }),
];
