import { describe, expect, test } from 'vitest';
import { parseMessage } from './parse';
import { SipRequest } from './request';
import type { SipResponse } from './response';
import { invite } from './testing/sample-messages';
import { decodeUtf8, encodeUtf8 } from './text';
import { errorResponse, validateRequest, validateResponse } from './validate';

type Changes = Parameters<typeof invite>[0];
const request = (changes: Changes = {}) => parseMessage(invite(changes)) as SipRequest;
const response = (changes: Changes = {}) =>
  parseMessage(encodeUtf8(decodeUtf8(invite(changes)).replace(/^.*/, 'SIP/2.0 200 OK'))) as SipResponse;

test('a proper request and response have no fault', () => {
  expect(validateRequest(request())).toBeUndefined();
  expect(validateResponse(response())).toBeUndefined();
});

describe('a request with a fault is to be answered 400', () => {
  test.each<[string, Changes]>([
    ['From twice', { f: '<sip:a@b>' }],
    ['To twice', { t: '<sip:a@b>' }],
    ['Call-ID twice', { i: 'x' }],
    ['CSeq twice', { cseq: '1 INVITE' }],
    ['Max-Forwards twice', { 'MAX-FORWARDS': '5' }],
    ['Content-Type twice', { c: 'text/plain', 'Content-Type': 'text/plain' }],
    ['From malformed', { From: '"A <sip:a@b>' }],
    ['To malformed', { To: '<sip:a@b> x' }],
    ['two addresses in To', { To: '<sip:a@b>, <sip:c@d>' }],
    ['CSeq malformed', { CSeq: 'one INVITE' }],
    ['CSeq too large', { CSeq: '2147483648 INVITE' }],
    ['CSeq of another method', { CSeq: '1 OPTIONS' }],
    ['methods have case', { CSeq: '1 invite' }],
    ['Max-Forwards malformed', { 'Max-Forwards': 'x' }],
    ['Contact malformed', { Contact: '<sip:a@b' }],
    ['Contact "*" outside REGISTER', { Contact: '*' }],
    ['Contact "*" after others', { m: '*' }],
    ['Route malformed', { Route: 'sip:' }],
    ['Record-Route malformed', { 'Record-Route': '<>' }],
    ['top Via malformed', { Via: 'SIP/2.0/UDP' }],
    ['a lower Via malformed', { v: 'SIP/2.0/UDP ;;' }],
  ])('%s', (_, changes) => {
    expect(validateRequest(request(changes))).toMatchObject({ code: 'ERR_SIP_SYNTAX', status: 400, answerable: true });
  });

  test('Request-URI malformed, or with headers in it (RFC 3261 §19.1.1)', () => {
    for (const uri of ['<sip:a@b>', 'sip:', 'sip:a@b?Route=x']) {
      const bytes = encodeUtf8(decodeUtf8(invite()).replace('sip:bob@biloxi.com', uri));
      expect(validateRequest(parseMessage(bytes) as SipRequest), uri).toMatchObject({ status: 400, answerable: true });
    }
  });
});

test.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('without %s it cannot be answered', (name) => {
  expect(validateRequest(request({ [name]: undefined }))).toMatchObject({ status: 400, answerable: false });
  expect(validateResponse(response({ [name]: undefined }))?.message).toContain(name);
});

test('another version is to be answered 505 (RFC 3261 §21.5.6)', () => {
  const bytes = encodeUtf8(decodeUtf8(invite()).replace('SIP/2.0', 'SIP/3.0'));
  expect(validateRequest(parseMessage(bytes) as SipRequest)).toMatchObject({
    status: 505,
    reason: 'Version Not Supported',
  });
});

test('RFC 2543 elements may leave out Max-Forwards, tags and branches', () => {
  const old = { 'Max-Forwards': undefined, From: 'sip:a@b', Via: 'SIP/2.0/UDP a', Contact: undefined };
  expect(validateRequest(request(old))).toBeUndefined();
});

test('a header without typed meaning here may hold anything', () => {
  expect(
    validateRequest(request({ Date: 'yesterday', Expires: 'x', Authorization: 'Odd', Subject: '"' })),
  ).toBeUndefined();
});

test('Contact "*" stands alone in a REGISTER (RFC 3261 §10.2.2)', () => {
  const register = (changes: Changes) =>
    parseMessage(encodeUtf8(decodeUtf8(invite(changes)).replaceAll('INVITE', 'REGISTER'))) as SipRequest;
  expect(validateRequest(register({ Contact: '*' }))).toBeUndefined();
  expect(validateRequest(register({ Contact: '*', m: '<sip:a@b>' }))).toMatchObject({ status: 400, header: 'Contact' });
  expect(validateRequest(register({ m: '*' }))).toMatchObject({ status: 400, header: 'Contact' });
  expect(validateRequest(register({ Contact: '*, <sip:a@b>' }))).toMatchObject({ status: 400, header: 'Contact' });
});

test('after validation no typed field throws', () => {
  const message = request({ Route: '<sip:p;lr>', 'Record-Route': '<sip:q;lr>', Expires: 'x' });
  expect(validateRequest(message)).toBeUndefined();
  for (const field of [
    'uri',
    'via',
    'vias',
    'from',
    'to',
    'callId',
    'cseq',
    'contacts',
    'contact',
    'routes',
    'recordRoutes',
    'maxForwards',
    'expires',
  ] as const) {
    expect(() => message[field], field).not.toThrow();
  }
});

describe('the answer to what could not be read', () => {
  test('carries status and reason, and the header fields as they came', () => {
    const fault = validateRequest(request({ To: '"Mr. J. User <sip:j@example.com>' }))!;
    const answer = errorResponse(fault, 'tag1')!;
    expect(answer.status).toBe(400);
    expect(answer.reason).toContain('display name never closes');
    expect(answer.headers.get('To')).toBe('"Mr. J. User <sip:j@example.com>;tag=tag1');
    expect(answer.headers.get('Via')).toBe('SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds');
  });

  test('its reason is one plain line, whatever the request held', () => {
    const fault = validateRequest(request({ To: `"\u0001ü\t${'x'.repeat(500)}` }))!;
    expect(fault.reason).toMatch(/^[\x20-\x7e]{1,120}$/);
    expect(() => errorResponse(fault, 'tag1')).not.toThrow();
  });

  test('is none when too little could be read, or for an ACK', () => {
    expect(errorResponse(validateRequest(request({ 'Call-ID': undefined }))!, 'x')).toBeUndefined();
    const ack = SipRequest.create({ method: 'ACK', uri: 'sip:a', headers: request().headers });
    expect(validateRequest(ack)).toMatchObject({ status: 400, answerable: false });
  });
});
