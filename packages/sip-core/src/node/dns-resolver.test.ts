import { describe, expect, test } from 'vitest';
import { SipUri } from '../message/uri';
import { dnsResolver } from './dns-resolver';

const resolve = async (uri: string) => dnsResolver(SipUri.parse(uri), ['UDP', 'TCP']);

describe('the system’s resolver', () => {
  test('numeric hosts need none, and ports and protocols follow RFC 3263 §4', async () => {
    expect(await resolve('sip:192.0.2.1')).toEqual([{ protocol: 'UDP', host: '192.0.2.1', port: 5060 }]);
    expect(await resolve('sip:[2001:db8::1]:5070;transport=tcp')).toEqual([
      { protocol: 'TCP', host: '2001:db8::1', port: 5070 },
    ]);
    expect(await resolve('sips:192.0.2.1')).toEqual([{ protocol: 'TLS', host: '192.0.2.1', port: 5061 }]);
    expect(await resolve('sip:example.com;maddr=192.0.2.7')).toEqual([
      { protocol: 'UDP', host: '192.0.2.7', port: 5060, domain: 'example.com' },
    ]);
  });

  test('localhost is this machine', async () => {
    expect(await resolve('sip:localhost:5090')).toContainEqual({
      protocol: 'UDP',
      host: '127.0.0.1',
      port: 5090,
      domain: 'localhost',
    });
  });
});
