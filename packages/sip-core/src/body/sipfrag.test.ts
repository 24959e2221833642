import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { OtherUri } from '../message/uri';
import { SipSyntaxError } from '../platform/errors';
import { formatSipFragment, parseSipFragment, statusFragment } from './sipfrag';

const parse = (text: string) => parseSipFragment(encodeUtf8(text));

describe('message/sipfrag (RFC 3420)', () => {
  test('a status line alone, with and without its end, as NOTIFYs of a REFER carry it (RFC 3515 §2.4.5)', () => {
    expect(parse('SIP/2.0 100 Trying').status).toEqual({ status: 100, reason: 'Trying' });
    expect(parse('SIP/2.0 503 Service Unavailable\r\n').status).toEqual({ status: 503, reason: 'Service Unavailable' });
    expect(parse('SIP/2.0 486\n').status).toEqual({ status: 486, reason: '' });
  });

  test('the examples of RFC 3420 §2', () => {
    const request = parse(
      'INVITE sip:alice@atlanta.com SIP/2.0\r\nTo: <sip:alice@atlanta.com>\r\nContact: <sip:bob@pc33.biloxi.com>\r\n',
    );
    expect(request.request).toMatchObject({ method: 'INVITE' });
    expect(String(request.request!.uri)).toBe('sip:alice@atlanta.com');
    expect([...request.headers]).toEqual([
      ['To', '<sip:alice@atlanta.com>'],
      ['Contact', '<sip:bob@pc33.biloxi.com>'],
    ]);
    const headersOnly = parse('From: Alice <sip:alice@atlanta.com>\r\nTo: Bob <sip:bob@biloxi.com>\r\n');
    expect(headersOnly.status ?? headersOnly.request).toBeUndefined();
    expect(headersOnly.headers.size).toBe(2);
    const withBody = parse('SIP/2.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\r\n');
    expect(decodeUtf8(withBody.body)).toBe('hello\r\n');
  });

  test('folded lines are one', () => {
    expect(parse('Subject: one\r\n two\r\n\tthree').headers.get('s')).toBe('one two three');
  });

  test('what is written is read again', () => {
    expect(decodeUtf8(statusFragment(180))).toBe('SIP/2.0 180 Ringing\r\n');
    const fragment = parse('SIP/2.0 302 Moved\r\nContact: <sip:a@b>\r\nX-Odd: y\r\n\r\nbody');
    expect(parseSipFragment(formatSipFragment(fragment))).toEqual(fragment);
  });

  test('nothing that is written breaks out of its line', () => {
    expect(decodeUtf8(statusFragment(200, 'OK\r\nX: y'))).toBe('SIP/2.0 200 OK X: y\r\n');
    const uri = () => new OtherUri('tel', '1 SIP/2.0\r\nX: y');
    expect(() => formatSipFragment({ request: { method: 'INVITE', uri: uri() } })).toThrow();
    expect(() => statusFragment(Number.NaN)).toThrow(SipSyntaxError);
  });

  test.each(['SIP/2.0 20', 'SIP/3.0 200 OK', 'no colon', ': no name', 'INVITE  sip:a@b SIP/2.0', 'INVITE x SIP/2.0'])(
    '%j is refused',
    (text) => {
      expect(() => parse(text)).toThrow(SipSyntaxError);
    },
  );

  test('too much is refused', () => {
    expect(() => parse('a: b\r\n'.repeat(300))).toThrow(SipSyntaxError);
    expect(() => parseSipFragment(new Uint8Array(70_000))).toThrow(SipSyntaxError);
  });

  test('a header field that ends like a request line is a header field', () => {
    expect(parse('Subject: SIP/2.0 beats SIP/2.0\r\n').headers.get('Subject')).toBe('SIP/2.0 beats SIP/2.0');
  });

  test.each(['To: a\0b', 'To: a\rb'])('%j is malformed, not an injection of ours', (text) => {
    expect(() => parse(text)).toThrow(SipSyntaxError);
  });

  test('any octets are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseSipFragment(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SipSyntaxError);
        }
      }),
    );
  });
});
