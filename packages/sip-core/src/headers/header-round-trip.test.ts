import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Headers } from '../message/headers';
import { NameAddr } from '../message/name-addr';
import { Params } from '../message/params';
import { OtherUri, SipUri } from '../message/uri';
import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import { type AnyHeader, ListHeader } from './codec';
import * as Header from './header';

const TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~";
const token = fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 10 });
const word = token.map((text) => text.toLowerCase());
// Lines of anything, without the spaces at their ends, which no header field keeps.
const line = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((text) => text.replace(/[\r\n\0\p{Cs}]/gu, '').replace(/^[ \t]+|[ \t]+$/g, ''));
const filled = line.filter((text) => text.trim() !== '');
const number = fc.nat(0xffff_ffff);
const quality = fc.nat(1000).map((thousandths) => thousandths / 1000);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const record = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape).map((value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)));

// Names that no codec knows.
const params = some(
  fc
    .dictionary(
      token.map((name) => `x-${name}`),
      fc.oneof(
        token,
        line.filter((text) => text !== ''),
      ),
      { minKeys: 1, maxKeys: 3 },
    )
    .filter((all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length)
    .map((all) => new Params(all)),
);
const host = fc.constantFrom('example.com', '192.0.2.1', '2001:db8::1', 'phone');
const sipUri = fc
  .record({
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: some(filled),
    host,
    port: some(fc.nat(65535)),
  })
  .map((parts) => new SipUri(parts));
const uri = fc.oneof(
  sipUri,
  fc.constantFrom('+14085264000', '112;phone-context=x').map((rest) => new OtherUri('tel', rest)),
);
const plainAddress = fc.tuple(uri, some(line)).map(([each, name]) => new NameAddr(each, name));
const address = fc.tuple(plainAddress, params).map(([each, more]) => new NameAddr(each.uri, each.displayName, more));
const reference = fc.constantFrom(
  'https://example.com/a,b;c=d',
  'urn:alert:source:internal',
  'sip:x',
  'Bellcore-dr3',
  'cid:a@b',
);
const callId = fc.constantFrom('a84b4c76e66710@pc33', 'x', '"<:>[?]{}("@b', 'f81d4fae-7dec-11d0@[::1]');
const index = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const seconds = fc.nat(1_000_000).map((millis) => millis / 1000);
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
const mediaType = fc.tuple(word, word).map((parts) => parts.join('/'));
const reason = record({ protocol: token, cause: some(number), text: some(line), params });
const reasons = some(list(reason.map((each) => ({ ...each, params: undefined }))));
const resource = fc
  .record({ namespace: word, priority: word })
  .filter(({ namespace, priority }) => !`${namespace}${priority}`.includes('.'));
const mechanism = record({ mechanism: token, q: some(quality), params });
const accepted = (value: fc.Arbitrary<string>) => record({ value, q: some(quality), params });
const dialog = { callId, toTag: token, fromTag: token, params };
const referenced = reference.chain((each) => params.map((more) => ({ uri: each, params: more ?? new Params() })));
const comment = fc.record({ comment: line });
const products = fc.array(fc.oneof(comment, record({ name: token, version: some(token) })), {
  minLength: 1,
  maxLength: 4,
});
const octets = fc.uint8Array({ minLength: 1, maxLength: 20 });
const userData = fc.oneof(
  fc.tuple(octets, fc.constant('hex')),
  fc.tuple(
    line.map((text) => new TextEncoder().encode(text)),
    fc.constant(undefined),
  ),
);
const mode = record({ mode: word, require: some(fc.constant(true)), params });

const values: Record<keyof typeof Header, fc.Arbitrary<unknown>> = {
  Accept: list(accepted(mediaType)),
  AcceptEncoding: list(accepted(token)),
  AcceptLanguage: list(accepted(token)),
  AcceptResourcePriority: list(resource),
  AlertInfo: list(record({ uri: reference, info: some(filled), params })),
  AllowEvents: list(token),
  AnswerMode: mode,
  CallInfo: list(record({ uri: reference, purpose: some(token), answerAfter: some(number), params })),
  ContentDisposition: record({ type: word, handling: some(word), params }),
  ContentEncoding: list(token),
  ContentLanguage: list(token),
  ContentType: record({ mediaType, params }),
  Date: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => {
    date.setUTCMilliseconds(0);
    return date;
  }),
  Diversion: list(
    record({
      ...{ address: plainAddress, reason: some(token), counter: some(number), limit: some(number) },
      ...{ privacy: some(token), screen: some(token), params },
    }),
  ),
  ErrorInfo: list(referenced),
  Event: record({ package: token, id: some(token), params }),
  FeatureCaps: list(params.map((each) => each ?? new Params({ '+sip.x': 'y' }))),
  Geolocation: list(referenced),
  GeolocationRouting: fc.boolean(),
  HistoryInfo: list(
    record({
      ...{ uri: sipUri, displayName: some(line), index, reasons, privacy: some(list(word)), params },
      from: some(fc.record({ mapping: fc.constantFrom('rc', 'mp', 'np'), index })),
    }),
  ),
  Identity: list(filled),
  InReplyTo: list(callId),
  InfoPackage: record({ package: token, params }),
  Join: record(dialog),
  MIMEVersion: fc.constantFrom('1.0', '12.34'),
  MaxBreadth: number,
  MinSE: number,
  Organization: line,
  PAccessNetworkInfo: list(record({ accessType: token, params })),
  PAssertedIdentity: list(address),
  PAssociatedURI: list(address),
  PPreferredIdentity: list(address),
  Path: list(address),
  Priority: token,
  PrivAnswerMode: mode,
  Privacy: list(word),
  RAck: fc.record({ rseq: number, sequence: number, method: token }),
  RSeq: number,
  Reason: list(reason),
  RecvInfo: list(record({ package: token, params })),
  ReferSub: fc.boolean(),
  ReferTo: address,
  ReferredBy: address,
  Replaces: record({ ...dialog, earlyOnly: some(fc.constant(true)) }),
  ResourcePriority: list(resource),
  RetryAfter: record({ seconds: number, duration: some(number), comment: some(line), params }),
  SecurityClient: list(mechanism),
  SecurityServer: list(mechanism),
  SecurityVerify: list(mechanism),
  Server: products,
  ServiceRoute: list(address),
  SessionExpires: record({ seconds: number, refresher: some(fc.constantFrom('uac', 'uas')), params }),
  Subject: line,
  SubscriptionState: record({
    state: word,
    reason: some(word),
    expires: some(number),
    retryAfter: some(number),
    params,
  }),
  TargetDialog: record({ callId, localTag: some(token), remoteTag: some(token), params }),
  Timestamp: record({ time: seconds, delay: some(seconds) }),
  UserAgent: products,
  UserToUser: list(
    fc
      .tuple(userData, some(token), some(token), params)
      .map(([[data, encoding], purpose, content, more]) =>
        Object.fromEntries(
          Object.entries({ data, encoding, purpose, content, params: more }).filter(([, each]) => each !== undefined),
        ),
      ),
  ),
  Warning: list(
    fc.record({
      code: fc.integer({ min: 100, max: 999 }),
      agent: fc.constantFrom('isi.edu', '[::1]:5060', 'x'),
      text: line,
    }),
  ),
};

