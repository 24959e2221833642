import { describe, expect, test } from 'vitest';
import { SipSyntaxError } from '../platform/errors';
import { type ParseOptions, parseMessage } from './parse';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { invite, wire } from './testing/sample-messages';
import { decodeUtf8, encodeUtf8 } from './text';

function request(bytes: Uint8Array, options?: ParseOptions): SipRequest {
  const message = parseMessage(bytes, options);
  expect(message).toBeInstanceOf(SipRequest);
  return message as SipRequest;
}

function fault(bytes: Uint8Array | string, options?: ParseOptions): SipSyntaxError {
  try {
    parseMessage(typeof bytes === 'string' ? encodeUtf8(bytes) : bytes, options);
  } catch (error) {
    expect(error).toBeInstanceOf(SipSyntaxError);
    return error as SipSyntaxError;
  }
  throw new Error('The message was taken.');
}

describe('start line', () => {
  test('of a request (RFC 3261 §7.1)', () => {
    const message = request(invite());
    expect(message.method).toBe('INVITE');
    expect(message.uri.toString()).toBe('sip:bob@biloxi.com');
    expect(message.version).toBe('2.0');
  });

  test('of a response (RFC 3261 §7.2)', () => {
    const message = parseMessage(wire(['SIP/2.0 180 Ringing', 'CSeq: 1 INVITE']));
    expect(message).toBeInstanceOf(SipResponse);
    expect(message).toMatchObject({ status: 180, reason: 'Ringing' });
  });

  test.each([
    ['SIP/2.0 200 ', ''],
    ['SIP/2.0 200', ''],
    ['SIP/2.0 200  two spaces', ' two spaces'],
    ['sip/2.0 200 Хорошо', 'Хорошо'],
  ])('%j has the reason %j', (line, reason) => {
    expect(parseMessage(wire([line, 'CSeq: 1 INVITE']))).toMatchObject({ status: 200, reason });
  });

  test.each([
    'SIP/2.0 99 Too Small',
    'SIP/2.0 700 Too Large',
    'SIP/2.0 2000 Too Long',
    'SIP/2.0 4294967301 better not break the receiver',
    'SIP/2.0 abc No',
    'SIP/2.0  200 OK',
    'SIP/2.0\t200 OK',
    'SIP/2 200 OK',
    'SIP/2.0',
    'SIP/',
  ])('%j is no status line', (line) => {
    expect(fault(wire([line, 'CSeq: 1 INVITE']))).toMatchObject({ status: 400, answerable: false });
  });

  test('the version has no case, and any version can be read', () => {
    expect(request(wire(['OPTIONS sip:a sip/2.0'])).version).toBe('2.0');
    expect(request(wire(['OPTIONS sip:a SIP/7.0'])).version).toBe('7.0');
  });

  test('CRLFs before it are skipped (RFC 3261 §7.5)', () => {
    expect(request(encodeUtf8(`\r\n\r\n\r\n${decodeUtf8(invite())}`)).method).toBe('INVITE');
  });

  test.each([
    'INVITE  sip:a SIP/2.0',
    'INVITE sip:a  SIP/2.0',
    'INVITE sip:a SIP/2.0 ',
    'INVITE sip:a; lr SIP/2.0',
    'INVITE  SIP/2.0',
  ])('%j has white space where none may be, but could be answered', (line) => {
    const bytes = encodeUtf8(decodeUtf8(invite()).replace(/^.*/, line));
    expect(fault(bytes)).toMatchObject({ status: 400, answerable: true });
    expect(fault(bytes).request?.method).toBe('INVITE');
  });

  test.each([
    'GET / HTTP/1.1',
    'hello',
    'INVITE sip:a',
    'INVITE sip:a SIP/x',
    'IN(VITE sip:a SIP/2.0',
    ' INVITE sip:a SIP/2.0',
    '',
  ])('%j is no SIP at all', (line) => {
    expect(fault(wire([line, 'Via: SIP/2.0/UDP a', 'CSeq: 1 INVITE']))).toMatchObject({
      status: 400,
      answerable: false,
    });
  });
});

