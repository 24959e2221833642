import { describe, expect, test } from 'vitest';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { SipSyntaxError } from '../platform/errors';
import type { Flow } from '../transport/transport';
import { applyRoutes, Dialog } from './dialog';

const request = (method: string, sequence: number, headers: readonly (readonly [string, string])[] = []) =>
  SipRequest.create({
    method,
    uri: 'sip:bob@biloxi.example.com',
    headers: [
      ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
      ['From', 'Alice <sip:alice@atlanta.example.com>;tag=a'],
      ['To', '<sip:bob@biloxi.example.com>'],
      ['Call-ID', 'call'],
      ['CSeq', `${sequence} ${method}`],
      ...headers,
    ],
  });

const invite = (...headers: [string, string][]) =>
  request('INVITE', 17, [['Contact', '<sip:alice@192.0.2.1:5070>'], ...headers]);

function response(status: number, headers: readonly [string, string][] = [], tag = 'b') {
  const made = SipResponse.for(invite(), status, undefined, tag === '' ? {} : { toTag: tag });
  for (const [name, value] of headers) made.headers.append(name, value);
  return made;
}

const contact: [string, string] = ['Contact', '<sip:bob@192.0.2.2>'];
const routesOf = (message: SipRequest) => message.routes.map((each) => each.uri.toString());

describe('the caller (RFC 3261 §12.1.2)', () => {
  test('a provisional response with a tag opens an early dialog', () => {
    const dialog = Dialog.fromResponse(
      invite(),
      response(180, [contact, ['Record-Route', '<sip:p2;lr>, <sip:p1;lr>']]),
    );
    expect(dialog.state).toBe('early');
    expect(dialog.key).toBe('call a b');
    expect([dialog.localSequence, dialog.remoteSequence]).toEqual([17, undefined]);
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@192.0.2.2');
    expect(dialog.routeSet.map((each) => each.uri.toString())).toEqual(['sip:p1;lr', 'sip:p2;lr']);
  });

  test('the 2xx confirms it, and its Record-Route and Contact replace those of the early dialog (§13.2.2.4)', () => {
    const dialog = Dialog.fromResponse(invite(), response(180, [contact, ['Record-Route', '<sip:p1;lr>']]));
    dialog.confirm(response(200, [['Contact', '<sip:bob@192.0.2.3>']]));
    expect(dialog.state).toBe('confirmed');
    expect(dialog.routeSet).toEqual([]);
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@192.0.2.3');
  });

  test('a 2xx without Contact can be acknowledged at least, at the Request-URI', () => {
    const dialog = Dialog.fromResponse(invite(), response(200));
    expect(dialog.createRequest('ACK', 17).uriText).toBe('sip:bob@biloxi.example.com');
  });

  test('a peer without a tag (RFC 2543): the tag is empty, and requests have none', () => {
    const dialog = Dialog.fromResponse(invite(), response(200, [contact], ''));
    const bye = dialog.createRequest('BYE');
    expect(dialog.remoteTag).toBe('');
    expect(bye.to.tag).toBeUndefined();
  });
});

describe('the callee (RFC 3261 §12.1.1)', () => {
  test('takes route set, target and numbers from the request', () => {
    const dialog = Dialog.fromRequest(
      invite(['Record-Route', '<sip:p2;lr>, <sip:p1;lr>'], ['Record-Route', '<sip:p0;lr>']),
      'mine',
    );
    expect(dialog.state).toBe('early');
    expect(dialog.key).toBe('call mine a');
    expect([dialog.localSequence, dialog.remoteSequence]).toEqual([0, 17]);
    expect(dialog.routeSet.map((each) => each.uri.toString())).toEqual(['sip:p2;lr', 'sip:p1;lr', 'sip:p0;lr']);
    const bye = dialog.createRequest('BYE');
    expect(bye.uriText).toBe('sip:alice@192.0.2.1:5070');
    expect(bye.from.toString()).toBe('<sip:bob@biloxi.example.com>;tag=mine');
    expect(bye.to.tag).toBe('a');
    expect(bye.cseq).toEqual({ sequence: 1, method: 'BYE' });
  });

  test('refuses an INVITE without Contact with 400', () => {
    const naked = request('INVITE', 1);
    expect(() => Dialog.fromRequest(naked, 'x')).toThrow(SipSyntaxError);
  });

  test('a sips: Request-URI makes the dialog secure', () => {
    const secure = SipRequest.create({
      method: 'INVITE',
      uri: 'sips:bob@biloxi.example.com',
      headers: invite().headers,
    });
    expect(Dialog.fromRequest(secure, 'x').secure).toBe(true);
    expect(Dialog.fromRequest(invite(), 'x').secure).toBe(false);
  });
});

