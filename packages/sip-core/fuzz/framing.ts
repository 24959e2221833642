import type { Chance } from '../../../tooling/fuzz/chance';
import { bytesOf, type FuzzTarget, type Input, textOf } from '../../../tooling/fuzz/target';
import { SipTransportError } from '../src/platform/errors';
import { StreamFramer } from '../src/transport/stream-framer';
import { mutate } from './mutate';
import { samples } from './samples';

const MOST = 8_000;

interface Outcome {
  messages: string;
  error: string;
}

/** What comes of a stream in these pieces: its messages and its verdict. */
function framed(pieces: Iterable<Uint8Array>): Outcome {
  const framer = new StreamFramer({ maxMessageSize: MOST });
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      // Sockets use their buffers again.
      const lent = piece.slice();
      for (const frame of framer.push(lent)) if (frame.kind === 'message') found.push(textOf(frame.bytes));
      lent.fill(0x21);
    }
  } catch (error) {
    if (!(error instanceof SipTransportError)) throw error;
    return { messages: JSON.stringify(found), error: error.message };
  }
  return { messages: JSON.stringify(found), error: '' };
}

function* pieces(bytes: Uint8Array, size: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.max(1, size());
    yield bytes.subarray(at, end);
    at = end;
  }
}

function compare(what: string, one: Outcome, other: Outcome): void {
  if (one.messages === other.messages && one.error === other.error) return;
  throw new Error(`${what}: ${one.messages} ${one.error}\nbut in one piece ${other.messages} ${other.error}`);
}

const small = samples.filter(({ length }) => length < 1_200);
const CASUAL = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  'OPTIONS sip:a SIP/2.0\r\nl: 2\r\n\r\nok',
  'X\r\nl:0\n\n',
  'l:\r\n 3\r\n\r\nabc',
];

function piece(chance: Chance): Uint8Array {
  if (chance.is(0.4)) return bytesOf(chance.pick(CASUAL));
  const sample = chance.pick(small);
  return chance.is(0.6) ? sample : mutate(sample, chance, small, 2);
}

/** Streams of messages, divided in every way. Each piece of the input is a segment of the connection. */
export const framing: FuzzTarget = {
  name: 'framing',
  promise: 'The same messages and the same verdict however a stream is divided, or a SipTransportError.',
  usual: 300,
  make: (chance): Input => chance.some(1, 5, () => piece(chance)),
  check(input) {
    const whole = bytesOf(input.map(textOf).join(''));
    const expected = framed([whole]);
    compare('in its pieces', framed(input), expected);
    compare('in single bytes', framed(pieces(whole, () => 1)), expected);
    let size = 1;
    compare('in growing pieces', framed(pieces(whole, () => (size = (size * 3) % 97))), expected);
    // Divided once, at every byte; a long one at some.
    const step = Math.ceil(whole.length / 60);
    for (let at = 1; at < whole.length; at += step) {
      compare(`divided at ${at}`, framed([whole.subarray(0, at), whole.subarray(at)]), expected);
    }
  },
};