const codecs = Object.entries(Header) as [keyof typeof Header, AnyHeader][];

/** Values with their addresses and parameters as text, to be compared. */
const plain = (value: unknown): unknown => {
  if (value instanceof NameAddr || value instanceof SipUri || value instanceof OtherUri || value instanceof Params)
    return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  );
};

/** Parameters of Feature-Caps are quoted whenever they have a value. */
const comparable = (key: string, value: unknown): unknown =>
  key === 'FeatureCaps' ? (value as Params[]).map((each) => [...each]) : plain(value);

describe('what is written is read as the same', () => {
  test.each(codecs)('%s', (key, codec) => {
    fc.assert(
      fc.property(values[key], (value) => {
        const headers = new Headers();
        codec.write(headers, value as never);
        expect(comparable(key, codec.read(headers))).toEqual(comparable(key, value));
        if (codec instanceof ListHeader) {
          const apart = new Headers();
          for (const item of value as unknown[]) codec.append(apart, item as never);
          expect(comparable(key, codec.read(apart))).toEqual(comparable(key, value));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('no text in a value breaks out of its place', () => {
  const evil = fc.constantFrom(
    ...[
      'x\r\nEvil: yes',
      'x\nEvil: yes',
      'x\rEvil',
      'x\0y',
      'a b',
      'a;evil=1',
      'a,evil',
      '"',
      'a"b',
      '\\',
      '<sip:evil>',
      '>',
      '(',
      ')',
      'é',
      '',
    ],
  );
  /** The value with one of its texts replaced. */
  const poison = (value: unknown, text: string, at: number): { value: unknown; left: number } => {
    if (typeof value === 'string') return { value: at === 0 ? text : value, left: at - 1 };
    if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array)
      return { value, left: at };
    if (value instanceof NameAddr)
      return { value: new NameAddr(new OtherUri('tel', at === 0 ? text : '1'), at === 1 ? text : 'n'), left: at - 2 };
    if (value instanceof Params || value instanceof SipUri || value instanceof OtherUri) return { value, left: at };
    const entries: [string, unknown][] = [];
    for (const [key, each] of Object.entries(value)) {
      const done = poison(each, text, at);
      entries.push([key, done.value]);
      at = done.left;
    }
    return { value: Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries), left: at };
  };

  test.each(codecs)('%s', (key, codec) => {
    fc.assert(
      fc.property(values[key], evil, fc.nat(6), (value, text, at) => {
        const headers = new Headers();
        let poisoned: unknown;
        try {
          poisoned = poison(value, text, at).value;
          codec.write(headers, poisoned as never);
        } catch (error) {
          expect(error).toSatisfy((each) => each instanceof SipSyntaxError || each instanceof SipInjectionError);
          return;
        }
        for (const [, written] of headers) expect(written).not.toMatch(/[\r\n\0]/);
        const again = codec.read(headers);
        // As many values as were written, none with a parameter that nobody gave.
        if (Array.isArray(poisoned) && Array.isArray(again)) {
          expect(again.length).toBe(codec instanceof ListHeader ? poisoned.length : again.length);
        }
        expect(JSON.stringify(plain(again))).not.toMatch(/"params":"[^"]*evil/);
      }),
      { numRuns: 60 },
    );
  });
});
