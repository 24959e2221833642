import { expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { SipSyntaxError } from '../platform/errors';
import * as Header from './header';

const request = (headers: Record<string, string>) => SipRequest.create({ method: 'NOTIFY', uri: 'sip:a@b', headers });

test('Session-Expires and Min-SE (RFC 4028 §4, §5)', () => {
  const message = request({ x: ' 4000 ; refresher = UAC;ext', 'Min-SE': '90;lr' });
  const value = Header.SessionExpires.read(message)!;
  expect(value).toMatchObject({ seconds: 4000, refresher: 'uac' });
  expect(value.params!.has('ext')).toBe(true);
  expect(Header.MinSE.read(message)).toBe(90);
  expect(Header.SessionExpires.field({ seconds: 1800, refresher: 'uas' })).toEqual([
    'Session-Expires',
    '1800;refresher=uas',
  ]);
  expect(() => Header.SessionExpires.parse('-1')).toThrow(SipSyntaxError);
  expect(() => Header.SessionExpires.format({ seconds: 1.5 })).toThrow(SipSyntaxError);
});

test('RSeq and RAck (RFC 3262 §7)', () => {
  expect(Header.RSeq.parse('988789')).toBe(988789);
  expect(Header.RAck.parse('776656  1 INVITE')).toEqual({ rseq: 776656, sequence: 1, method: 'INVITE' });
  expect(Header.RAck.format({ rseq: 1, sequence: 2, method: 'INVITE' })).toBe('1 2 INVITE');
  for (const text of ['', '1', '1 2', '1 2 INVITE more', '1 x INVITE', '99999999999 1 INVITE'])
    expect(() => Header.RAck.parse(text), text).toThrow(SipSyntaxError);
});

test('Event, Allow-Events and Subscription-State (RFC 6665 §8.2)', () => {
  const message = request({
    o: 'presence.winfo;id=7;sla',
    u: 'dialog, talk,hold',
    'Subscription-State': 'Terminated;reason=Deactivated;retry-after=20',
  });
  expect(Header.Event.read(message)).toMatchObject({ package: 'presence.winfo', id: '7' });
  expect(Header.AllowEvents.read(message)).toEqual(['dialog', 'talk', 'hold']);
  expect(Header.SubscriptionState.read(message)).toEqual({
    state: 'terminated',
    reason: 'deactivated',
    retryAfter: 20,
  });
  expect(Header.SubscriptionState.format({ state: 'active', expires: 3600 })).toBe('active;expires=3600');
});

test('Refer-To with a Replaces inside (RFC 3515 §2.1), Referred-By (RFC 3892) and Refer-Sub (RFC 4488)', () => {
  const message = request({
    r: '<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>',
    b: 'sip:alice@example.com;cid="20398823.2UWQFN309shb3@referrer.example"',
    'Refer-Sub': 'FALSE',
  });
  const [[name, value]] = Header.ReferTo.read(message)!.sipUri!.headers as [[string, string]];
  expect(name).toBe('Replaces');
  expect(Header.Replaces.parse(value)).toEqual({
    callId: '12345@192.168.118.3',
    toTag: '12345',
    fromTag: '5FFE-3994',
  });
  expect(Header.ReferredBy.read(message)!.params.get('cid')).toBe('20398823.2UWQFN309shb3@referrer.example');
  expect(Header.ReferSub.read(message)).toBe(false);
});

test('Replaces, Join and Target-Dialog name dialogs (RFC 3891 §6.1, RFC 3911 §7.1, RFC 4538 §7)', () => {
  expect(Header.Replaces.parse('98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff; early-only')).toEqual({
    callId: '98732@sip.example.com',
    toTag: 'ff87ff',
    fromTag: 'r33th4x0r',
    earlyOnly: true,
  });
  const odd = '"<:\\>/[?]{}(")@x';
  expect(Header.Join.parse(Header.Join.format({ callId: odd, toTag: 'a', fromTag: 'b' })).callId).toBe(odd);
  expect(Header.TargetDialog.parse('fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544')).toEqual({
    callId: 'fa77as7dad8-sd98ajzz@host.example.com',
    localTag: 'kkaz-',
    remoteTag: '6544',
  });
  expect(() => Header.Replaces.parse('a@b;to-tag=x')).toThrow(/from-tag/);
  expect(() => Header.Replaces.format({ callId: 'a;b', toTag: 'x', fromTag: 'y' })).toThrow(SipSyntaxError);
});

test('Path and Service-Route keep their order over several lines', () => {
  const message = request({ Path: '<sip:p2.example.com;lr>,<sip:p1.example.com;lr>' });
  message.headers.append('path', '<sip:p0.example.com;lr>');
  expect(Header.Path.read(message).map(String)).toEqual([
    '<sip:p2.example.com;lr>',
    '<sip:p1.example.com;lr>',
    '<sip:p0.example.com;lr>',
  ]);
  Header.Path.write(message, []);
  expect(Header.Path.in(message)).toBe(false);
});
