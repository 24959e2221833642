import { describe, expect, test } from 'vitest';
import { SipInjectionError } from '../platform/errors';
import { Headers } from './headers';
import { NameAddr } from './name-addr';

test('names are found without case and in compact form (RFC 3261 §7.3.3)', () => {
  const headers = new Headers([
    ['v', 'SIP/2.0/UDP a'],
    ['X-Genesys-CallUUID', '1'],
  ]);
  expect(headers.get('Via')).toBe('SIP/2.0/UDP a');
  expect(headers.get('V')).toBe('SIP/2.0/UDP a');
  expect(headers.get('x-genesys-calluuid')).toBe('1');
  expect(headers.has('via')).toBe(true);
  expect(headers.get('From')).toBeUndefined();
});

test.each([
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['n', 'Identity-Info'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
])('%s is short for %s', (compact, full) => {
  expect(new Headers([[compact, 'value']]).get(full)).toBe('value');
  expect(new Headers([[full.toUpperCase(), 'value']]).get(compact.toUpperCase())).toBe('value');
});

test('order and spelling stay', () => {
  const lines: Array<[string, string]> = [
    ['vIA', 'SIP/2.0/UDP a'],
    ['X-One', '1'],
    ['x-one', ';;,,'],
    ['L', '0'],
  ];
  expect([...new Headers(lines)]).toEqual(lines);
});

describe('several values', () => {
  test('lists are split at commas outside quotes and brackets (RFC 3261 §7.3.1)', () => {
    const headers = new Headers([
      ['Allow', 'INVITE, ACK'],
      ['Allow', 'BYE'],
      ['Contact', '"a, b" <sip:x@y;p=",">, <sip:z@y>'],
      ['Warning', '301 host "a, \\"b, c"'],
      ['Supported', ''],
      ['k', 'timer,,replaces'],
    ]);
    expect(headers.getAll('Allow')).toEqual(['INVITE', 'ACK', 'BYE']);
    expect(headers.getAll('Contact')).toEqual(['"a, b" <sip:x@y;p=",">', '<sip:z@y>']);
    expect(headers.getAll('Warning')).toEqual(['301 host "a, \\"b, c"']);
    expect(headers.getAll('Supported')).toEqual(['timer', 'replaces']);
    expect(headers.getAll('Nothing')).toEqual([]);
  });

  test('values of other and unknown headers stay whole: their commas may mean anything', () => {
    const headers = new Headers([
      ['Date', 'Sat, 13 Nov 2010 23:29:00 GMT'],
      ['Subject', 'Yes, please'],
      ['WWW-Authenticate', 'Digest realm="a", nonce="b"'],
      ['WWW-Authenticate', 'Digest realm="c", nonce="d"'],
      ['X-Unknown', 'a, b'],
    ]);
    expect(headers.getAll('Date')).toHaveLength(1);
    expect(headers.getAll('Subject')).toEqual(['Yes, please']);
    expect(headers.getAll('WWW-Authenticate')).toEqual(['Digest realm="a", nonce="b"', 'Digest realm="c", nonce="d"']);
    expect(headers.getAll('X-Unknown')).toEqual(['a, b']);
  });
});

describe('changes', () => {
  const given = () =>
    new Headers([
      ['Via', 'SIP/2.0/UDP a, SIP/2.0/UDP b'],
      ['From', '<sip:a@b>'],
      ['v', 'SIP/2.0/UDP c'],
      ['Subject', 'one, two'],
    ]);

  test('set replaces all of a name, in the place and spelling of the first', () => {
    expect([...given().set('via', 'SIP/2.0/TCP x')]).toEqual([
      ['Via', 'SIP/2.0/TCP x'],
      ['From', '<sip:a@b>'],
      ['Subject', 'one, two'],
    ]);
    expect([...given().set('Expires', 60)].at(-1)).toEqual(['Expires', '60']);
    expect(given().set('From', new NameAddr('sip:c@d', 'C')).get('from')).toBe('"C" <sip:c@d>');
  });

  test('prepend goes before the first of the name, or before all', () => {
    expect([...given().prepend('Via', 'SIP/2.0/UDP new')][0]).toEqual(['Via', 'SIP/2.0/UDP new']);
    expect([...given().prepend('Subject', 'zero')].map(([name]) => name)).toEqual([
      'Via',
      'From',
      'v',
      'Subject',
      'Subject',
    ]);
    expect([...given().prepend('Route', '<sip:p;lr>')][0]).toEqual(['Route', '<sip:p;lr>']);
  });

  test('removeFirst takes one value, be it one of several in a line', () => {
    const headers = given();
    expect(headers.removeFirst('Via')).toBe('SIP/2.0/UDP a');
    expect(headers.get('Via')).toBe('SIP/2.0/UDP b');
    expect(headers.removeFirst('Via')).toBe('SIP/2.0/UDP b');
    expect(headers.removeFirst('Via')).toBe('SIP/2.0/UDP c');
    expect(headers.removeFirst('Via')).toBeUndefined();
    expect(headers.removeFirst('Subject')).toBe('one, two');
  });

  test('delete takes all', () => {
    const headers = given();
    expect(headers.delete('V')).toBe(true);
    expect(headers.delete('V')).toBe(false);
    expect(headers.size).toBe(2);
  });

  test('a clone changes on its own; copyFrom takes over the lines of a name', () => {
    const headers = given();
    const copy = headers.clone();
    copy.delete('Via');
    expect(headers.has('Via')).toBe(true);
    expect([...new Headers().copyFrom(headers, 'via')]).toEqual([
      ['Via', 'SIP/2.0/UDP a, SIP/2.0/UDP b'],
      ['v', 'SIP/2.0/UDP c'],
    ]);
  });
});

describe('nothing breaks out of its line', () => {
  const bad = ['a\r\nVia: x', 'a\nb', 'a\rb', 'a\0b', 'a\r\n b'];
  test.each(bad)('value %j', (value) => {
    const headers = new Headers();
    const refused = expect.objectContaining({ code: 'ERR_SIP_INJECTION' });
    expect(() => headers.set('Subject', value)).toThrow(refused);
    expect(() => headers.append('Subject', value)).toThrow(refused);
    expect(() => headers.prepend('Subject', value)).toThrow(refused);
    expect(() => new Headers({ Subject: value })).toThrow(SipInjectionError);
    expect(headers.size).toBe(0);
  });

  test.each(['', 'A B', 'A:', 'Via\r\nX', 'Ünicode', 'a\0'])('name %j', (name) => {
    expect(() => new Headers().append(name, 'x')).toThrow(SipInjectionError);
    expect(() => new Headers().set(name, 'x')).toThrow(SipInjectionError);
    expect(() => new Headers().prepend(name, 'x')).toThrow(SipInjectionError);
  });
});
