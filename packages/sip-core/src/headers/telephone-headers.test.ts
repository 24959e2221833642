import { describe, expect, test } from 'vitest';
import { NameAddr } from '../message/name-addr';
import { Params } from '../message/params';
import { SipRequest } from '../message/request';
import { decodeUtf8 } from '../message/text';
import { OtherUri, SipUri } from '../message/uri';
import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import * as Header from './header';

const request = (...headers: [string, string][]) => SipRequest.create({ method: 'INVITE', uri: 'sip:a@b', headers });

describe('identities', () => {
  test('P-Asserted-Identity: a SIP and a tel URI, in one line or two (RFC 3325 §9.1)', () => {
    const two = ['"Cullen Jennings" <sip:fluffy@cisco.com>', 'tel:+14085264000'];
    const one = Header.PAssertedIdentity.read(request(['P-Asserted-Identity', two.join(', ')]));
    expect(one.map(({ displayName, uri }) => [displayName, String(uri)])).toEqual([
      ['Cullen Jennings', 'sip:fluffy@cisco.com'],
      [undefined, 'tel:+14085264000'],
    ]);
    const apart = request(['P-Asserted-Identity', two[0]!], ['p-asserted-identity', two[1]!]);
    expect(Header.PAssertedIdentity.read(apart)).toEqual(one);
    expect(Header.PAssertedIdentity.format(one)).toBe('"Cullen Jennings" <sip:fluffy@cisco.com>, <tel:+14085264000>');
  });

  test('P-Preferred-Identity and P-Associated-URI are the same kind', () => {
    expect(String(Header.PPreferredIdentity.parse('sip:fluffy@cisco.com')[0])).toBe('<sip:fluffy@cisco.com>');
    expect(Header.PAssociatedURI.parse('<sip:a@b>, <tel:+1>')).toHaveLength(2);
  });

  test('Privacy: words joined by semicolons (RFC 3323 §4.2); commas are forgiven', () => {
    expect(Header.Privacy.parse('ID;Critical')).toEqual(['id', 'critical']);
    expect(Header.Privacy.parse('user, id')).toEqual(['user', 'id']);
    expect(Header.Privacy.format(['header', 'session', 'user'])).toBe('header;session;user');
    expect(() => Header.Privacy.format(['id\r\nX: y'])).toThrow(SipSyntaxError);
  });

  test('Identity has commas of its own in no list: each line is one (RFC 8224 §4)', () => {
    const message = request(
      ['Identity', 'eyJ.a.b;info=<https://x/1,2>;alg=ES256;ppt=shaken'],
      ['y', 'other;info=<https://y>'],
    );
    expect(Header.Identity.read(message)).toHaveLength(2);
    Header.Identity.write(message, ['one', 'two', 'three']);
    expect([...message.headers]).toEqual([
      ['Identity', 'one'],
      ['Identity', 'two'],
      ['Identity', 'three'],
    ]);
  });
});

