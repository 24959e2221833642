import { describe, expect, test } from 'vitest';
import { SipInjectionError, SipStateError, SipSyntaxError } from '../platform/errors';
import { NameAddr } from './name-addr';
import { parseMessage } from './parse';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { invite } from './testing/sample-messages';
import { parseUri, type SipUri } from './uri';
import { Via } from './via';

const parse = (changes: Parameters<typeof invite>[0] = {}, body = '') =>
  parseMessage(invite(changes, body)) as SipRequest;

describe('typed fields', () => {
  test('read their header once, and anew when it changes', () => {
    const message = parse();
    expect(message.from).toBe(message.from);
    message.headers.set('From', '<sip:carol@chicago.com>;tag=9');
    expect(message.from.tag).toBe('9');
    message.to = new NameAddr('sip:dave@denver.com', 'Dave');
    expect(message.headers.get('To')).toBe('"Dave" <sip:dave@denver.com>');
    expect(message.to.displayName).toBe('Dave');
  });

  test('belong to the message: parameters of what they return refuse changes', () => {
    const message = parse();
    expect(() => {
      message.to.tag = 'x';
    }).toThrow(SipStateError);
    expect(() => message.via.params.set('received', '192.0.2.1')).toThrow(SipStateError);
    expect(() => (message.uri as SipUri).params.set('lr')).toThrow(SipStateError);
    const to = message.to.clone();
    to.tag = 'x';
    message.to = to;
    expect(message.to.tag).toBe('x');
    const via = message.via.clone();
    via.params.set('received', '192.0.2.1');
    message.via = via;
    expect(message.headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds;received=192.0.2.1',
    ]);
  });

  test('the top Via is replaced alone, be it one of several in a line', () => {
    const message = parse({ Via: 'SIP/2.0/UDP a, SIP/2.0/UDP b', v: 'SIP/2.0/TCP c' });
    expect(message.vias.map((via) => via.host)).toEqual(['a', 'b', 'c']);
    message.via = new Via({ transport: 'UDP', host: 'x' });
    expect(message.vias.map((via) => via.host)).toEqual(['x', 'b', 'c']);
  });

  test('numbers', () => {
    const message = parse({ Expires: '3600', 'Content-Length': '0' });
    expect(message).toMatchObject({ maxForwards: 70, expires: 3600, contentLength: 0 });
    message.maxForwards = 69;
    message.expires = undefined;
    expect(message.headers.get('max-forwards')).toBe('69');
    expect(message.headers.has('Expires')).toBe(false);
    expect(parse({ 'Max-Forwards': undefined }).maxForwards).toBeUndefined();
    expect(parse({ 'Max-Forwards': '0068' }).maxForwards).toBe(68);
    expect(parse({ 'Max-Forwards': '300' }).maxForwards).toBe(255);
    expect(() => parse({ 'Max-Forwards': 'many' }).maxForwards).toThrow(SipSyntaxError);
  });

  test('Expires out of range counts as the largest, nonsense as absent (RFC 3261 §20.19)', () => {
    expect(parse({ Expires: '1'.repeat(100) }).expires).toBe(4294967295);
    expect(parse({ Expires: 'soon' }).expires).toBeUndefined();
    expect(parse({ Expires: '-1' }).expires).toBeUndefined();
  });

  test('CSeq (RFC 3261 §20.16)', () => {
    expect(parse({ CSeq: '0009\r\n  INVITE' }).cseq).toEqual({ sequence: 9, method: 'INVITE' });
    expect(parse({ CSeq: '2147483647 INVITE' }).cseq.sequence).toBe(2147483647);
    for (const bad of [
      '2147483648 INVITE',
      '36893488147419103232 INVITE',
      'INVITE',
      '1',
      '1INVITE',
      '-1 INVITE',
      '1 IN VITE',
      '',
    ]) {
      expect(() => parse({ CSeq: bad }).cseq, bad).toThrow(SipSyntaxError);
    }
    const message = parse();
    message.cseq = { sequence: 5, method: 'BYE' };
    expect(message.headers.get('CSeq')).toBe('5 BYE');
  });

  test('Contact: several, in one line and in many, or "*"', () => {
    const message = parse({ Contact: '"A, B" <sip:a@b>;q=0.7, sip:c@d;expires=5', m: '<sip:e@f>' });
    const contacts = message.contacts as NameAddr[];
    expect(contacts.map(String)).toEqual(['"A, B" <sip:a@b>;q=0.7', '<sip:c@d>;expires=5', '<sip:e@f>']);
    expect(message.contact?.displayName).toBe('A, B');
    expect(parse({ Contact: '*' }).contacts).toBe('*');
    expect(parse({ Contact: '*' }).contact).toBeUndefined();
    expect(parse({ Contact: undefined }).contacts).toEqual([]);
    expect(() => parse({ Contact: '*', m: '<sip:a@b>' }).contacts).toThrow(SipSyntaxError);
    message.contact = parseUri('sip:x@y');
    expect(message.headers.getAll('Contact')).toEqual(['<sip:x@y>']);
    message.contact = undefined;
    expect(message.headers.has('Contact')).toBe(false);
  });

  test('Route and Record-Route', () => {
    const message = parse({ Route: '<sip:p1;lr>, <sip:p2>', 'Record-Route': '<sip:r1;lr>' });
    expect(message.routes.map(String)).toEqual(['<sip:p1;lr>', '<sip:p2>']);
    expect(message.recordRoutes.map(String)).toEqual(['<sip:r1;lr>']);
    expect(parse().routes).toEqual([]);
  });

  test('lists of tokens', () => {
    const message = parse({
      Supported: 'timer',
      k: '100rel, path',
      Require: 'x',
      Allow: 'INVITE,ACK',
      'User-Agent': 'a/1',
    });
    expect(message).toMatchObject({
      supported: ['timer', '100rel', 'path'],
      require: ['x'],
      allow: ['INVITE', 'ACK'],
      userAgent: 'a/1',
    });
  });

  test('a missing or malformed one throws with the name of its header', () => {
    expect(() => parse({ From: undefined }).from).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_SYNTAX', header: 'From', status: 400 }),
    );
    expect(() => parse({ From: '"x' }).from).toThrow(expect.objectContaining({ header: 'From' }));
    expect(() => parse({ 'Call-ID': 'a b' }).callId).toThrow(expect.objectContaining({ header: 'Call-ID' }));
    expect(() => parse({ 'Call-ID': '' }).callId).toThrow(SipSyntaxError);
  });
});

