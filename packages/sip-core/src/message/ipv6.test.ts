import { describe, expect, test } from 'vitest';
import { parseMessage } from './parse';
import type { SipRequest } from './request';
import { SipResponse } from './response';
import { serializeMessage } from './serialize';
import { invite } from './testing/sample-messages';
import { decodeUtf8, encodeUtf8 } from './text';
import type { SipUri } from './uri';
import { validateRequest } from './validate';

/** A request between IPv6 hosts; the cases are those RFC 5118 §4 warns of, the messages our own. */
function request(uri: string, changes: Parameters<typeof invite>[0] = {}, body = ''): SipRequest {
  const bytes = decodeUtf8(invite(changes, body)).replace('sip:bob@biloxi.com SIP', `${uri} SIP`);
  return parseMessage(encodeUtf8(bytes)) as SipRequest;
}

describe('IPv6 in messages (RFC 5118)', () => {
  test('a Request-URI, Via, Contact and Route with IPv6 references (§4.1)', () => {
    const message = request('sip:[2001:db8::10]', {
      Via: 'SIP/2.0/UDP [2001:db8::9:1]:5062;branch=z9hG4bKas3-111',
      Contact: '"Caller" <sip:caller@[2001:db8::1]>',
      Route: '<sip:[2001:db8::20]:5070;lr>',
    });
    expect(validateRequest(message)).toBeUndefined();
    expect(message.uri).toMatchObject({ host: '2001:db8::10', user: undefined });
    expect(message.via).toMatchObject({ host: '2001:db8::9:1', port: 5062 });
    expect(message.contact?.sipUri?.host).toBe('2001:db8::1');
    expect(message.routes[0]?.sipUri).toMatchObject({ host: '2001:db8::20', port: 5070 });
    expect(parseMessage(serializeMessage(message)).via.toString()).toBe(
      'SIP/2.0/UDP [2001:db8::9:1]:5062;branch=z9hG4bKas3-111',
    );
  });

  test('a Request-URI without brackets is malformed, as is one that runs into its port (§4.2, §4.3)', () => {
    expect(validateRequest(request('sip:2001:db8::10'))).toMatchObject({ status: 400, answerable: true });
    expect(validateRequest(request('sip:2001:db8::10:5070'))).toMatchObject({ status: 400 });
  });

  test('inside brackets a colon and digits belong to the address, outside to the port (§4.3)', () => {
    expect(request('sip:[2001:db8::10:5070]').uri).toMatchObject({ host: '2001:db8::10:5070', port: undefined });
    expect(request('sip:[2001:db8::10]:5070').uri).toMatchObject({ host: '2001:db8::10', port: 5070 });
  });

  test('received with and without brackets (§4.5)', () => {
    for (const received of ['2001:db8::9:255', '[2001:db8::9:255]']) {
      const message = request('sip:[2001:db8::10]', {
        Via: `SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bKas3`,
      });
      expect(message.via.received?.replace(/[[\]]/g, '')).toBe('2001:db8::9:255');
      expect(message.via.branch).toBe('z9hG4bKas3');
    }
  });

  test('several Via values of both families in one line (§4.7)', () => {
    const message = request('sip:user@example.com', {
      Via: 'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144,SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200',
    });
    expect(message.vias.map((via) => [via.host, via.port])).toEqual([
      ['2001:db8::9:1', 6050],
      ['192.0.2.1', undefined],
      ['2001:db8::9:255', undefined],
    ]);
  });

  test('IPv4-mapped addresses (§4.10), a delimiter too many is malformed (§4.9)', () => {
    expect((request('sip:user@[::ffff:192.0.2.10]:19823').uri as SipUri).host).toBe('::ffff:192.0.2.10');
    expect(
      validateRequest(request('sip:user@[::ffff:192.0.2.10]:19823', { Contact: '<sip:u@[:::ffff:192.0.2.2]>' })),
    ).toMatchObject({
      status: 400,
      header: 'Contact',
    });
  });

  test('a zone index has no place in a URI (RFC 3986 §3.2.2)', () => {
    expect(validateRequest(request('sip:[fe80::1%eth0]'))).toMatchObject({ status: 400 });
  });

  test('a response goes back with the Via as it came', () => {
    const via = 'SIP/2.0/UDP [2001:DB8:0::9:1];received=2001:db8::5;rport=5070;branch=z9hG4bK1';
    const response = SipResponse.for(request('sip:[2001:db8::10]', { Via: via }), 200);
    expect(decodeUtf8(serializeMessage(response))).toContain(`\r\nVia: ${via}\r\n`);
  });
});
