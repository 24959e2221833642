import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SipSyntaxError } from '../platform/errors';
import { NameAddr } from './name-addr';
import { Params } from './params';
import { parseMessage } from './parse';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { serializeMessage } from './serialize';
import { readAll } from './testing/read-all';
import { invite } from './testing/sample-messages';
import { parseUri, SipUri } from './uri';
import { Via } from './via';

/** The same cases every time; more, or others, when asked for: OFFHOOK_FUZZ_RUNS=100 OFFHOOK_FUZZ_SEED=7. */
const seed = Number(process.env.OFFHOOK_FUZZ_SEED ?? 3261);
const effort = Number(process.env.OFFHOOK_FUZZ_RUNS ?? 1);
const runs = (count: number) => ({ seed, numRuns: count * effort });

const letters = (alphabet: string, minLength = 1, maxLength = 12) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
const token = letters("abcXYZ019-.!%*_+`'~");
const host = fc.oneof(
  letters('abz019', 1, 8),
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('%')),
);
const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined });
/** Any text of whole characters: lone surrogates have no UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => !/\p{Surrogate}/u.test(value));
const filled = text.filter((value) => value !== '');
const oneLine = text.map((value) => value.replace(/[\r\n\0]/g, ' '));
const unique = <Value>(names: fc.Arbitrary<string>, values: fc.Arbitrary<Value>) =>
  fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name.toLowerCase(), maxLength: 4 });

const uri = fc
  .record({
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: fc.option(filled, { nil: undefined }),
    password: fc.option(text, { nil: undefined }),
    host,
    port,
    params: unique(filled, text).map((pairs) => new Params(pairs, 'uri')),
    headers: fc.array(fc.tuple(filled, text), { maxLength: 3 }),
  })
  .map((parts) => new SipUri({ ...parts, password: parts.user === undefined ? undefined : parts.password }));

const nameAddr = fc
  .tuple(uri, fc.option(oneLine, { nil: undefined }), unique(token, oneLine))
  .map(([address, name, params]) => new NameAddr(address, name, new Params(params)));

const via = fc
  .record({ transport: token, host, port, params: unique(token, oneLine).map((pairs) => new Params(pairs)) })
  .map((parts) => new Via(parts));

describe('what is written reads the same', () => {
  test('URIs, with any text in their parts', () => {
    fc.assert(
      fc.property(uri, (given) => {
        const read = parseUri(given.toString()) as SipUri;
        expect(read.equals(given)).toBe(true);
        expect(read.toString()).toBe(given.toString());
        expect(read).toMatchObject({ user: given.user, password: given.password, headers: given.headers });
        expect([...read.params]).toEqual([...given.params]);
      }),
      runs(200),
    );
  });

  test('addresses, alone and in lists', () => {
    fc.assert(
      fc.property(fc.array(nameAddr, { minLength: 1, maxLength: 4 }), (given) => {
        const read = NameAddr.parseList(given.join(', '));
        expect(read.map(String)).toEqual(given.map(String));
        expect(read.map((each) => each.displayName)).toEqual(given.map((each) => each.displayName));
        expect(read.map((each) => [...each.params])).toEqual(given.map((each) => [...each.params]));
      }),
      runs(200),
    );
  });

  test('Via values', () => {
    fc.assert(
      fc.property(fc.array(via, { minLength: 1, maxLength: 3 }), (given) => {
        expect(Via.parseList(given.join(',')).map(String)).toEqual(given.map(String));
      }),
      runs(200),
    );
  });

  test('whole requests and responses', () => {
    const headers = fc.array(
      fc.tuple(
        token.map((name) => `X-${name}`),
        oneLine,
      ),
      { maxLength: 8 },
    );
    const body = fc.uint8Array({ maxLength: 64 });
    const request = fc
      .tuple(token, uri, headers, body)
      .map(([method, target, lines, content]) =>
        SipRequest.create({ method, uri: target, headers: lines, body: content }),
      );
    const response = fc
      .tuple(fc.integer({ min: 100, max: 699 }), oneLine, headers, body)
      .map(([status, reason, lines, content]) => SipResponse.create({ status, reason, headers: lines, body: content }));
    fc.assert(
      fc.property(fc.oneof(request, response), (given) => {
        const bytes = serializeMessage(given);
        const read = parseMessage(bytes, { stream: true });
        expect([...read.headers].slice(0, -1)).toEqual([...given.headers]);
        expect(read.body).toEqual(given.body);
        expect(serializeMessage(read)).toEqual(bytes);
        if (read instanceof SipRequest && given instanceof SipRequest) {
          expect(read.method).toBe(given.method);
          expect(read.uri.equals(given.uri)).toBe(true);
        } else {
          expect(read).toMatchObject({ status: (given as SipResponse).status, reason: (given as SipResponse).reason });
        }
      }),
      runs(200),
    );
  });
});

describe('hostile bytes give a SipSyntaxError or a message, nothing else', () => {
  test('noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readAll(bytes)),
      runs(500),
    );
  });

  test('noise made of what SIP is made of', () => {
    const word = fc.constantFrom(
      ...[
        'INVITE ',
        'SIP/2.0',
        'sip:',
        '\r\n',
        '\r\n\r\n',
        'Via: ',
        'v:',
        'To:',
        'From: ',
        'CSeq: 1 ',
        'Contact:',
        'l: ',
        '"',
        '<',
        '>',
        ';',
      ],
      ...[
        ',',
        '=',
        ' ',
        '\t',
        '@',
        '%',
        '\\',
        '[::1]',
        '\0',
        'ü',
        '\ufeff',
        'a',
        '0',
        ':',
        '?',
        '*',
        '\n',
        '\r',
        '200 OK',
        ';tag=',
        '\u2028',
      ],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => void readAll(new TextEncoder().encode(words.join('')))),
      runs(1000),
    );
  });

  test('a proper message with bytes changed, taken out and put in', () => {
    const original = invite({ Route: '<sip:p;lr>', Subject: 'Grüße', 'Content-Type': 'text/plain' }, 'body');
    const outcomes = { taken: 0, refused: 0 };
    const change = fc.record({
      at: fc.nat(original.length - 1),
      remove: fc.nat(2),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 2 }),
        letters('\r\n;,<>"\\:=%@ \t').map((each) => new TextEncoder().encode(each)),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let bytes = [...original];
        for (const { at, remove, insert } of changes)
          bytes = [...bytes.slice(0, at), ...insert, ...bytes.slice(at + remove)];
        outcomes[readAll(Uint8Array.from(bytes))]++;
      }),
      runs(1000),
    );
    expect(outcomes.taken).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  test('every prefix of a proper message', () => {
    const original = invite({ Subject: 'Grüße', 'Content-Length': '4' }, 'body');
    for (let length = 0; length < original.length; length++)
      expect(readAll(original.subarray(0, length))).toBe('refused');
    expect(readAll(original)).toBe('taken');
  });
});

test.each(['parseUri', 'NameAddr.parse', 'NameAddr.parseList', 'Via.parseList'] as const)(
  '%s gives a SipSyntaxError or a value',
  (name) => {
    const parse = {
      parseUri,
      'NameAddr.parse': NameAddr.parse,
      'NameAddr.parseList': NameAddr.parseList,
      'Via.parseList': Via.parseList,
    }[name];
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(
          'sip:',
          'SIP/2.0/UDP ',
          '<',
          '>',
          '"',
          ';',
          ',',
          '=',
          '@',
          '%41',
          '%',
          '[',
          ']',
          ':',
          '?',
          '&',
          ' ',
        ),
        text,
      ),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          const value = parse(parts.join(''));
          expect(String(parse(String(value)))).toBe(String(value));
        } catch (error) {
          expect(error).toBeInstanceOf(SipSyntaxError);
        }
      }),
      runs(500),
    );
  },
);