describe('a request is made from its parts', () => {
  test('and nothing is added', () => {
    const message = SipRequest.create({
      method: 'MESSAGE',
      uri: 'sip:bob@biloxi.com;transport=tcp',
      headers: { From: new NameAddr('sip:a@b'), 'Content-Type': 'text/plain' },
      body: 'Grüße',
    });
    expect(message.uriText).toBe('sip:bob@biloxi.com;transport=tcp');
    expect([...message.headers]).toEqual([
      ['From', '<sip:a@b>'],
      ['Content-Type', 'text/plain'],
    ]);
    expect(message.text).toBe('Grüße');
    expect(message.body).toHaveLength(7);
  });

  test('a method or URI that would break the request line is refused', () => {
    for (const method of ['', 'IN VITE', 'INVITE sip:x SIP/2.0\r\nVia:']) {
      expect(() => SipRequest.create({ method, uri: 'sip:a' }), method).toThrow(SipInjectionError);
    }
    expect(() => SipRequest.create({ method: 'INVITE', uri: 'sip:a SIP/2.0\r\nVia: x' })).toThrow(SipSyntaxError);
    const message = SipRequest.create({ method: 'INVITE', uri: 'sip:a' });
    (message.uri as SipUri).host = 'a SIP/2.0\r\nX:';
    expect(() => message.uriText).toThrow(SipSyntaxError);
  });

  test('a clone changes on its own', () => {
    const message = parse();
    const copy = message.clone();
    copy.headers.delete('Via');
    const uri = copy.uri.clone() as SipUri;
    uri.host = 'elsewhere.com';
    copy.uri = uri;
    expect(message.via.host).toBe('pc33.atlanta.com');
    expect(message.uriText).toBe('sip:bob@biloxi.com');
    expect(copy.uriText).toBe('sip:bob@elsewhere.com');
  });
});

