import { type Flow, NameAddr, parseMessage, type SipRequest, SipUri } from '@offhook/sip-core';
import { seededRandomBytes } from '@offhook/sip-core/testing';
import { describe, expect, it } from 'vitest';
import { Registrar, type RegistrarOptions } from './registrar';
import { wayTo } from './way-to';

const PHONE = '<urn:uuid:00000000-0000-1000-8000-000A95A0E128>';

const flowFrom = (host: string, port: number, protocol: Flow['protocol'] = 'TCP') =>
  ({ protocol, reliable: protocol !== 'UDP', remote: { host, port }, closed: false }) as Flow & { closed: boolean };

function setUp(options: Partial<RegistrarOptions> = {}) {
  let now = 0;
  let sequence = 0;
  const registrar = new Registrar({
    domains: ['example.com'],
    now: () => now,
    date: () => 0,
    random: seededRandomBytes(5),
    ...options,
  });
  const register = (
    contacts: string[],
    {
      flow = flowFrom('198.51.100.4', 40_000) as Flow | 'unknown',
      supported = 'path, outbound, gruu',
      callId = 'a',
      headers = [] as string[],
      vias = 1,
    } = {},
  ) => {
    const lines = [
      'REGISTER sip:example.com SIP/2.0',
      ...Array.from({ length: vias }, (_, index) => `Via: SIP/2.0/TCP 192.0.2.${index};branch=z9hG4bK${index}`),
      'Max-Forwards: 70',
      'From: <sip:alice@example.com>;tag=1',
      'To: <sip:alice@example.com>',
      `Call-ID: ${callId}`,
      `CSeq: ${++sequence} REGISTER`,
      `Supported: ${supported}`,
      ...contacts.map((contact) => `Contact: ${contact}`),
      ...headers,
    ];
    const text = `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`;
    const request = parseMessage(new TextEncoder().encode(text)) as SipRequest;
    return registrar.answer(request, flow === 'unknown' ? {} : { flow });
  };
  return {
    registrar,
    register,
    bindings: (uri = 'sip:alice@example.com') => registrar.lookup(SipUri.parse(uri)),
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
  };
}

const contact = (regId: number, address = '192.168.1.4') =>
  `<sip:alice@${address};transport=tcp>;+sip.instance="${PHONE}";reg-id=${regId}`;

describe('a registrar that binds flows (RFC 5626 §6)', () => {
  it('says so, and lists instance and flow', () => {
    const { register, bindings } = setUp({ flowTimer: 120 });
    const { status, headers, require } = register([contact(1)]);
    expect([status, require, headers.get('Flow-Timer')]).toEqual([200, ['outbound'], '120']);
    expect(headers.getAll('Contact')).toEqual([`${contact(1)};expires=3600`]);
    expect(bindings()[0]).toMatchObject({ regId: 1, instanceId: PHONE.slice(1, -1) });
  });

  it('replaces the binding of a flow whatever its address and Call-ID, and keeps those of other flows', () => {
    const { register, bindings, pass } = setUp();
    register([contact(1)], { callId: 'a' });
    register([contact(2)], { callId: 'b' });
    pass(1);
    register([contact(1, '10.0.0.9')], { callId: 'c' });
    expect(bindings().map(({ uri, regId }) => [uri.host, regId])).toEqual([
      ['10.0.0.9', 1],
      ['192.168.1.4', 2],
    ]);
    register([`${contact(1)};expires=0`], { callId: 'd' });
    expect(bindings().map(({ regId }) => regId)).toEqual([2]);
  });

  it('sends requests back over the flow, and forgets the binding when the flow has closed', () => {
    const { register, bindings } = setUp();
    const flow = flowFrom('198.51.100.4', 40_000);
    register([contact(1)], { flow });
    expect(wayTo(bindings()[0]!)).toMatchObject({ flow, routes: [] });
    flow.closed = true;
    expect(bindings()).toEqual([]);
  });

  it.each([
    ['the user agent does not know flows', { supported: 'path' }],
    ['nobody knows what it came over', { flow: 'unknown' as const }],
  ])('is a plain one when %s', (_why, how) => {
    const { register, bindings } = setUp();
    const { status, require } = register([contact(1)], how);
    expect([status, require]).toEqual([200, []]);
    expect(bindings()[0]!.regId).toBeUndefined();
  });

  it('takes a number without an instance for nothing', () => {
    const { register, bindings } = setUp();
    expect(register(['<sip:alice@192.168.1.4>;reg-id=1']).require).toEqual([]);
    expect(bindings()[0]!.regId).toBeUndefined();
  });

  it('can be told not to', () => {
    const { register } = setUp({ outbound: false });
    expect(register([contact(1)]).require).toEqual([]);
  });

  it('refuses two contacts for one flow', () => {
    const { register, bindings } = setUp();
    expect(register([contact(1), '<sip:alice@192.0.2.5>']).status).toBe(400);
    expect(register([contact(1), '<sip:alice@192.0.2.5>;expires=0']).status).toBe(200);
    expect(bindings()).toHaveLength(1);
  });

  it.each([
    ['a proxy that leaves no Path', { vias: 2 }, 439],
    ['one whose Path cannot keep flows', { vias: 2, headers: ['Path: <sip:edge.example.com;lr>'] }, 439],
    ['one that can', { vias: 2, headers: ['Path: <sip:p.example.com;lr>, <sip:tok@edge.example.com;lr;ob>'] }, 200],
  ])('behind %s', (_what, how, status) => {
    expect(setUp().register([contact(1)], how).status).toBe(status);
  });
});

