import { describe, expect, test } from 'vitest';
import { SipInjectionError, SipStateError, SipSyntaxError } from '../platform/errors';
import { NameAddr } from './name-addr';
import { Params } from './params';

test('names have no case but keep their spelling and order', () => {
  const params = new Params({ Transport: 'tcp', lr: '' });
  expect(params.get('TRANSPORT')).toBe('tcp');
  expect(params.has('LR')).toBe(true);
  expect(params.set('transport', 'udp').toString()).toBe(';Transport=udp;lr');
  expect(params.get('nothing')).toBeUndefined();
});

test('a flag has an empty value and is written without one', () => {
  const params = new Params([['rport', '']]);
  expect(params.get('rport')).toBe('');
  expect(params.toString()).toBe(';rport');
});

describe('header parameters', () => {
  test('values that are no token are quoted, and come back unquoted', () => {
    const params = new Params().set('+sip.instance', '<urn:uuid:1>').set('text', 'a "b" \\ ;c').set('plain', 'x.y');
    expect(params.toString()).toBe(';+sip.instance="<urn:uuid:1>";text="a \\"b\\" \\\\ ;c";plain=x.y');
    const read = NameAddr.parse(`<sip:a@b>${params.toString()}`).params;
    expect([...read]).toEqual([...params]);
  });

  test('values keep the quotes they came with', () => {
    const text = '<sip:a@b>;methods="INVITE";empty="";n=1';
    expect(NameAddr.parse(text).toString()).toBe(text);
    expect(NameAddr.parse(text).params.get('methods')).toBe('INVITE');
    expect(NameAddr.parse(text).params.get('empty')).toBe('');
  });

  test('IPv6 addresses go without quotes (RFC 3261 §25.1 via-received)', () => {
    expect(new Params({ received: '2001:db8::1', maddr: '[2001:db8::1]' }).toString()).toBe(
      ';received=2001:db8::1;maddr=[2001:db8::1]',
    );
  });

  test.each([
    ['a b', 'x'],
    ['', 'x'],
    ['a;b', 'x'],
    ['a', 'x\r\nVia: y'],
    ['a', 'x\0'],
  ])('%j=%j would break out, and is refused', (name, value) => {
    expect(() => new Params().set(name, value)).toThrow(SipInjectionError);
  });
});

test('all of a repeated URI parameter go with delete', () => {
  const params = NameAddr.parse('<sip:a@b;lr;x=1;LR>').sipUri!.params;
  expect(params.size).toBe(3);
  expect(params.delete('lr')).toBe(true);
  expect(params.delete('lr')).toBe(false);
  expect(params.toString()).toBe(';x=1');
});

test('those of a message refuse changes, as its text would not follow them', () => {
  const params = new Params({ a: '1' });
  params.lock();
  expect(() => params.set('a', '2')).toThrow(SipStateError);
  expect(() => params.delete('a')).toThrow(SipStateError);
  expect(params.clone().set('a', '2').toString()).toBe(';a=2');
  expect(params.toString()).toBe(';a=1');
});

test('more than 64 are refused: to look for repeated ones would take an attacker little and us long', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `;p${index}`).join('');
  expect(NameAddr.parse(`<sip:a@b${many(64)}>${many(64)}`).params.size).toBe(64);
  expect(() => NameAddr.parse(`<sip:a@b>${many(65)}`)).toThrow(SipSyntaxError);
  expect(() => NameAddr.parse(`<sip:a@b${many(65)}>`)).toThrow(SipSyntaxError);
});