test('setBody sets body and type together', () => {
  const message = parse({ 'Content-Type': 'text/plain', 'Content-Length': '2' }, 'hi');
  message.setBody('application/sdp', 'v=0\r\n');
  expect(message.contentType).toBe('application/sdp');
  expect(message.text).toBe('v=0\r\n');
  expect(message.headers.has('Content-Length')).toBe(false);
  message.setBody(undefined);
  expect(message.headers.has('Content-Type')).toBe(false);
  expect(message.body).toHaveLength(0);
  expect(() => message.setBody('text/plain\r\nX: y', '')).toThrow(SipInjectionError);
});

describe('a response to a request (RFC 3261 §8.2.6.2)', () => {
  test('takes over Via, From, To, Call-ID and CSeq as they are written, and tags To', () => {
    const message = parse({
      Via: 'SIP/2.0/UDP a;branch=1,SIP/2.0/UDP b',
      v: 'SIP/2.0/TCP  c',
      Timestamp: '54',
      Subject: 'x',
    });
    const response = SipResponse.for(message, 180, undefined, { toTag: 'a6c85cf' });
    expect([...response.headers]).toEqual([
      ['Via', 'SIP/2.0/UDP a;branch=1,SIP/2.0/UDP b'],
      ['To', 'Bob <sip:bob@biloxi.com>;tag=a6c85cf'],
      ['From', 'Alice <sip:alice@atlanta.com>;tag=1928301774'],
      ['Call-ID', 'a84b4c76e66710@pc33.atlanta.com'],
      ['CSeq', '314159 INVITE'],
      ['v', 'SIP/2.0/TCP  c'],
      ['Timestamp', '54'],
    ]);
    expect(response).toMatchObject({ status: 180, reason: 'Ringing' });
    expect(response.to.tag).toBe('a6c85cf');
    expect(message.to.tag).toBeUndefined();
  });

  test('leaves a To with a tag as it is, and that of a 100 (RFC 3261 §8.2.6.1)', () => {
    expect(SipResponse.for(parse({ To: '<sip:b@c>;tag=1' }), 200, 'OK', { toTag: '2' }).to.tag).toBe('1');
    // A tag that is no token is not ours to judge, nor to take for ours.
    expect(SipResponse.for(parse({ To: '<sip:b@c>;tag=}' }), 200, 'OK', { toTag: '}' }).to.tag).toBe('}');
    for (const to of [
      '";tag=1" <sip:b@c>',
      '<sip:b@c;tag=1>',
      '<sip:b@c>;x=";tag=1"',
      '";tag=" <sip:b@c;tag=1>;y="<>"',
    ]) {
      expect(SipResponse.for(parse({ To: to }), 200, 'OK', { toTag: '2' }).to.tag, to).toBe('2');
    }
    expect(SipResponse.for(parse({ To: '">" <sip:b@c>;x=">";tag=1' }), 200, 'OK', { toTag: '2' }).to.tag).toBe('1');
    expect(SipResponse.for(parse(), 100, 'Trying', { toTag: '2' }).to.tag).toBeUndefined();
  });

  test('a tag, status or reason that is not fit for the wire is refused', () => {
    expect(() => SipResponse.for(parse(), 200, 'OK', { toTag: 'a\r\nb' })).toThrow(SipInjectionError);
    expect(() => SipResponse.for(parse(), 200, 'OK\r\nX: y')).toThrow(SipInjectionError);
    for (const status of [99, 700, 200.5, Number.NaN]) {
      expect(() => SipResponse.create({ status }), String(status)).toThrow(SipSyntaxError);
    }
  });

  test('the usual reason is found', () => {
    expect(SipResponse.create({ status: 486 }).reason).toBe('Busy Here');
    expect(SipResponse.create({ status: 299 }).reason).toBe('Success');
  });
});