describe('requests (RFC 3261 §12.2.1.1)', () => {
  const dialogOver = (recordRoute: string) =>
    Dialog.fromResponse(invite(), response(200, [contact, ['Record-Route', recordRoute]]));

  test('number rises by one; ACK has that of its INVITE', () => {
    const dialog = dialogOver('<sip:p;lr>');
    expect(dialog.createRequest('ACK', 17).cseq.sequence).toBe(17);
    expect(dialog.createRequest('INVITE').cseq.sequence).toBe(18);
    expect(dialog.createRequest('BYE').cseq.sequence).toBe(19);
    dialog.advanceSequence(30);
    dialog.advanceSequence(25);
    expect(dialog.createRequest('BYE').cseq.sequence).toBe(31);
  });

  test('loose router first: the target in the Request-URI, all routes in Route', () => {
    const bye = dialogOver('<sip:p2;lr>, <sip:p1;lr>').createRequest('BYE');
    expect(bye.uriText).toBe('sip:bob@192.0.2.2');
    expect(routesOf(bye)).toEqual(['sip:p1;lr', 'sip:p2;lr']);
    expect(bye.maxForwards).toBe(70);
  });

  test('strict router first: it is the Request-URI, less what may not stand there, and the target comes last', () => {
    const bye = dialogOver('<sip:p2;lr>, <sip:p1;transport=tcp;method=INVITE?subject=x>').createRequest('BYE');
    expect(bye.uriText).toBe('sip:p1;transport=tcp');
    expect(routesOf(bye)).toEqual(['sip:p2;lr', 'sip:bob@192.0.2.2']);
  });

  test('the same holds for a route set given beforehand (§8.1.2)', () => {
    const strict = request('MESSAGE', 1);
    applyRoutes(strict, [NameAddr.parse('<sip:p1>')]);
    expect(strict.uriText).toBe('sip:p1');
    expect(routesOf(strict)).toEqual(['sip:bob@biloxi.example.com']);
  });

  test('a request belongs to its sender: changing it changes no dialog', () => {
    const dialog = dialogOver('<sip:p;lr>');
    const first = dialog.createRequest('INFO');
    first.headers.set('From', '<sip:mallory@example.com>');
    expect(dialog.createRequest('INFO').from.tag).toBe('a');
  });
});

describe('the peer’s requests (RFC 3261 §12.2.2)', () => {
  test('rising numbers, with gaps, are in order; others are not; ACK does not count', () => {
    const dialog = Dialog.fromRequest(invite(), 'x');
    expect(dialog.accepts(request('ACK', 17))).toBe(true);
    expect(dialog.accepts(request('INFO', 18))).toBe(true);
    expect(dialog.accepts(request('INFO', 40))).toBe(true);
    expect(dialog.accepts(request('INFO', 39))).toBe(false);
    expect(dialog.accepts(request('INFO', 40))).toBe(false);
    expect(dialog.remoteSequence).toBe(40);
  });

  test('the caller’s side takes any first number', () => {
    const dialog = Dialog.fromResponse(invite(), response(200, [contact]));
    expect(dialog.accepts(request('INFO', 0))).toBe(true);
  });

  test('a Contact refreshes the target, its absence leaves it', () => {
    const dialog = Dialog.fromRequest(invite(), 'x');
    dialog.refreshTarget(request('INVITE', 18, [['Contact', '<sip:alice@192.0.2.9>']]));
    dialog.refreshTarget(request('UPDATE', 19));
    expect(dialog.remoteTarget.toString()).toBe('sip:alice@192.0.2.9');
  });
});