describe('header lines', () => {
  test('keep order, spelling and values, be they known or not', () => {
    const lines = [
      'vIA: SIP/2.0/UDP a',
      'X-Genesys-CallUUID: 4D4N',
      "x-odd!%*_+`'~: ;;,,;",
      'Empty:',
      'Via:SIP/2.0/UDP b',
    ];
    expect([...request(wire(['OPTIONS sip:a SIP/2.0', ...lines])).headers]).toEqual([
      ['vIA', 'SIP/2.0/UDP a'],
      ['X-Genesys-CallUUID', '4D4N'],
      ["x-odd!%*_+`'~", ';;,,;'],
      ['Empty', ''],
      ['Via', 'SIP/2.0/UDP b'],
    ]);
  });

  test('may have space before the colon and around the value', () => {
    const { headers } = request(wire(['OPTIONS sip:a SIP/2.0', 'Subject \t:  \t lunch \t ']));
    expect([...headers]).toEqual([['Subject', 'lunch']]);
  });

  test('may be folded: each fold reads as one space (RFC 3261 §7.3.1)', () => {
    const { headers } = request(
      wire([
        'OPTIONS sip:a SIP/2.0',
        'Subject: I know  ',
        "  you're there,",
        '\tpick up',
        'To:',
        ' sip:b',
        'X-Blank: a',
        '  ',
        'From: c',
      ]),
    );
    expect([...headers]).toEqual([
      ['Subject', "I know you're there, pick up"],
      ['To', 'sip:b'],
      ['X-Blank', 'a'],
      ['From', 'c'],
    ]);
  });

  test('folds of white space alone leave no line break behind', () => {
    const { headers } = request(wire(['OPTIONS sip:a SIP/2.0', 'A:', ' ', '\t', 'B: x', '  ', ' y', ' ']));
    expect([...headers]).toEqual([
      ['A', ''],
      ['B', 'x y'],
    ]);
  });

  test('compact forms and long forms mean the same', () => {
    const message = request(
      wire(
        [
          'INVITE sip:b@c SIP/2.0',
          'v: SIP/2.0/UDP h;branch=z9hG4bK1',
          'f: <sip:a@b>;tag=1',
          't: <sip:b@c>',
          'i: id@h',
          'm: <sip:a@h>',
          'CSEQ: 7 INVITE',
          'k: timer, 100rel',
          'c: text/plain',
          'l: 2',
        ],
        'hi',
      ),
    );
    expect(message.via.host).toBe('h');
    expect(message.from.tag).toBe('1');
    expect(message.to.uri.toString()).toBe('sip:b@c');
    expect(message.callId).toBe('id@h');
    expect(message.contact?.uri.toString()).toBe('sip:a@h');
    expect(message.cseq).toEqual({ sequence: 7, method: 'INVITE' });
    expect(message.supported).toEqual(['timer', '100rel']);
    expect(message.contentType).toBe('text/plain');
    expect(message.contentLength).toBe(2);
  });

  test('values are UTF-8, byte order marks included (RFC 3261 §7.3.1)', () => {
    const { headers } = request(wire(['OPTIONS sip:a SIP/2.0', 'Subject: Grüße 大停電 🎉', 'X-Bom: \ufeff大']));
    expect(headers.get('Subject')).toBe('Grüße 大停電 🎉');
    expect(headers.get('X-Bom')).toBe('\ufeff大');
  });

  test('octets that are no UTF-8 do not stop the message', () => {
    const bytes = invite({ Subject: 'a?b' }, 'body');
    bytes[decodeUtf8(bytes).indexOf('a?b') + 1] = 0xff;
    const message = request(bytes);
    expect(message.headers.get('Subject')).toBe('a\ufffdb');
    expect(message.text).toBe('body');
  });

  test.each([
    ['no colon here', 'no colon'],
    [': value', 'no name'],
    ['Bad Name: x', 'space in the name'],
    ['Bäd: x', 'name beyond ASCII'],
    ['"Quoted": x', 'quotes in the name'],
  ])('%j is refused: %s', (line) => {
    const text = decodeUtf8(invite()).replace('Max-Forwards', `${line}\r\nMax-Forwards`);
    expect(fault(text)).toMatchObject({ status: 400, answerable: true });
  });

  test('the first line cannot be folded onto the start line', () => {
    expect(fault(decodeUtf8(invite()).replace('\r\nVia', '\r\n Via')).status).toBe(400);
  });

  test.each([
    ['a LF alone', 'Subject: a\nX-Injected: b'],
    ['a CR alone', 'Subject: a\rX-Injected: b'],
    ['LF CR', 'Subject: a\n\rX-Injected: b'],
    ['a LF alone in a fold', 'Subject: a\r\n b\n c'],
  ])('%s ends no line, and is not passed on either', (_, line) => {
    expect(fault(decodeUtf8(invite()).replace('Contact', `${line}\r\nContact`)).status).toBe(400);
  });

  test('LF line ends are no SIP', () => {
    expect(fault(decodeUtf8(invite()).replaceAll('\r\n', '\n')).status).toBe(400);
  });

  test.each([
    '',
    '\r\n',
    '\r',
    '\n',
    'INVITE',
    'INVITE sip:a SIP/2.0',
    'INVITE sip:a SIP/2.0\r\n',
    'INVITE sip:a SIP/2.0\r\nVia: x\r\n',
    'INVITE sip:a SIP/2.0\r\nVia: x\r\n\r',
  ])('%j was cut short', (text) => {
    expect(fault(text).status).toBe(400);
  });
});

