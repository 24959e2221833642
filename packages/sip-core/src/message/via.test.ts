import { describe, expect, test } from 'vitest';
import { SipSyntaxError } from '../platform/errors';
import { Via } from './via';

test('sent-protocol, sent-by and parameters (RFC 3261 §20.42)', () => {
  const via = Via.parse('SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7;received=192.0.2.1;rport=9');
  expect(via).toMatchObject({
    protocolName: 'SIP',
    version: '2.0',
    transport: 'UDP',
    host: 'erlang.bell-telephone.com',
    port: 5060,
    branch: 'z9hG4bK87asdks7',
    received: '192.0.2.1',
    rport: 9,
  });
});

test('white space may stand around slashes and the colon', () => {
  const via = Via.parse('SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1');
  expect(via.toString()).toBe('SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1');
});

test('rport is asked for without a value, and answered with one (RFC 3581 §3)', () => {
  expect(Via.parse('SIP/2.0/UDP a').rport).toBeUndefined();
  expect(Via.parse('SIP/2.0/UDP a;rport').rport).toBe(true);
  expect(Via.parse('SIP/2.0/UDP a;rport=5062').rport).toBe(5062);
  expect(Via.parse('SIP/2.0/UDP a;rport=junk').rport).toBe(true);
});

describe('IPv6 (RFC 5118)', () => {
  test('sent-by in brackets', () => {
    expect(Via.parse('SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3')).toMatchObject({
      host: '2001:db8::9:1',
      port: 6050,
    });
    expect(Via.parse('SIP/2.0/UDP [2001:db8::9:1]')).toMatchObject({ host: '2001:db8::9:1', port: undefined });
  });

  test('received with and without brackets (§4.5)', () => {
    expect(Via.parse('SIP/2.0/UDP [::1];received=[2001:db8::9:255];branch=z').received).toBe('[2001:db8::9:255]');
    expect(Via.parse('SIP/2.0/UDP [::1];received=2001:db8::9:255;branch=z').received).toBe('2001:db8::9:255');
  });

  test('without brackets the port could not be told from the address (§4.4)', () => {
    expect(() => Via.parse('SIP/2.0/UDP 2001:db8::9:1:6050')).toThrow(SipSyntaxError);
  });
});

test('lists', () => {
  expect(Via.parseList('SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b;x="1,2"').map(String)).toEqual([
    'SIP/2.0/UDP a;branch=1',
    'SIP/2.0/TCP b;x="1,2"',
  ]);
});

test.each([
  '',
  'SIP',
  'SIP/2.0',
  'SIP/2.0/UDP',
  'SIP/2.0/UDP ',
  'SIP/2.0/ host',
  '/2.0/UDP host',
  'SIP/2.0/UDP;branch=1',
  'SIP/2.0/UDP host:',
  'SIP/2.0/UDP host:70000',
  'SIP/2.0/UDP host:5060x',
  'SIP/2.0/UDP host other',
  'SIP/2.0/UDP [::1',
  'SIP/2.0/UDP [host]',
  'SIP/2.0/UDP host;;branch=1',
  'SIP/2.0/UDP host,',
])('%j is no Via', (text) => {
  expect(() => Via.parseList(text)).toThrow(SipSyntaxError);
});

test('a host that is none cannot be written', () => {
  expect(() => new Via({ transport: 'UDP', host: 'a\r\nb' }).toString()).toThrow(SipSyntaxError);
  expect(new Via({ transport: 'TLS', host: '::1', params: { rport: '' } }).toString()).toBe('SIP/2.0/TLS [::1];rport');
});

test('a clone shares nothing', () => {
  const via = Via.parse('SIP/2.0/UDP a;branch=1');
  via.clone().params.set('received', '192.0.2.1');
  expect(via.toString()).toBe('SIP/2.0/UDP a;branch=1');
});
