import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipError } from '../platform/errors';
import { Headers } from './headers';
import { NameAddr } from './name-addr';
import { Params } from './params';
import { SipRequest } from './request';
import { SipResponse } from './response';
import { serializeMessage } from './serialize';
import { decodeUtf8 } from './text';
import { OtherUri, SipUri, type Uri } from './uri';
import { Via } from './via';

/** A text that wants to be more than one line: what separates lines, and what would follow. */
const hostile = fc
  .tuple(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('\r\n', '\n', '\r', '\0', '\r\n ', '\n\t', '\r\n\r\n', '\u2028\r\n', '\udc0d\udc0a\r\n'),
    fc.constantFrom('Evil: yes', 'Via: SIP/2.0/UDP evil', 'INVITE sip:evil SIP/2.0', 'SIP/2.0 200 OK', ''),
    fc.string({ maxLength: 8 }),
  )
  .map((parts) => parts.join(''));

const request = (uri: Uri | string = 'sip:bob@example.com') =>
  SipRequest.create({
    method: 'OPTIONS',
    uri,
    headers: [
      ['Via', 'SIP/2.0/UDP h;branch=z9hG4bK1'],
      ['From', '<sip:a@h>;tag=1'],
      ['To', '<sip:b@h>'],
      ['Call-ID', 'c'],
      ['CSeq', '1 OPTIONS'],
    ],
  });

const withHeader = (name: string, value: string | NameAddr | Via | Uri) => {
  const message = request();
  message.headers.append(name, value);
  return message;
};

const uriWith = (change: (uri: SipUri) => void): Uri => {
  const uri = SipUri.parse('sip:bob:secret@example.com:5060;transport=tcp?Subject=x');
  change(uri);
  return uri;
};

const viaWith = (change: (via: Via) => void): Via => {
  const via = Via.parse('SIP/2.0/UDP h:5060;branch=z9hG4bK1');
  change(via);
  return via;
};

/** Types say otherwise; programs without them do not ask. */
const any = (value: unknown) => value as never;

