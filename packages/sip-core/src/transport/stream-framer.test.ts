import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipTransportError } from '../platform/errors';
import { type Frame, StreamFramer, type StreamFramerOptions } from './stream-framer';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const OPTIONS = 'OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n';
const MESSAGE = 'MESSAGE sip:a SIP/2.0\r\nl: 11\r\nCall-ID: 2\r\n\r\nhi\r\n\r\nthere';
const BYTES = 'MESSAGE sip:a SIP/2.0\r\ncontent-length : 4\r\n\r\n\r\n\r\n';
const PING = '\r\n\r\n';
const PONG = '\r\n';

/** What a frame is, for comparison: the text of a message, or its kind. */
const word = (frame: Frame) => (frame.kind === 'message' ? decode(frame.bytes) : frame.kind);

/** What comes of a stream that arrives in these pieces: its frames, and the error at the end if there is one. */
function cut(pieces: Iterable<Uint8Array | string>, options?: StreamFramerOptions) {
  const framer = new StreamFramer(options);
  const frames: string[] = [];
  let error: unknown;
  try {
    for (const piece of pieces) {
      for (const frame of framer.push(typeof piece === 'string' ? encode(piece) : piece)) frames.push(word(frame));
    }
  } catch (thrown) {
    error = thrown;
  }
  return { frames, error, partial: framer.partial };
}

/** A stream divided at the given places. */
function divide(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...[...places].sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end));
}

describe('messages', () => {
  const stream = [OPTIONS, MESSAGE, BYTES, OPTIONS];
  const bytes = encode(stream.join(''));

  it('come whole out of one piece, bodies with empty lines included', () => {
    expect(cut([bytes])).toEqual({ frames: stream, error: undefined, partial: false });
  });

  it('come out of pieces divided at every place', () => {
    for (let place = 0; place <= bytes.length; place++) {
      expect(cut(divide(bytes, [place])).frames, `at ${place}`).toEqual(stream);
    }
  });

  it('come out of single bytes', () => {
    expect(cut([...bytes].map((byte) => Uint8Array.of(byte))).frames).toEqual(stream);
  });

  it('come as soon as they are complete', () => {
    const framer = new StreamFramer();
    const all = encode(MESSAGE);
    expect([...framer.push(all.slice(0, -1))]).toEqual([]);
    expect(framer.partial).toBe(true);
    expect([...framer.push(all.slice(-1))].map(word)).toEqual([MESSAGE]);
    expect(framer.partial).toBe(false);
  });

  it('do not change with the buffer they came in', () => {
    const framer = new StreamFramer();
    const first = encode(OPTIONS + MESSAGE.slice(0, 30));
    const frames = [...framer.push(first)];
    first.fill(0);
    frames.push(...framer.push(encode(MESSAGE.slice(30))));
    expect(frames.map(word)).toEqual([OPTIONS, MESSAGE]);
  });

  it('do not share the memory of a Node.js Buffer, whose slice() does', () => {
    const framer = new StreamFramer();
    const first = Buffer.from(OPTIONS + MESSAGE.slice(0, 30));
    const frames = [...framer.push(first)];
    first.fill(0);
    frames.push(...framer.push(Buffer.from(MESSAGE.slice(30))));
    expect(frames.map(word)).toEqual([OPTIONS, MESSAGE]);
    for (const frame of frames) expect(frame.kind === 'message' && frame.bytes.constructor).toBe(Uint8Array);
  });

  it('may end their lines with LF alone', () => {
    const message = 'OPTIONS sip:a SIP/2.0\nl: 2\n\nok';
    expect(cut([message, OPTIONS]).frames).toEqual([message, OPTIONS]);
  });

  it('come before the error about what follows them, however the bytes were divided', () => {
    const broken = encode(`${OPTIONS}${MESSAGE}NONSENSE\r\n\r\n${OPTIONS}`);
    for (const pieces of [[broken], [...broken].map((byte) => Uint8Array.of(byte))]) {
      const { frames, error } = cut(pieces);
      expect(frames).toEqual([OPTIONS, MESSAGE]);
      expect(error).toBeInstanceOf(SipTransportError);
    }
  });
});

