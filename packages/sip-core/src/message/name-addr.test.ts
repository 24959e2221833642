import { describe, expect, test } from 'vitest';
import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import { NameAddr } from './name-addr';
import { SipUri } from './uri';

describe('name-addr and addr-spec', () => {
  test('without angle brackets, parameters belong to the header field (RFC 3261 §20.10)', () => {
    const address = NameAddr.parse('sip:+12125551212@server.phone2net.com;tag=887s;user=phone');
    expect(address.uri.toString()).toBe('sip:+12125551212@server.phone2net.com');
    expect([...address.params]).toEqual([
      ['tag', '887s'],
      ['user', 'phone'],
    ]);
  });

  test('in angle brackets, parameters belong to the URI', () => {
    const address = NameAddr.parse('<sip:alice@atlanta.com;transport=tcp?Subject=a>;q=0.5');
    expect((address.uri as SipUri).params.get('transport')).toBe('tcp');
    expect((address.uri as SipUri).headers).toEqual([['Subject', 'a']]);
    expect([...address.params]).toEqual([['q', '0.5']]);
  });

  test.each(['sip:user@example.com?Route=%3Csip:a%3E', 'sip:a,b@example.com', 'sip:a?b=c;tag=1'])(
    '%s needs brackets around it (RFC 3261 §20.10)',
    (text) => {
      expect(() => NameAddr.parse(text)).toThrow(SipSyntaxError);
    },
  );

  test('any URI scheme may be named', () => {
    expect(NameAddr.parse('<tel:+1212;phone-context=x>;tag=1')).toMatchObject({ uri: { scheme: 'tel' }, tag: '1' });
    expect(NameAddr.parse('isbn:2983792873').uri.toString()).toBe('isbn:2983792873');
  });
});

describe('display names', () => {
  test.each([
    ['"Bob" <sip:bob@biloxi.com>', 'Bob'],
    ['Bob <sip:bob@biloxi.com>', 'Bob'],
    ['Bob J. Smith<sip:bob@biloxi.com>', 'Bob J. Smith'],
    ['"A, \\"B\\" \\\\ <sip:c@d>;tag=9" <sip:bob@biloxi.com>', 'A, "B" \\ <sip:c@d>;tag=9'],
    ['"" <sip:bob@biloxi.com>', ''],
    ['<sip:bob@biloxi.com>', undefined],
    ['  \t"Bob"\t<sip:bob@biloxi.com>  ', 'Bob'],
    ['Jürgen (Büro) <sip:bob@biloxi.com>', 'Jürgen (Büro)'],
    ['"Jürgen 🎉" <sip:bob@biloxi.com>', 'Jürgen 🎉'],
  ])('%s', (text, name) => {
    expect(NameAddr.parse(text).displayName).toBe(name);
  });

  test.each([
    ['Bell, Alexander <sip:a@b>', 'a comma must be quoted'],
    ['a:b <sip:a@b>', 'a colon must be quoted'],
    ['a;b <sip:a@b>', 'a semicolon must be quoted'],
    ['a"b" <sip:a@b>', 'a quote inside'],
    ['"never closed <sip:a@b>', 'quote never closed'],
    ['"ends in a backslash\\" <sip:a@b>', 'closing quote is escaped'],
    ['"name" sip:a@b', 'brackets missing'],
    ['"name"', 'URI missing'],
  ])('%s is refused: %s', (text) => {
    expect(() => NameAddr.parse(text)).toThrow(SipSyntaxError);
  });

  test('are always written quoted, and cannot break out', () => {
    expect(new NameAddr('sip:a@b', 'Bob').toString()).toBe('"Bob" <sip:a@b>');
    expect(new NameAddr('sip:a@b', 'a"b\\c').toString()).toBe('"a\\"b\\\\c" <sip:a@b>');
    expect(new NameAddr('sip:a@b', 'x\r\nVia: evil').toString()).toBe('"x Via: evil" <sip:a@b>');
  });
});

describe('malformed addresses are refused', () => {
  test.each([
    ['', 'empty'],
    ['<>', 'empty URI'],
    ['<sip:a@b', 'bracket never closed'],
    ['< sip:a@b >', 'spaces inside the brackets'],
    ['<sip:a@b>;', 'empty parameter'],
    ['<sip:a@b>;;x', 'empty parameter'],
    ['<sip:a@b> x', 'text after the bracket'],
    ['<sip:a@b>, <sip:c@d>', 'two where one is expected'],
    ['<sip:a@b>;tag=1;tag=2', 'tag twice'],
    ['<sip:a@b>;tag="x', 'quoted value never closed'],
    ['<sip:a@b>;tag=', 'value missing'],
    ['<sip:a@b>;tag=a<b', 'value that must be quoted'],
  ])('%s (%s)', (text) => {
    expect(() => NameAddr.parse(text)).toThrow(SipSyntaxError);
  });
});

describe('lists', () => {
  test('are split at commas outside quotes, brackets and parameters', () => {
    const list = NameAddr.parseList('"a, b" <sip:x,y@z;p=1>;q="1,2" ,\t<sip:c@d>, sip:e@f;tag=1');
    expect(list.map(String)).toEqual(['"a, b" <sip:x,y@z;p=1>;q="1,2"', '<sip:c@d>', '<sip:e@f>;tag=1']);
  });

  test.each(['<sip:a@b>,', ',<sip:a@b>', '<sip:a@b>,,<sip:c@d>'])('%s has an empty item', (text) => {
    expect(() => NameAddr.parseList(text)).toThrow(SipSyntaxError);
  });
});

test('the tag is read and set', () => {
  const address = NameAddr.parse('<sip:a@b>;TAG=x;other');
  expect(address.tag).toBe('x');
  address.tag = 'y';
  expect(address.toString()).toBe('<sip:a@b>;TAG=y;other');
  address.tag = undefined;
  expect(address.toString()).toBe('<sip:a@b>;other');
  expect(() => {
    address.tag = 'a\r\nb';
  }).toThrow(SipInjectionError);
});

test('made from parts', () => {
  const address = new NameAddr(new SipUri({ user: 'bob', host: 'biloxi.com' }), undefined, { expires: '60' });
  expect(address.toString()).toBe('<sip:bob@biloxi.com>;expires=60');
  expect(address.sipUri?.host).toBe('biloxi.com');
  expect(new NameAddr('tel:1').sipUri).toBeUndefined();
  const copy = address.clone();
  copy.params.set('expires', '0');
  copy.sipUri!.user = 'x';
  expect(address.toString()).toBe('<sip:bob@biloxi.com>;expires=60');
});