describe('the flow requests go over', () => {
  const flowTo = (host: string, port: number, parts: Partial<Flow> = {}) =>
    ({ protocol: 'TLS', reliable: true, closed: false, remote: { host, port }, ...parts }) as Flow;

  /** A dialog opened by an INVITE with these Via and Contact, over a connection from 203.0.113.9. */
  const opened = (vias: readonly string[], target: string, headers: [string, string][] = [], parts?: Partial<Flow>) => {
    const first = invite();
    first.headers.delete('Via');
    for (const via of vias) first.headers.append('Via', `SIP/2.0/TLS ${via};branch=z9hG4bK1`);
    first.headers.set('Contact', target);
    for (const [name, value] of headers) first.headers.append(name, value);
    const dialog = Dialog.fromRequest(first, 'x');
    const flow = flowTo('203.0.113.9', 50_000, parts);
    dialog.heard(first, flow);
    return { dialog, flow };
  };

  test.each<[string, boolean, readonly string[], string, [string, string][], Partial<Flow>?]>([
    ['the peer’s own connection: its Contact names what its Via does', true, ['192.0.2.1'], '<sip:a@192.0.2.1>', []],
    ['its Contact names where the connection comes from', true, ['10.0.0.1'], '<sip:a@203.0.113.9:6000>', []],
    ['its Contact names another machine', false, ['192.0.2.1'], '<sip:a@192.0.2.7>', []],
    ['a proxy in between has forwarded it', false, ['192.0.2.50', '192.0.2.1'], '<sip:a@192.0.2.1>', []],
    ['… from somebody nobody can connect to', true, ['192.0.2.50', 'x.invalid'], '<sip:a@x.invalid>', []],
    ['… from somebody who asks for it', true, ['192.0.2.50', '192.0.2.1'], '<sip:a@192.0.2.1;ob>', []],
    ['a proxy that stays in between', false, ['192.0.2.50'], '<sip:a@x.invalid>', [['Record-Route', '<sip:p;lr>']]],
    ['… that nobody can connect to', true, ['p.invalid'], '<sip:a@b>', [['Record-Route', '<sip:p.invalid;lr>']]],
    [
      '… that is where the flow leads',
      true,
      ['192.0.2.50'],
      '<sip:a@b>',
      [['Record-Route', '<sip:203.0.113.9:50000;transport=tls;lr>']],
    ],
    [
      '… at another port',
      false,
      ['192.0.2.50'],
      '<sip:a@b>',
      [['Record-Route', '<sip:203.0.113.9:5061;transport=tls;lr>']],
    ],
    [
      '… over another protocol',
      false,
      ['192.0.2.50'],
      '<sip:a@b>',
      [['Record-Route', '<sip:203.0.113.9:50000;transport=tcp;lr>']],
    ],
    ['a datagram is no connection', false, ['192.0.2.1'], '<sip:a@192.0.2.1>', [], { reliable: false }],
    ['a connection that has closed', false, ['x.invalid'], '<sip:a@x.invalid>', [], { closed: true }],
  ])('%s: %s', (_case, over, vias, target, headers, parts) => {
    const { dialog, flow } = opened(vias, target, headers, parts);
    expect(dialog.requestFlow).toBe(over ? flow : undefined);
  });

  test('a dialog of sips: does not follow its peer to where anybody can read', () => {
    const { dialog, flow } = opened(['x.invalid'], '<sips:a@x.invalid>');
    dialog.heard(request('INFO', 18), flowTo('203.0.113.9', 50_001, { protocol: 'TCP' }));
    expect(dialog.requestFlow).toBe(flow);
    const later = flowTo('203.0.113.9', 50_001, { protocol: 'WSS' });
    dialog.heard(request('INFO', 19), later);
    expect(dialog.requestFlow).toBe(later);
  });

  test('the one its last request has come by', () => {
    const { dialog } = opened(['x.invalid'], '<sip:a@x.invalid>');
    const later = flowTo('203.0.113.9', 50_001);
    dialog.heard(request('INFO', 18), later);
    expect(dialog.requestFlow).toBe(later);
  });
});
