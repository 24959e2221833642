import { parseMessage, SipSyntaxError } from '@offhook/sip-core';
import { describe, expect, it } from 'vitest';
import { describeMessage } from './describe-message';

const message = (start: string, lines: string[], body: string | Uint8Array = '') => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const head = [
    start,
    'v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
    'From: "Alice" <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.com>',
    'Call-ID: a@b',
    'CSeq: 7 INVITE',
    ...lines,
    `Content-Length: ${bytes.length}`,
  ];
  const text = new TextEncoder().encode(`${head.join('\r\n')}\r\n\r\n`);
  return parseMessage(new Uint8Array([...text, ...bytes]));
};

describe('a message as data', () => {
  it('holds a request with its headers taken apart and as they came', () => {
    const described = describeMessage(
      message(
        'INVITE sip:bob@example.com SIP/2.0',
        ['Max-Forwards: 70', 'Contact: <sip:alice@192.0.2.1>', 'Record-Route: <sip:p1;lr>, <sip:p2;lr>', 'X-Own: 1'],
        'hello',
      ),
    );
    expect(described).toMatchObject({
      kind: 'request',
      method: 'INVITE',
      uri: 'sip:bob@example.com',
      callId: 'a@b',
      cseq: { sequence: 7, method: 'INVITE' },
      from: { displayName: 'Alice', uri: 'sip:alice@example.com', parameters: { tag: '1' } },
      to: { uri: 'sip:bob@example.com', parameters: {} },
      via: [{ transport: 'UDP', host: '192.0.2.1', port: 5060, parameters: { branch: 'z9hG4bK1', rport: '' } }],
      contact: [{ uri: 'sip:alice@192.0.2.1' }],
      recordRoute: [{ uri: 'sip:p1;lr' }, { uri: 'sip:p2;lr' }],
      maxForwards: 70,
      bodyLength: 5,
      body: 'hello',
    });
    expect(described.headers).toContainEqual({ name: 'X-Own', value: '1' });
    expect(described.headers[0]).toEqual({ name: 'v', value: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport' });
    expect(described).not.toHaveProperty('route');
  });

  it('holds a response', () => {
    expect(describeMessage(message('SIP/2.0 486 Busy Here', []))).toMatchObject({
      kind: 'response',
      status: 486,
      reason: 'Busy Here',
      bodyLength: 0,
    });
  });

  it('keeps a body that is no text', () => {
    const described = describeMessage(message('SIP/2.0 200 OK', [], new Uint8Array([0xff, 0x00])));
    expect(described).toMatchObject({ bodyLength: 2, bodyBase64: '/wA=' });
    expect(described).not.toHaveProperty('body');
  });

  it('fails with the header that cannot be taken apart', () => {
    const bad = message('SIP/2.0 200 OK', ['Contact: <<>']);
    expect(() => describeMessage(bad)).toThrow(SipSyntaxError);
  });
});