describe('the body of a datagram (RFC 3261 §18.3)', () => {
  test('is as long as Content-Length says; what follows is dropped', () => {
    expect(request(invite({ 'Content-Length': '4' }, 'bodyINVITE sip:x SIP/2.0\r\n\r\n')).text).toBe('body');
    expect(request(invite({ 'Content-Length': '0' }, 'junk')).body).toHaveLength(0);
    expect(request(invite({ 'Content-Length': '0004' }, 'body')).text).toBe('body');
  });

  test('without Content-Length fills the rest', () => {
    expect(request(invite({}, 'the rest')).text).toBe('the rest');
    expect(request(invite()).body).toHaveLength(0);
  });

  test('shorter than Content-Length is an error that can be answered', () => {
    expect(fault(invite({ 'Content-Length': '9999' }, 'body'))).toMatchObject({
      status: 400,
      answerable: true,
      header: 'Content-Length',
    });
  });

  test.each(['-1', '-999', '1x', '0x10', '1 2', '+4', '4,4', '', '18446744073709551617'])(
    'Content-Length %j is refused',
    (value) => {
      expect(fault(invite({ 'Content-Length': value }, 'body'))).toMatchObject({ status: 400, answerable: true });
    },
  );

  test('Content-Length twice is refused, as nobody can tell which holds', () => {
    expect(fault(invite({ 'Content-Length': '4', l: '4' }, 'body')).status).toBe(400);
    expect(fault(invite({ 'Content-Length': '13', 'content-length': '5' }, 'There is no way')).status).toBe(400);
  });

  test('may hold any bytes', () => {
    const head = invite({ 'Content-Type': 'application/octet-stream', 'Content-Length': '256' });
    const bytes = new Uint8Array(head.length + 256);
    bytes.set(head);
    for (let value = 0; value < 256; value++) bytes[head.length + value] = value;
    expect([...request(bytes).body]).toEqual(Array.from({ length: 256 }, (_, value) => value));
  });

  test('is a view on the bytes given, also beside a header that is not ASCII', () => {
    const bytes = invite({ Subject: 'Grüße' }, 'bödy');
    const { body, text } = request(bytes);
    expect(text).toBe('bödy');
    expect(body.buffer).toBe(bytes.buffer);
  });
});

