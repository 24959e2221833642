import { describe, expect, test } from 'vitest';
import { SipSyntaxError } from '../platform/errors';
import { OtherUri, parseUri, SipUri } from './uri';

describe('a SIP URI is read into plain parts', () => {
  test('user, password, host, port, parameters and headers (RFC 3261 §19.1.1)', () => {
    const uri = SipUri.parse('sip:alice:secret@atlanta.com:5070;transport=tcp;lr?Subject=hi%20there&Priority=urgent');
    expect(uri).toMatchObject({ scheme: 'sip', user: 'alice', password: 'secret', host: 'atlanta.com', port: 5070 });
    expect([...uri.params]).toEqual([
      ['transport', 'tcp'],
      ['lr', ''],
    ]);
    expect(uri.headers).toEqual([
      ['Subject', 'hi there'],
      ['Priority', 'urgent'],
    ]);
  });

  test.each([
    ['sip:alice@atlanta.com'],
    ['sips:alice@atlanta.com?subject=project%20x&priority=urgent'],
    ['sip:+1-212-555-1212:1234@gateway.com;user=phone'],
    ['sip:alice;day=tuesday@atlanta.com'],
    ['sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com'],
    ['sip:1212@gateway.com'],
    ['sip:bob@[2001:db8::1]:5080;lr'],
    ['sip:[::ffff:192.0.2.1]'],
    ['sip:host'],
    ['sip:host:5060'],
  ])('%s is written as it was read', (text) => {
    expect(parseUri(text).toString()).toBe(text);
  });

  test('the scheme has no case', () => {
    expect(parseUri('SIPS:a@b')).toMatchObject({ scheme: 'sips', host: 'b' });
    expect(parseUri('sIp:a@b')).toMatchObject({ scheme: 'sip', user: 'a' });
  });

  test('an IPv6 host stands in brackets in the text and without them in the field (RFC 3261 §19.1.1)', () => {
    expect(SipUri.parse('sip:u@[2001:db8::9]:5070')).toMatchObject({ host: '2001:db8::9', port: 5070 });
    expect(new SipUri({ host: '::1', port: 5060 }).toString()).toBe('sip:[::1]:5060');
  });
});

describe('escapes', () => {
  test('are undone in user, password, parameters and headers, and put back (RFC 3261 §19.1.2)', () => {
    const uri = SipUri.parse('sip:%61lice%40home:p%3Aw@example.com;%6C%72;name=v%61lue%25%34%31');
    expect(uri).toMatchObject({ user: 'alice@home', password: 'p:w' });
    expect(uri.params.has('lr')).toBe(true);
    expect(uri.params.get('name')).toBe('value%41');
    expect(uri.toString()).toBe('sip:alice%40home:p%3Aw@example.com;lr;name=v%61lue%25%34%31');
  });

  test('carry UTF-8, NUL and line breaks without letting them out', () => {
    const uri = new SipUri({ user: 'jörg\0\r\nVia: x', host: 'example.com', params: { p: 'ü;=' } });
    expect(uri.toString()).toBe('sip:j%C3%B6rg%00%0D%0AVia%3A%20x@example.com;p=%C3%BC%3B%3D');
    expect(SipUri.parse(uri.toString()).user).toBe('jörg\0\r\nVia: x');
    expect(SipUri.parse(uri.toString()).params.get('p')).toBe('ü;=');
  });

  test('octets that are no UTF-8 survive', () => {
    for (const text of [
      'sip:%FF@a',
      'sip:%C3@a',
      'sip:a%C3%28@a',
      'sip:%ED%A0%80@a',
      'sip:%F5%80%80%80@a',
      'sip:%E2%82@a',
    ]) {
      expect(parseUri(text).equals(parseUri(parseUri(text).toString()))).toBe(true);
    }
    expect(parseUri('sip:%FF%C3@a').toString()).toBe('sip:%FF%C3@a');
    expect(parseUri('sip:%E2%82%AC@a')).toMatchObject({ user: '€' });
  });

  test.each(['sip:%@a', 'sip:%4@a', 'sip:%zz@a', 'sip:a@b;p=%x', 'sip:a@b?h=%'])('%s has a broken escape', (text) => {
    expect(() => parseUri(text)).toThrow(SipSyntaxError);
  });
});