/** All that takes a text into a message: what is made with it, whole. */
const ways: Record<string, (text: string) => SipRequest | SipResponse> = {
  'method of create': (text) => SipRequest.create({ method: text, uri: 'sip:a' }),
  'method set': (text) => Object.assign(request(), { method: text }),
  'Request-URI as text': (text) => request(text),
  'Request-URI, begun well': (text) => request(`sip:bob@example.com${text}`),
  'Request-URI set': (text) =>
    Object.assign(request(), {
      uri: uriWith((uri) => {
        uri.user = text;
      }),
    }),
  'Request-URI that is no URI': (text) => Object.assign(request(), { uri: any({ toString: () => text }) }),
  'scheme of another URI': (text) => request(new OtherUri(text, '123')),
  'rest of another URI': (text) => request(new OtherUri('tel', text)),
  'rest of another URI in a header': (text) => withHeader('To', new OtherUri('tel', text)),
  'rest of another URI in a name-addr': (text) => withHeader('To', new NameAddr(new OtherUri('tel', text))),
  'scheme of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.scheme = any(text);
      }),
    ),
  'user of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.user = text;
      }),
    ),
  'password of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.password = text;
      }),
    ),
  'host of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.host = text;
      }),
    ),
  'host of a new URI': (text) => request(new SipUri({ host: text })),
  'port of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.port = any(text);
      }),
    ),
  'parameter name of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.params.set(text, 'x');
      }),
    ),
  'parameter value of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.params.set('x', text);
      }),
    ),
  'parameters of a new URI': (text) => request(new SipUri({ host: 'h', params: { [text]: text } })),
  'header name of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.headers = [[text, 'x']];
      }),
    ),
  'header value of a URI': (text) =>
    request(
      uriWith((uri) => {
        uri.headers = [['x', text]];
      }),
    ),
  'URI in a header': (text) => withHeader('Refer-To', new SipUri({ user: text, host: 'h' })),
  'display name': (text) => withHeader('Contact', new NameAddr(SipUri.parse('sip:a@h'), text)),
  'display name set': (text) =>
    withHeader('Contact', Object.assign(new NameAddr(SipUri.parse('sip:a@h')), { displayName: text })),
  'parameter name of a name-addr': (text) =>
    withHeader('Contact', new NameAddr(SipUri.parse('sip:a@h'), 'A', { [text]: 'x' })),
  'parameter value of a name-addr': (text) =>
    withHeader('Contact', new NameAddr(SipUri.parse('sip:a@h'), 'A', { x: text })),
  'tag of a name-addr': (text) =>
    withHeader('Contact', Object.assign(new NameAddr(SipUri.parse('sip:a@h')), { tag: text })),
  'from set': (text) => Object.assign(request(), { from: new NameAddr(new SipUri({ user: text, host: 'h' }), text) }),
  'contact set': (text) => Object.assign(request(), { contact: new SipUri({ user: text, host: 'h' }) }),
  'Call-ID': (text) => Object.assign(request(), { callId: text }),
  'method of CSeq': (text) => Object.assign(request(), { cseq: { sequence: 1, method: text } }),
  'number of CSeq': (text) => Object.assign(request(), { cseq: { sequence: any(text), method: 'OPTIONS' } }),
  'Max-Forwards': (text) => Object.assign(request(), { maxForwards: any(text) }),
  Expires: (text) => Object.assign(request(), { expires: any(text) }),
  'Content-Type': (text) => request().setBody(text, 'body'),
  'protocol of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.protocolName = text;
      }),
    ),
  'version of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.version = text;
      }),
    ),
  'transport of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.transport = text;
      }),
    ),
  'host of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.host = text;
      }),
    ),
  'port of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.port = any(text);
      }),
    ),
  'parameter of a Via': (text) =>
    withHeader(
      'Via',
      viaWith((via) => {
        via.params.set('branch', text);
      }),
    ),
  'via set': (text) =>
    Object.assign(request(), {
      via: viaWith((via) => {
        via.params.set(text, text);
      }),
    }),
  'header name, appended': (text) => withHeader(text, 'x'),
  'header value, appended': (text) => withHeader('Subject', text),
  'header value, set': (text) => {
    const message = request();
    message.headers.set('Subject', text);
    return message;
  },
  'header value, prepended': (text) => {
    const message = request();
    message.headers.prepend('Subject', text);
    return message;
  },
  'header name, prepended': (text) => {
    const message = request();
    message.headers.prepend(text, 'x');
    return message;
  },
  'headers of create, pairs': (text) =>
    SipRequest.create({ method: 'OPTIONS', uri: 'sip:a', headers: [['Subject', text]] }),
  'headers of create, record': (text) =>
    SipRequest.create({ method: 'OPTIONS', uri: 'sip:a', headers: { [text]: 'x', Subject: text } }),
  'headers made before': (text) =>
    SipRequest.create({ method: 'OPTIONS', uri: 'sip:a', headers: new Headers({ Subject: text }) }),
  'a header value that changes its mind': (text) => {
    let asked = 0;
    return withHeader('Subject', any({ toString: () => (asked++ === 0 ? 'fine' : text) }));
  },
  'parameters written by hand': (text) => withHeader('X', `a${new Params({ p: text, [text]: 'q' }).toString()}`),
  'reason of create': (text) => SipResponse.create({ status: 200, reason: text }),
  'reason of an answer': (text) => SipResponse.for(request(), 400, text),
  'reason set': (text) => Object.assign(SipResponse.for(request(), 400), { reason: text }),
  status: (text) => SipResponse.create({ status: any(text) }),
  'tag of an answer': (text) => SipResponse.for(request(), 400, undefined, { toTag: text }),
};

/** Header lines of a message; fails when something else than CRLF separates them, or a NUL stands in the open. */
function linesOf(message: SipRequest | SipResponse): string[] {
  const text = decodeUtf8(serializeMessage(message));
  const end = text.indexOf('\r\n\r\n');
  expect(end).toBeGreaterThan(0);
  const head = text.slice(0, end);
  expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
  return head.split('\r\n');
}

describe('nothing given for one line makes two', () => {
  it.each(Object.entries(ways))('%s', (_, way) => {
    fc.assert(
      fc.property(hostile, (text) => {
        let made: SipRequest | SipResponse;
        let lines: string[];
        try {
          made = way(text);
          lines = linesOf(made);
        } catch (error) {
          expect(error).toBeInstanceOf(SipError);
          return;
        }
        const names = lines.slice(1).map((line) => line.slice(0, line.indexOf(':')));
        for (const name of names) expect(name).toMatch(/^[!-9;-~]+$/);
        expect(lines).toHaveLength([...made.headers].length + 1 + (made.headers.has('Content-Length') ? 0 : 1));
        expect(lines[0]).toMatch(/^(?:\S+ \S+ SIP\/2\.0|SIP\/2\.0 \d{3} .*)$/);
      }),
      { numRuns: 60 },
    );
  });
});