describe('keep-alives (RFC 5626 §3.5.1)', () => {
  it.each([
    ['a double CRLF is a ping', [PING], ['ping']],
    ['a single CRLF is a pong', [PONG], ['pong']],
    ['three CRLFs are a ping and a pong', [PING + PONG], ['ping', 'pong']],
    ['before and after messages', [PING, OPTIONS, PING, PONG, MESSAGE], ['ping', OPTIONS, 'ping', 'pong', MESSAGE]],
    ['in one piece with messages', [PONG + OPTIONS + PING + OPTIONS], ['pong', OPTIONS, 'ping', OPTIONS]],
    ['a ping divided after its first byte', ['\r', '\n\r\n'], ['ping']],
    ['a ping divided before its last byte', ['\r\n\r', '\n'], ['ping']],
    ['two halves that come apart are two single CRLFs', ['\r\n', '\r\n'], ['pong', 'pong']],
    ['a lone LF between messages is let pass', ['\n', OPTIONS], ['pong', OPTIONS]],
  ])('%s', (_, pieces, frames) => {
    expect(cut(pieces)).toEqual({ frames, error: undefined, partial: false });
  });

  it('a lone CR is none', () => {
    expect(cut(['\rX']).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
    expect(cut(['\r\n\r', 'X']).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });
});

describe('Content-Length', () => {
  const head = (...headers: string[]) => `${['OPTIONS sip:a SIP/2.0', ...headers].join('\r\n')}\r\n\r\n`;

  it.each([
    ['Content-Length: 2'],
    ['CONTENT-LENGTH: 2'],
    ['content-length:2'],
    ['Content-Length \t:\t 2 \t'],
    ['Content-Length:\r\n 2'],
    ['Content-Length: 0002'],
    ['l: 2'],
    ['L : 2'],
    ['l: 2\r\nContent-Length: 2'],
    ['X-Content-Length: 9\r\nl: 2'],
    ['Subject: x\r\n l: 9\r\nl: 2'],
    ['Subject: Content-Length: 9\r\nl: 2'],
  ])('is found in %j', (header) => {
    expect(cut([`${head(header)}ok`, OPTIONS]).frames).toEqual([`${head(header)}ok`, OPTIONS]);
  });

  it.each([
    ['missing', head('Call-ID: 1')],
    ['missing, and a body line looks like one', `${head('Call-ID: 1')}l: 2\r\n`],
    ['empty', head('Content-Length:')],
    ['negative', head('Content-Length: -1')],
    ['with a sign', head('Content-Length: +1')],
    ['hexadecimal', head('Content-Length: 0x10')],
    ['a fraction', head('Content-Length: 1.0')],
    ['a list', head('Content-Length: 1, 1')],
    ['contradictory', head('Content-Length: 1', 'Content-Length: 2')],
    ['contradictory in its two forms', head('Content-Length: 1', 'l: 2')],
    ['beyond all numbers', head(`Content-Length: ${'9'.repeat(400)}`)],
  ])('that is %s makes the stream useless', (_, text) => {
    const { frames, error } = cut([text]);
    expect(frames).toEqual([]);
    expect(error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });

  it('that is above the limit gives the header section, to be answered 413, and makes the stream useless', () => {
    const head = 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n';
    const { frames, error } = cut([`${head}and more`]);
    expect(frames).toEqual([head]);
    expect(error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });
});

describe('the limit', () => {
  const sized = (length: number) => {
    const head = `OPTIONS sip:a SIP/2.0\r\nl: ${length - 60}\r\nX: `;
    return `${head.padEnd(56, 'x')}\r\n\r\n${'b'.repeat(length - 60)}`;
  };

  it('is the size of the largest message taken', () => {
    expect(sized(200)).toHaveLength(200);
    expect(cut([sized(200)], { maxMessageSize: 200 }).frames).toEqual([sized(200)]);
    expect(cut([sized(201)], { maxMessageSize: 200 }).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });

  it('is 65,535 bytes when none is given', () => {
    expect(cut([sized(65_535)]).frames).toHaveLength(1);
    expect(cut([sized(65_536)]).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });

  it('refuses a long message by its head, before its body has come', () => {
    expect(cut([sized(10_000).slice(0, 100)], { maxMessageSize: 200 }).error).toMatchObject({
      code: 'ERR_SIP_FRAMING',
    });
  });

  it('ends a header section that never ends', () => {
    const line = 'X: y\r\n';
    const pieces = Array.from({ length: 100 }, () => line);
    expect(cut(pieces, { maxMessageSize: 200 }).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
    expect(cut(['x'.repeat(201)], { maxMessageSize: 200 }).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
  });

  it('holds for the longest header section made to be slow to read', () => {
    const blanks = ' '.repeat(60_000);
    const started = performance.now();
    for (const slow of [
      `l: x${blanks}y`,
      `l${blanks}x`,
      `l:${blanks}x`,
      `X: y\r\n${`${blanks.slice(0, 300)}\r\n`.repeat(180)}`,
    ]) {
      expect(cut([`OPTIONS sip:a SIP/2.0\r\n${slow}\r\n\r\n`]).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
    }
    // A reader that looks back at each blank takes seconds; one that does not, a few milliseconds.
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('any bytes', () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          '\r',
          '\n',
          '\r\n',
          ' ',
          ':',
          'l: 1',
          'Content-Length: 3',
          'OPTIONS sip:a SIP/2.0',
          'abc',
          '\0',
        ),
      )
      .map((parts) => encode(parts.join(''))),
  );

  it('throw nothing but SipTransportError', () => {
    fc.assert(
      fc.property(fc.array(hostile), (pieces) => {
        const { error } = cut(pieces, { maxMessageSize: 500 });
        if (error !== undefined) expect(error).toBeInstanceOf(SipTransportError);
      }),
      { numRuns: 1_000 },
    );
  });

  it('give the same messages and the same verdict however they are divided', () => {
    const piece = fc.oneof(fc.constantFrom(OPTIONS, MESSAGE, BYTES), hostile.map(decode));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 10 }), (pieces, places) => {
        const bytes = encode(pieces.join(''));
        const whole = cut([bytes]);
        const divided = cut(
          divide(
            bytes,
            places.map((place) => place % (bytes.length + 1)),
          ),
        );
        const messages = (frames: string[]) => frames.filter((frame) => frame !== 'ping' && frame !== 'pong');
        expect(messages(divided.frames)).toEqual(messages(whole.frames));
        expect((divided.error as Error)?.message).toBe((whole.error as Error)?.message);
      }),
      { numRuns: 500 },
    );
  });
});