describe('where a call has been', () => {
  test('Diversion, the latest first (RFC 5806 §7)', () => {
    const message = request([
      'Diversion',
      '<sip:p3@isp.com>;reason=no-answer;counter=1;privacy="full", "Two" <tel:+2>;reason=user-busy;screen=yes;x=1',
    ]);
    const [last, first] = Header.Diversion.read(message);
    expect(last).toMatchObject({ reason: 'no-answer', counter: 1, privacy: 'full' });
    expect(last!.address.params.size).toBe(0);
    expect(first).toMatchObject({ reason: 'user-busy', screen: 'yes' });
    expect(first!.params!.get('x')).toBe('1');
    Header.Diversion.prepend(message, { address: new NameAddr('sip:me@x'), reason: 'unconditional', counter: 1 });
    expect(Header.Diversion.read(message).map(({ reason }) => reason)).toEqual([
      'unconditional',
      'no-answer',
      'user-busy',
    ]);
  });

  test('History-Info with embedded Reason and Privacy, and how entries come from others (RFC 7044 §5)', () => {
    const text = [
      '<sip:bob@example.com>;index=1',
      '<sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22&Privacy=history>;index=1.1;rc=1',
      '<sip:office@example.com?X=1>;mp=1.1;index=1.2.1;foo=bar',
    ].join(', ');
    const [first, second, third] = Header.HistoryInfo.parse(text);
    expect(first).toMatchObject({ index: '1' });
    expect(second).toMatchObject({
      index: '1.1',
      from: { mapping: 'rc', index: '1' },
      reasons: [{ protocol: 'SIP', cause: 302, text: 'Moved' }],
      privacy: ['history'],
    });
    expect(String(second!.uri)).toBe('sip:bob@192.0.2.4');
    expect(third).toMatchObject({ from: { mapping: 'mp', index: '1.1' } });
    expect(String(third!.uri)).toBe('sip:office@example.com?X=1');
    const again = Header.HistoryInfo.parse(Header.HistoryInfo.format([first!, second!, third!]));
    expect(again).toEqual([first, second, third]);
  });

  test('a History-Info without index is refused; an embedded Reason that cannot be read stays in the URI', () => {
    expect(() => Header.HistoryInfo.parse('<sip:a@b>')).toThrow(/index/);
    const [entry] = Header.HistoryInfo.parse('<sip:a@b?Reason=%22>;index=1');
    expect(entry!.reasons).toBeUndefined();
    expect((entry!.uri as SipUri).headers).toEqual([['Reason', '"']]);
    const reasons = [{ protocol: 'SIP', cause: 486 }];
    expect(() => Header.HistoryInfo.format([{ uri: new OtherUri('tel', '+1'), index: '1', reasons }])).toThrow(
      SipSyntaxError,
    );
  });

  test('Reason: the examples of RFC 3326 §2, several in a line', () => {
    const text = 'SIP ;cause=200 ;text="Call completed elsewhere", Q.850 ;cause=16 ;text="Terminated"';
    expect(Header.Reason.parse(text)).toEqual([
      { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
      { protocol: 'Q.850', cause: 16, text: 'Terminated' },
    ]);
    expect(Header.Reason.format([{ protocol: 'Q.850', cause: 16, text: 'Terminated' }])).toBe(
      'Q.850;cause=16;text="Terminated"',
    );
    expect(Header.Reason.format([{ protocol: 'SIP', text: 'a"\\\r\nX: y' }])).toBe('SIP;text="a\\"\\\\ X: y"');
  });
});

describe('ringing and answering', () => {
  test('Call-Info and Error-Info (RFC 3261 §20.9, §20.18)', () => {
    const text =
      '<http://wwww.example.com/alice/photo.jpg> ;purpose=icon, <http://www.example.com/alice/> ;purpose=info';
    expect(Header.CallInfo.parse(text)).toEqual([
      { uri: 'http://wwww.example.com/alice/photo.jpg', purpose: 'icon' },
      { uri: 'http://www.example.com/alice/', purpose: 'info' },
    ]);
    expect(Header.CallInfo.field([{ uri: 'sip:x', answerAfter: 0 }])).toEqual(['Call-Info', '<sip:x>;answer-after=0']);
    expect(Header.ErrorInfo.parse('<sip:not-in-service-recording@atlanta.com>')[0]!.uri).toContain('not-in-service');
    expect(() => Header.CallInfo.format([{ uri: 'sip:x>;answer-after=0' }])).toThrow(SipSyntaxError);
  });

  test('Alert-Info: URNs (RFC 7462), files, and the words of older phones', () => {
    expect(Header.AlertInfo.parse('<urn:alert:source:internal>, <http://x/ring.wav>;info=priority')).toEqual([
      { uri: 'urn:alert:source:internal' },
      { uri: 'http://x/ring.wav', info: 'priority' },
    ]);
    expect(Header.AlertInfo.parse('Bellcore-dr3')).toEqual([{ uri: 'Bellcore-dr3' }]);
    expect(Header.AlertInfo.format([{ uri: 'Bellcore-dr3' }])).toBe('<Bellcore-dr3>');
  });

  test('Answer-Mode and Priv-Answer-Mode (RFC 5373 §3)', () => {
    expect(Header.AnswerMode.parse('Auto;require')).toEqual({ mode: 'auto', require: true });
    expect(Header.AnswerMode.format({ mode: 'manual' })).toBe('Manual');
    expect(Header.PrivAnswerMode.format({ mode: 'auto', require: true })).toBe('Auto;require');
  });
});

describe('data of users and networks', () => {
  test('User-to-User carries octets (RFC 7433 §4.1)', () => {
    const [value] = Header.UserToUser.parse('56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar');
    expect(value).toMatchObject({ encoding: 'hex', purpose: 'foo', content: 'bar' });
    expect(value!.data).toEqual(Uint8Array.of(0x56, 0xa3, 0x90, 0xf3, 0xd2, 0xb7, 0x31, 0x00, 0x23, 0xa2));
    expect(Header.UserToUser.format([value!])).toBe('56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar');
    expect(decodeUtf8(Header.UserToUser.parse('"Grüße, \\"you\\""')[0]!.data)).toBe('Grüße, "you"');
    expect(() => Header.UserToUser.parse('123;encoding=hex')).toThrow(SipSyntaxError);
    expect(() => Header.UserToUser.parse('12;encoding=base64')).toThrow(SipSyntaxError);
    expect(() => Header.UserToUser.format([{ data: Uint8Array.of(255) }])).toThrow(/hex/);
  });

  test('Geolocation and its routing (RFC 6442 §4), P-Access-Network-Info (RFC 7315 §4.4)', () => {
    const uri = 'cid:target123@atlanta.example.com';
    expect(Header.Geolocation.parse(`<${uri}>`)[0]).toMatchObject({ uri });
    expect(Header.GeolocationRouting.parse('No')).toBe(false);
    const [access] = Header.PAccessNetworkInfo.parse('3GPP-UTRAN-TDD; utran-cell-id-3gpp=234151D0FCE11');
    expect(access!.params!.get('utran-cell-id-3gpp')).toBe('234151D0FCE11');
  });

  test('Resource-Priority (RFC 4412 §3), Feature-Caps (RFC 6809 §6), Security-* (RFC 3329 §2.2)', () => {
    expect(Header.ResourcePriority.parse('wps.3, dsn.flash')).toEqual([
      { namespace: 'wps', priority: '3' },
      { namespace: 'dsn', priority: 'flash' },
    ]);
    expect(() => Header.ResourcePriority.parse('dsn')).toThrow(SipSyntaxError);
    const [caps] = Header.FeatureCaps.parse('*;+g.3gpp.srvcc;+g.x="a,b"');
    expect([caps!.has('+g.3gpp.srvcc'), caps!.get('+g.x')]).toEqual([true, 'a,b']);
    expect(Header.FeatureCaps.format([new Params({ '+sip.x': 'y', '+sip.z': '' })])).toBe('*;+sip.x="y";+sip.z');
    const [tls, digest] = Header.SecurityServer.parse(
      'tls;q=0.2, digest;d-qop=auth;d-ver="0000000000000000000000000000a6a7"',
    );
    expect(tls).toEqual({ mechanism: 'tls', q: 0.2 });
    expect(Header.SecurityVerify.format([tls!, digest!])).toBe(
      'tls;q=0.2, digest;d-qop=auth;d-ver="0000000000000000000000000000a6a7"',
    );
  });
});

describe('the rest of RFC 3261 §20', () => {
  test('Warning (§20.43)', () => {
    expect(
      Header.Warning.parse('307 isi.edu "Session parameter \'foo\' not understood", 301 [::1]:5060 "a, \\"b\\""'),
    ).toEqual([
      { code: 307, agent: 'isi.edu', text: "Session parameter 'foo' not understood" },
      { code: 301, agent: '[::1]:5060', text: 'a, "b"' },
    ]);
    expect(Header.Warning.parse('399 x no quotes')[0]!.text).toBe('no quotes');
    expect(() => Header.Warning.format([{ code: 99, agent: 'x', text: '' }])).toThrow(SipSyntaxError);
    expect(() => Header.Warning.format([{ code: 399, agent: 'x y', text: '' }])).toThrow(SipSyntaxError);
  });

  test('Retry-After (§20.33)', () => {
    expect(Header.RetryAfter.parse('18000;duration=3600')).toEqual({ seconds: 18000, duration: 3600 });
    expect(Header.RetryAfter.parse("120 (I'm in a (long) meeting)")).toEqual({
      seconds: 120,
      comment: "I'm in a (long) meeting",
    });
    expect(Header.RetryAfter.format({ seconds: 5, comment: 'a) ;duration=1\r\n', duration: 2 })).toBe(
      '5 (a\\) ;duration=1 );duration=2',
    );
    for (const text of ['', 'soon', '5 (never', '-1'])
      expect(() => Header.RetryAfter.parse(text), text).toThrow(SipSyntaxError);
  });

  test('Date (§20.17) and Timestamp (§20.38)', () => {
    const date = Header.Date.parse('Sat, 13 Nov 2010 23:29:00 GMT');
    expect(date.toISOString()).toBe('2010-11-13T23:29:00.000Z');
    expect(Header.Date.format(date)).toBe('Sat, 13 Nov 2010 23:29:00 GMT');
    for (const text of [
      'Sat, 31 Feb 2010 23:29:00 GMT',
      'Sat, 13 Foo 2010 23:29:00 GMT',
      '2010-11-13',
      'Sat, 13 Nov 2010 25:00:00 GMT',
    ])
      expect(() => Header.Date.parse(text), text).toThrow(SipSyntaxError);
    expect(() => Header.Date.format(new Date(Number.NaN))).toThrow(SipSyntaxError);
    expect(Header.Timestamp.parse('54')).toEqual({ time: 54 });
    expect(Header.Timestamp.parse('54.32 .5')).toEqual({ time: 54.32, delay: 0.5 });
    expect(Header.Timestamp.format({ time: 1e-7, delay: 2 })).toBe('0.000000100 2');
  });

  test('Accept and its kin (§20.1 to §20.3)', () => {
    const [sdp, html] = Header.Accept.parse('application/SDP;level=1, text/*;q=0.5');
    expect(sdp!.value).toBe('application/sdp');
    expect(sdp!.params!.get('level')).toBe('1');
    expect(html).toEqual({ value: 'text/*', q: 0.5 });
    expect(Header.AcceptLanguage.parse('da, en-gb;q=0.8, en;q=0.7').map(({ q }) => q)).toEqual([undefined, 0.8, 0.7]);
    expect(Header.AcceptEncoding.format([{ value: 'gzip', q: 1 / 3 }])).toBe('gzip;q=0.333');
    expect(() => Header.Accept.format([{ value: 'text', q: 1 }])).toThrow(SipSyntaxError);
    expect(() => Header.Accept.format([{ value: 'text/plain', q: 2 }])).toThrow(SipSyntaxError);
  });

  test('what a body is: Content-Type, Content-Disposition, MIME-Version', () => {
    const type = Header.ContentType.parse('Multipart / Mixed ; boundary="a b"');
    expect([type.mediaType, type.params!.get('boundary')]).toEqual(['multipart/mixed', 'a b']);
    expect(Header.ContentDisposition.parse('Session; handling=Optional')).toEqual({
      type: 'session',
      handling: 'optional',
    });
    expect(Header.MIMEVersion.parse('1.0')).toBe('1.0');
    expect(() => Header.MIMEVersion.format('1')).toThrow(SipSyntaxError);
  });

  test('User-Agent and Server: products with versions and comments (§20.35, §20.41)', () => {
    expect(Header.UserAgent.parse('Softphone/Beta1.5 (office (2nd)) Odd;Name')).toEqual([
      { name: 'Softphone', version: 'Beta1.5' },
      { comment: 'office (2nd)' },
      { name: 'Odd;Name' },
    ]);
    expect(Header.Server.format([{ name: 'HomeServer', version: '2' }, { comment: 'x)' }])).toBe('HomeServer/2 (x\\))');
    expect(() => Header.Server.format([{ name: 'a b' }])).toThrow(SipSyntaxError);
  });

  test('texts keep to their line: Subject, Organization, Priority', () => {
    expect(Header.Subject.read(request(['s', 'Need more boxes']))).toBe('Need more boxes');
    expect(Header.Organization.format(' Boxes by Bob ')).toBe('Boxes by Bob');
    expect(() => Header.Subject.write(request(), 'a\r\nX: y')).toThrow(SipInjectionError);
    expect(() => Header.Priority.format('very urgent')).toThrow(SipSyntaxError);
  });

  test('In-Reply-To (§20.21), Content-Encoding and Content-Language', () => {
    expect(Header.InReplyTo.parse('70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com')).toHaveLength(2);
    expect(Header.ContentEncoding.read(request(['e', 'tar, gzip']))).toEqual(['tar', 'gzip']);
    expect(Header.ContentLanguage.parse('fr')).toEqual(['fr']);
  });
});

describe('a codec', () => {
  test('writes in the place of the first line, and takes out what becomes empty', () => {
    const message = request(['A', '1'], ['Reason', 'SIP'], ['B', '2'], ['reason', 'Q.850;cause=16']);
    Header.Reason.write(message, [{ protocol: 'SIP', cause: 486 }]);
    expect([...message.headers].map(([name]) => name)).toEqual(['A', 'Reason', 'B']);
    Header.Reason.write(message, []);
    expect(Header.Reason.read(message)).toEqual([]);
    expect(Header.Reason.remove(message)).toBe(false);
  });

  test('names the header field of what is malformed, once', () => {
    const message = request(['Warning', 'x']);
    expect(() => Header.Warning.read(message)).toThrow(
      expect.objectContaining({
        header: 'Warning',
        code: 'ERR_SIP_SYNTAX',
        message: expect.stringMatching(/^Warning: "x"/),
      }),
    );
  });

  test('gives values of their own: changing one changes no message', () => {
    const message = request(['Refer-To', '<sip:a@b>']);
    Header.ReferTo.read(message)!.sipUri!.user = 'changed';
    expect(message.headers.get('Refer-To')).toBe('<sip:a@b>');
  });

  test('a URI that would end early is refused', () => {
    expect(() => Header.ReferTo.format(new NameAddr(new OtherUri('tel', '+1>;tag=x')))).toThrow();
    expect(() => Header.Path.format([new NameAddr(new SipUri({ host: 'x>' }))])).toThrow();
  });
});
