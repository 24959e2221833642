import { describe, expect, test } from 'vitest';
import { parseMessage } from './parse';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { serializeMessage } from './serialize';
import { invite, wire } from './testing/sample-messages';
import { decodeUtf8 } from './text';

const text = (message: SipRequest | SipResponse) => decodeUtf8(serializeMessage(message));

test('a message made from parts', () => {
  const message = SipRequest.create({
    method: 'OPTIONS',
    uri: 'sip:carol@chicago.com',
    headers: [
      ['Via', 'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877'],
      ['Max-Forwards', 70],
    ],
  });
  expect(text(message)).toBe(
    'OPTIONS sip:carol@chicago.com SIP/2.0\r\nVia: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
  );
  expect(text(SipResponse.create({ status: 200, reason: '' }))).toBe('SIP/2.0 200 \r\nContent-Length: 0\r\n\r\n');
});

test('a parsed message comes out as it came in', () => {
  const bytes = invite({ 'x-odd': ' a', Subject: 'Grüße', 'Content-Length': '4' }, 'body');
  expect(text(parseMessage(bytes))).toBe(decodeUtf8(bytes).replace('x-odd:  a', 'x-odd: a'));
  const ascii = invite({ 'Content-Type': 'text/plain', 'Content-Length': '4' }, 'body');
  expect(serializeMessage(parseMessage(ascii))).toEqual(new Uint8Array(ascii));
});

test('odd spacing and folds are straightened, values are not', () => {
  const message = parseMessage(
    wire(['OPTIONS sip:a SIP/2.0', 'TO :', ' sip:b', 'v:SIP/2.0/UDP  a', 'X:', 'Y:  ;;,,;  ']),
  );
  expect(text(message)).toBe(
    'OPTIONS sip:a SIP/2.0\r\nTO: sip:b\r\nv: SIP/2.0/UDP  a\r\nX: \r\nY: ;;,,;\r\nContent-Length: 0\r\n\r\n',
  );
});

describe('Content-Length is computed', () => {
  test('in bytes, in the place and spelling it had', () => {
    const message = parseMessage(invite({ l: '2', Subject: 'x' }, 'hi'));
    message.body = new TextEncoder().encode('Grüße');
    expect(text(message)).toContain('\r\nl: 7\r\nSubject: x\r\n\r\nGrüße');
  });

  test('though it was set to a lie, or several', () => {
    const message = SipRequest.create({ method: 'INFO', uri: 'sip:a', headers: { 'Content-Length': 99 }, body: 'abc' });
    message.headers.append('l', '5');
    expect(text(message)).toBe('INFO sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc');
  });

  test('whatever number the text of an unchanged one was padded to', () => {
    expect(text(parseMessage(invite({ 'Content-Length': '0002' }, 'hi')))).toContain('Content-Length: 2\r\n\r\nhi');
  });
});

test('a message passed on: a Via more, a Route less, all else untouched', () => {
  const received = parseMessage(
    invite({ Route: '<sip:p1;lr>, <sip:p2;lr>', 'X-Genesys-CallUUID': '1', Subject: 'Grüße' }),
  ) as SipRequest;
  const message = received.clone();
  message.headers.prepend('Via', 'SIP/2.0/UDP proxy.example.com;branch=z9hG4bK1');
  message.headers.removeFirst('Route');
  message.maxForwards = 69;
  expect(text(message).split('\r\n')).toEqual([
    'INVITE sip:bob@biloxi.com SIP/2.0',
    'Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK1',
    'Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds',
    'Max-Forwards: 69',
    'To: Bob <sip:bob@biloxi.com>',
    'From: Alice <sip:alice@atlanta.com>;tag=1928301774',
    'Call-ID: a84b4c76e66710@pc33.atlanta.com',
    'CSeq: 314159 INVITE',
    'Contact: <sip:alice@pc33.atlanta.com>',
    'Route: <sip:p2;lr>',
    'X-Genesys-CallUUID: 1',
    'Subject: Grüße',
    'Content-Length: 0',
    '',
    '',
  ]);
  expect(received.headers.getAll('Via')).toHaveLength(1);
});

test('headers of two messages may be mixed', () => {
  const first = parseMessage(invite());
  const second = parseMessage(invite({ Subject: 'second', Priority: 'urgent' }));
  const message = SipResponse.for(first as SipRequest, 200);
  message.headers
    .copyFrom(second.headers, 'Subject')
    .copyFrom(first.headers, 'Contact')
    .copyFrom(second.headers, 'Priority');
  expect(text(message).split('\r\n').slice(6)).toEqual([
    'Subject: second',
    'Contact: <sip:alice@pc33.atlanta.com>',
    'Priority: urgent',
    'Content-Length: 0',
    '',
    '',
  ]);
});

test('binary bodies go out byte for byte', () => {
  const body = Uint8Array.from({ length: 256 }, (_, value) => value);
  const message = SipRequest.create({ method: 'INFO', uri: 'sip:a', headers: { Subject: 'Grüße' }, body });
  expect(serializeMessage(message).subarray(-256)).toEqual(body);
});
