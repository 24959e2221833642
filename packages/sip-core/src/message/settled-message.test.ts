import { describe, expect, test } from 'vitest';
import { parseMessage } from './parse';
import type { SipRequest } from './request';
import { serializeMessage } from './serialize';

const invite = (name: string) =>
  new TextEncoder().encode(
    [
      'INVITE sip:bob@biloxi.example.com;transport=udp SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      `From: "${name}" <sip:alice@example.com>;tag=1`,
      'To: <sip:bob@example.com>',
      'Call-ID: 1@192.0.2.1',
      'CSeq: 1 INVITE',
      'Content-Type: text/plain',
      'Content-Length: 5',
      '',
      'hello',
    ].join('\r\n'),
  );

const seen = (request: SipRequest) => [
  request.method,
  request.uri.toString(),
  request.via.branch,
  request.from.toString(),
  request.callId,
  request.cseq,
  [...request.headers],
  request.text,
  Buffer.from(serializeMessage(request)).toString(),
];

describe('a message that has let go of what was read of it', () => {
  test.each(['Alice', 'Алиса'])('reads and writes as before: %s', (name) => {
    const request = parseMessage(invite(name)) as SipRequest;
    const before = seen(request);
    request.settle();
    expect(seen(request)).toEqual(before);
  });

  test('keeps what was changed: header fields, Request-URI and body', () => {
    const request = parseMessage(invite('Alice')) as SipRequest;
    request.headers.set('Subject', 'lunch');
    const uri = request.uri.clone();
    request.uri = uri;
    request.setBody('text/plain', 'good bye');
    const before = seen(request);
    request.settle();
    expect(seen(request)).toEqual(before);
    expect([request.uri, request.text, request.headers.get('Subject')]).toEqual([uri, 'good bye', 'lunch']);
  });

  test.each([
    ['a line less', (request: SipRequest) => request.headers.delete('Call-ID')],
    ['another Via', (request: SipRequest) => request.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.9')],
    ['another From', (request: SipRequest) => request.headers.set('From', '<sip:carol@example.com>')],
    ['a line more at the end', (request: SipRequest) => request.headers.append('Subject', 'lunch')],
    ['the last line no more', (request: SipRequest) => request.headers.delete('Content-Length')],
    ['lines the other way round', (request: SipRequest) => request.headers.fields.reverse()],
    ['no line at all', (request: SipRequest) => request.headers.fields.splice(0)],
  ])('keeps header lines in their order: %s', (_, change) => {
    const request = parseMessage(invite('Alice')) as SipRequest;
    change(request);
    const before = [[...request.headers], Buffer.from(serializeMessage(request)).toString()];
    request.settle();
    expect([[...request.headers], Buffer.from(serializeMessage(request)).toString()]).toEqual(before);
    expect(request.clone().headers.size).toBe(before[0]!.length);
  });

  test('folded lines and lines of unusual form are kept as they were read', () => {
    const bytes = Buffer.from(
      'OPTIONS sip:a@b SIP/2.0\r\nsubject :  lunch\r\nVia: SIP/2.0/UDP\r\n  192.0.2.1\r\nX-Any: 1\r\nl: 0\r\n\r\n',
    );
    const request = parseMessage(bytes) as SipRequest;
    const before = [...request.headers];
    request.settle();
    expect([...request.headers]).toEqual(before);
    expect(request.headers.get('X-ANY')).toBe('1');
  });

  test('lets go of the view on the body, which is made anew', () => {
    const request = parseMessage(invite('Alice')) as SipRequest;
    const { body } = request;
    request.settle();
    expect(request.body).not.toBe(body);
    expect(request.body).toEqual(body);
  });
});