describe('one message out of a stream (RFC 3261 §18.3)', () => {
  test('must say its length, and have it', () => {
    expect(request(invite({ 'Content-Length': '4' }, 'body'), { stream: true }).text).toBe('body');
    expect(fault(invite({}, 'body'), { stream: true })).toMatchObject({ status: 400, header: 'Content-Length' });
    expect(fault(invite({ 'Content-Length': '5' }, 'body'), { stream: true }).status).toBe(400);
    expect(fault(invite({ 'Content-Length': '3' }, 'body'), { stream: true }).status).toBe(400);
  });
});

describe('limits', () => {
  test('a message too large is refused with 413 when its body makes it so, else with 513; both can be answered', () => {
    expect(fault(invite({}, 'x'.repeat(65_536)))).toMatchObject({ status: 413, answerable: true });
    expect(fault(invite({ 'Content-Length': '65536' }, 'x'.repeat(65_536)))).toMatchObject({ status: 413 });
    expect(fault(invite(), { maxMessageSize: 100 })).toMatchObject({ status: 513, answerable: false });
    const long = invite({ Subject: 'x'.repeat(5_000) });
    expect(fault(long, { maxMessageSize: 4_000 })).toMatchObject({ status: 513, answerable: true });
    expect(request(invite({}, 'x'.repeat(70_000)), { maxMessageSize: 100_000 }).body).toHaveLength(70_000);
  });

  test('a body over its own limit is refused with 413, by what Content-Length says or by what is there', () => {
    const limit = { maxBodySize: 3 };
    expect(request(invite({}, 'abc'), limit).text).toBe('abc');
    expect(fault(invite({}, 'abcd'), limit)).toMatchObject({ status: 413, answerable: true });
    expect(fault(invite({ 'Content-Length': '4' }, ''), { ...limit, stream: true })).toMatchObject({ status: 413 });
    // The head of a message that is too long to be taken off the stream is enough to answer it.
    expect(fault(invite({ 'Content-Length': '70000' }, ''), { stream: true })).toMatchObject({ status: 413 });
  });

  test('too many header lines are refused with 513, and can be answered', () => {
    const many = decodeUtf8(invite()).replace('\r\n\r\n', `\r\n${'X: y\r\n'.repeat(300)}\r\n`);
    expect(fault(many)).toMatchObject({ status: 513, answerable: true });
    expect(request(encodeUtf8(many), { maxHeaderCount: 400 }).headers.size).toBe(307);
  });

  test('a header line too long is refused with 513, folded or not', () => {
    expect(fault(invite({ Subject: 'x'.repeat(9000) }))).toMatchObject({ status: 513, answerable: true });
    expect(fault(invite({ Subject: '\r\n x'.repeat(3000) }))).toMatchObject({ status: 513 });
    expect(fault(invite({ Subject: 'x'.repeat(90) }), { maxHeaderLength: 80 })).toMatchObject({ status: 513 });
    expect(request(invite({ Subject: 'x'.repeat(8000) })).headers.get('Subject')).toHaveLength(8000);
  });

  test('a status line too long is refused', () => {
    expect(fault(wire([`SIP/2.0 200 ${'x'.repeat(9000)}`, 'CSeq: 1 INVITE'])).status).toBe(513);
  });

  test('a Request-URI too long is refused with 414 (RFC 3261 §21.4.12)', () => {
    const long = decodeUtf8(invite()).replace('sip:bob', `sip:${'b'.repeat(9000)}`);
    expect(fault(long)).toMatchObject({ status: 414, answerable: true });
  });
});

describe('what can be answered', () => {
  test.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('not without %s', (name) => {
    expect(fault(invite({ [name]: undefined, 'Content-Length': '-1' }))).toMatchObject({
      status: 400,
      answerable: false,
    });
  });

  test('never an ACK', () => {
    const ack = decodeUtf8(invite({ 'Content-Length': '-1' })).replaceAll('INVITE', 'ACK');
    expect(fault(ack)).toMatchObject({ answerable: false });
    expect(fault(ack).request?.method).toBe('ACK');
  });

  test('no response', () => {
    expect(fault(decodeUtf8(invite({ 'Content-Length': '-1' })).replace(/^.*/, 'SIP/2.0 200 OK'))).toMatchObject({
      answerable: false,
      request: undefined,
    });
  });
});