describe('Path (RFC 3327 §5.3)', () => {
  it('is the way back, and is told to the user agent', () => {
    const { register, bindings } = setUp();
    const path = '<sip:p.example.com;lr>, <sip:tok@edge.example.com;lr;ob>';
    const response = register([contact(1)], { vias: 3, headers: [`Path: ${path}`] });
    expect(response.headers.getAll('Path')).toEqual(path.split(', '));
    const { routes, flow } = wayTo(bindings()[0]!);
    expect(routes.map(String)).toEqual(path.split(', '));
    expect(flow).toBeUndefined();
  });

  it('that cannot be read is refused', () => {
    expect(setUp().register([contact(1)], { headers: ['Path: <sip:'] }).status).toBe(400);
  });
});

describe('the way to a plain contact', () => {
  const way = (host: string, flow: Flow) => {
    const { register, bindings } = setUp();
    register([`<sip:alice@${host}>`], { flow });
    return wayTo(bindings()[0]!).flow;
  };

  it('is the connection it came over when it is its own, or the only one there can be', () => {
    const own = flowFrom('198.51.100.4', 40_000);
    expect(way('198.51.100.4', own)).toBe(own);
    const browser = flowFrom('198.51.100.4', 40_000, 'WS');
    expect(way('x7f3.invalid', browser)).toBe(browser);
  });

  it('is its address when it is somebody else’s, in datagrams, and when the connection is gone', () => {
    expect(way('203.0.113.5', flowFrom('198.51.100.4', 40_000))).toBeUndefined();
    expect(way('198.51.100.4', flowFrom('198.51.100.4', 5060, 'UDP'))).toBeUndefined();
    expect(way('198.51.100.4', { ...flowFrom('198.51.100.4', 40_000), closed: true })).toBeUndefined();
  });
});

describe('GRUUs (RFC 5627 §5)', () => {
  const gruusOf = (response: ReturnType<ReturnType<typeof setUp>['register']>) => {
    const contacts = response.headers.getAll('Contact').map((text) => NameAddr.parse(text).params);
    const own = contacts.find((params) => params.has('+sip.instance'));
    return [own?.get('pub-gruu'), own?.get('temp-gruu')];
  };

  it('a public one names user and instance, a temporary one nobody', () => {
    const { register } = setUp({ gruu: true });
    const [open, hidden] = gruusOf(register([contact(1)]));
    expect(open).toBe(`sip:alice@example.com;gr=${PHONE.slice(1, -1)}`);
    expect(hidden).toMatch(/^sip:tgruu\.[^@]+@example\.com;gr$/);
    expect(hidden).not.toContain('alice');
  });

  it('lead to that instance alone, for as long as it is registered', () => {
    const { register, bindings, pass } = setUp({ gruu: true });
    const [open, hidden] = gruusOf(register([contact(1)]));
    register(['<sip:alice@192.0.2.77>'], { callId: 'other' });
    for (const gruu of [open!, hidden!]) expect(bindings(gruu).map(({ uri }) => uri.host)).toEqual(['192.168.1.4']);
    expect(bindings()).toHaveLength(2);
    expect(gruusOf(register([contact(1)]))).toEqual([open, hidden]);
    pass(4_000);
    for (const gruu of [open!, hidden!]) expect(bindings(gruu)).toEqual([]);
  });

  it('come only when they are asked for, and to instances', () => {
    expect(gruusOf(setUp({ gruu: true }).register([contact(1)], { supported: 'outbound' }))).toEqual([
      undefined,
      undefined,
    ]);
    expect(gruusOf(setUp({ gruu: true }).register(['<sip:alice@192.0.2.4>']))).toEqual([undefined, undefined]);
    expect(gruusOf(setUp().register([contact(1)]))).toEqual([undefined, undefined]);
  });
});

describe('Service-Route (RFC 3608)', () => {
  it('goes into every 200', () => {
    const { register } = setUp({ serviceRoute: [NameAddr.parse('<sip:out.example.com;lr>')] });
    expect(register([contact(1)]).headers.getAll('Service-Route')).toEqual(['<sip:out.example.com;lr>']);
  });
});
