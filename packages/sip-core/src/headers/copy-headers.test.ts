import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import { serializeMessage } from '../message/serialize';
import { copyHeaders } from './copy-headers';

const core = (): [string, string][] => [
  ['Via', 'SIP/2.0/UDP a;branch=z9hG4bK1'],
  ['From', '<sip:a@b>;tag=1'],
  ['To', '<sip:b@c>'],
  ['Call-ID', 'one'],
  ['CSeq', '1 INVITE'],
];

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.';
const privateName = fc
  .string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 })
  .map((name) => `X-${name}`);
const value = fc
  .string({ unit: fc.constantFrom(...'abc ,;="<>()\\äß日🙂:/@%'), maxLength: 30 })
  .map((text) => text.trim());
const fields = fc.array(fc.tuple(privateName, value), { maxLength: 20 });

test('unknown header fields go through parsing and serialising, and through both sides of a B2BUA, in order and as spelled', () => {
  fc.assert(
    fc.property(fields, (extra) => {
      const sent = SipRequest.create({ method: 'INVITE', uri: 'sip:b@c', headers: [...core(), ...extra] });
      const received = parseMessage(serializeMessage(sent)) as SipRequest;
      expect([...received.headers].filter(([name]) => name.startsWith('X-'))).toEqual(extra);
      const other = SipRequest.create({ method: 'INVITE', uri: 'sip:c@d', headers: core() });
      expect(copyHeaders(received, other)).toBe(extra.length);
      const arrived = parseMessage(serializeMessage(other)) as SipRequest;
      expect([...arrived.headers].slice(core().length, core().length + extra.length)).toEqual(extra);
    }),
  );
});

test('X-Genesys-CallUUID keeps its name and its place among others', () => {
  const from = SipRequest.create({
    method: 'INVITE',
    uri: 'sip:a@b',
    headers: [
      ...core(),
      ['X-Genesys-CallUUID', '1G7'],
      ['User-to-User', '00'],
      ['x-genesys-calluuid', '2'],
      ['Authorization', 'Digest x'],
      ['X-ISC', 'k'],
    ],
  });
  const to = SipRequest.create({ method: 'INVITE', uri: 'sip:a@b' });
  copyHeaders(from, to, ['x-*', 'User-To-User']);
  expect([...to.headers]).toEqual([
    ['X-Genesys-CallUUID', '1G7'],
    ['User-to-User', '00'],
    ['x-genesys-calluuid', '2'],
    ['X-ISC', 'k'],
  ]);
});

test('what belongs to one side is copied when it is named only, in whatever form', () => {
  const from = SipRequest.create({
    method: 'INVITE',
    uri: 'sip:a@b',
    headers: [...core(), ['s', 'Boxes'], ['k', '100rel']],
  });
  const all = SipRequest.create({ method: 'INVITE', uri: 'sip:a@b' });
  copyHeaders(from, all);
  expect([...all.headers]).toEqual([['s', 'Boxes']]);
  const named = SipRequest.create({ method: 'INVITE', uri: 'sip:a@b' });
  copyHeaders(from, named, ['Supported', 'Call-ID']);
  expect([...named.headers].map(([name]) => name)).toEqual(['Call-ID', 'k']);
  const asked = SipRequest.create({ method: 'INVITE', uri: 'sip:a@b' });
  expect(copyHeaders(from, asked, (name, text) => name === 's' && text === 'Boxes')).toBe(1);
});