describe('what is no URI is refused with status 400', () => {
  test.each([
    ['', 'empty'],
    ['sip:', 'no host'],
    ['sip:@host', 'empty user'],
    ['sip:alice@', 'no host'],
    ['sip:alice@host:', 'empty port'],
    ['sip:alice@host:65536', 'port too large'],
    ['sip:alice@host:5060x', 'letters in the port'],
    ['sip:alice@host:99999999999999999999', 'huge port'],
    ['sip:alice@[::1', 'bracket never closed'],
    ['sip:alice@[nonsense]', 'no IPv6 address'],
    ['sip:alice@::1', 'IPv6 without brackets'],
    ['sip:alice@ho st', 'space in the host'],
    ['sip: alice@host', 'space in the user'],
    ['sip:alice@host;', 'empty parameter'],
    ['sip:alice@host;;lr', 'empty parameter'],
    ['sip:alice@host; lr', 'space in a parameter'],
    ['sip:alice@host?', 'empty headers'],
    ['sip:alice@host?=x', 'header without name'],
    ['sip:ali<ce@host', 'angle bracket'],
    ['sip:a:b:c@host', 'colon in the password'],
    ['sip:höst', 'host beyond ASCII'],
    ['alice@host', 'no scheme'],
    [':x', 'empty scheme'],
    ['1tel:5', 'scheme begins with a digit'],
    ['tel:', 'nothing after the scheme'],
    ['tel:+1 212', 'space'],
    ['http://a/\r\nVia: x', 'line break'],
  ])('%s (%s)', (text) => {
    expect(() => parseUri(text)).toThrow(SipSyntaxError);
    try {
      parseUri(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_SIP_SYNTAX', status: 400 });
    }
  });

  test('SipUri.parse takes SIP URIs only: 416 is the answer to others (RFC 3261 §8.2.2.1)', () => {
    expect(() => SipUri.parse('tel:+1212')).toThrow(expect.objectContaining({ status: 416 }));
  });

  test('a host that would end the URI early cannot be written', () => {
    for (const host of ['a b', 'a>b', 'a;lr', '', 'a\r\nb', '[::1]']) {
      expect(() => new SipUri({ host }).toString(), host).toThrow(SipSyntaxError);
    }
  });
});

test('other schemes are kept as they are', () => {
  const uri = parseUri('TEL:+1-212-555-1212;phone-context=example.com');
  expect(uri).toBeInstanceOf(OtherUri);
  expect(uri).toMatchObject({ scheme: 'tel', rest: '+1-212-555-1212;phone-context=example.com' });
  expect(parseUri('urn:service:sos').toString()).toBe('urn:service:sos');
  expect(parseUri('soap.beep://192.0.2.103:3002').scheme).toBe('soap.beep');
  expect(parseUri('tel:1').equals(parseUri('tel:1'))).toBe(true);
  expect(parseUri('tel:1').equals(parseUri('tel:2'))).toBe(false);
  // A parameter may stand once only (RFC 3261 §19.1.1); such a URI is itself nevertheless.
  expect(parseUri('sip:a@b;x=1;x=2').equals(parseUri('sip:a@b;x=1;x=2'))).toBe(true);
  expect(parseUri('tel:1').equals(parseUri('sip:1'))).toBe(false);
});

test('dial strings with an unescaped # are taken, as phones send them', () => {
  expect(SipUri.parse('sip:*21#@pbx.example.com').user).toBe('*21#');
});

describe('equality: the examples of RFC 3261 §19.1.4', () => {
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
  ])('%s equals %s', (left, right) => {
    expect(parseUri(left).equals(parseUri(right))).toBe(true);
    expect(parseUri(right).equals(parseUri(left))).toBe(true);
  });

  test.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP', 'user names have case'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', 'a port may be another'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', 'a transport may be another'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp', 'port and transport'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', 'headers count'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4', 'names are not resolved'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off', 'a parameter in both must match'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com', 'schemes differ'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=phone', 'user never matches when in one only'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;ttl=1', 'ttl never matches when in one only'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;method=INVITE', 'method never matches when in one only'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=192.0.2.1', 'maddr never matches when in one only'],
    ['sip:bob:a@biloxi.com', 'sip:bob:A@biloxi.com', 'passwords have case'],
    ['sip:bob@biloxi.com', 'sip:biloxi.com', 'a user in one only'],
  ])('%s differs from %s: %s', (left, right) => {
    expect(parseUri(left).equals(parseUri(right))).toBe(false);
    expect(parseUri(right).equals(parseUri(left))).toBe(false);
  });

  test('IPv6 addresses are compared by value (RFC 5954 §4)', () => {
    expect(parseUri('sip:[2001:DB8::0:1]').equals(parseUri('sip:[2001:db8:0:0:0:0:0:1]'))).toBe(true);
    expect(parseUri('sip:[::ffff:192.0.2.1]').equals(parseUri('sip:[::ffff:c000:201]'))).toBe(true);
    expect(parseUri('sip:[2001:db8::1]').equals(parseUri('sip:[2001:db8::2]'))).toBe(false);
  });
});

test('the address of record is the URI without parameters and password (RFC 3261 §10.3)', () => {
  expect(SipUri.parse('sip:%61lice:pw@Atlanta.COM;transport=tcp?Subject=x').aor).toBe('sip:alice@atlanta.com');
  expect(SipUri.parse('sips:a%20b@[2001:DB8::1]:5061').aor).toBe('sips:a%20b@[2001:db8::1]:5061');
});

test('a clone shares nothing', () => {
  const uri = SipUri.parse('sip:a@b;lr?x=y');
  const copy = uri.clone();
  copy.user = 'c';
  copy.params.delete('lr');
  copy.headers[0]![1] = 'z';
  expect(uri.toString()).toBe('sip:a@b;lr?x=y');
  expect(copy.toString()).toBe('sip:c@b?x=z');
});
