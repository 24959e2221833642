import { parseMessage, type SipRequest, SipUri } from '@offhook/sip-core';
import { describe, expect, it } from 'vitest';
import { Registrar } from './registrar';

/** A registrar of example.com at a time a test turns on, and REGISTER requests to it. */
function setUp() {
  let now = 0;
  let sequence = 0;
  const registrar = new Registrar({
    domains: ['example.com'],
    knows: (aor) => aor.user !== 'nobody',
    maxBindings: 2,
    now: () => now,
    date: () => 0,
  });
  const register = (
    contacts: string[],
    { user = 'alice', callId = 'a', cseq = ++sequence, expires = '', uri = 'sip:example.com', as = 'alice' } = {},
  ) =>
    registrar.answer(
      request([
        `REGISTER ${uri} SIP/2.0`,
        'Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1',
        'Max-Forwards: 70',
        `From: <sip:${user}@example.com>;tag=1`,
        `To: <sip:${user}@Example.com>`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} REGISTER`,
        ...contacts.map((contact) => `Contact: ${contact}`),
        ...(expires ? [`Expires: ${expires}`] : []),
      ]),
      { user: as },
    );
  const reachable = () => registrar.lookup(SipUri.parse('sip:alice@example.com')).map(({ uri }) => uri.toString());
  return {
    registrar,
    register,
    reachable,
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

const request = (lines: string[]) =>
  parseMessage(new TextEncoder().encode(`${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)) as SipRequest;

describe('a registrar (RFC 3261 §10.3)', () => {
  it('binds a contact, lists it with the time it has left, and forgets it when that has passed', () => {
    const { register, reachable, pass } = setUp();
    const response = register(['<sip:alice@192.0.2.4:5070>'], { expires: '600' });
    expect(response.status).toBe(200);
    expect(response.headers.getAll('Contact')).toEqual(['<sip:alice@192.0.2.4:5070>;expires=600']);
    expect(response.headers.get('Date')).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    pass(100);
    expect(register([]).headers.getAll('Contact')).toEqual(['<sip:alice@192.0.2.4:5070>;expires=500']);
    pass(500);
    expect(reachable()).toEqual([]);
    expect(register([]).headers.has('Contact')).toBe(false);
  });

  it('takes the expires of a contact before that of the header, before its own', () => {
    const { register } = setUp();
    const contacts = ['<sip:a@192.0.2.4>;expires=100', '<sip:b@192.0.2.4>'];
    expect(register(contacts, { expires: '200' }).headers.getAll('Contact')).toEqual([
      '<sip:b@192.0.2.4>;expires=200',
      '<sip:a@192.0.2.4>;expires=100',
    ]);
    expect(register(['<sip:b@192.0.2.4>']).headers.getAll('Contact')[0]).toBe('<sip:b@192.0.2.4>;expires=3600');
    expect(register(['<sip:b@192.0.2.4>;expires=99999']).headers.getAll('Contact')[0]).toContain('expires=7200');
  });

  it('lists the most preferred contact first', () => {
    const { register, reachable } = setUp();
    const response = register(['<sip:a@192.0.2.4>;q=0.2', '<sip:b@192.0.2.4>;q=0.9']);
    expect(reachable()).toEqual(['sip:b@192.0.2.4', 'sip:a@192.0.2.4']);
    expect(response.headers.getAll('Contact')[1]).toBe('<sip:a@192.0.2.4>;q=0.2;expires=3600');
  });

  it('merges a refresh into the binding of the same URI, by the rules for equal URIs', () => {
    const { register, reachable, pass } = setUp();
    register(['<sip:alice@host.example.com>'], { expires: '100' });
    pass(60);
    register(['<sip:alice@HOST.example.com>'], { expires: '100' });
    pass(60);
    expect(reachable()).toEqual(['sip:alice@HOST.example.com']);
  });

  it('removes a contact that expires at once, and leaves the others', () => {
    const { register, reachable } = setUp();
    register(['<sip:a@192.0.2.4>', '<sip:b@192.0.2.4>']);
    expect(register(['<sip:a@192.0.2.4>;expires=0']).status).toBe(200);
    expect(reachable()).toEqual(['sip:b@192.0.2.4']);
  });

  it('removes all with Contact *, only with Expires 0', () => {
    const { register, reachable } = setUp();
    register(['<sip:a@192.0.2.4>', '<sip:b@192.0.2.4>']);
    expect(register(['*']).status).toBe(400);
    expect(register(['*'], { expires: '60' }).status).toBe(400);
    expect(reachable()).toHaveLength(2);
    expect(register(['*'], { expires: '0' }).status).toBe(200);
    expect(reachable()).toEqual([]);
  });

  it('refuses a time too brief with 423 and says how long it must be', () => {
    const { register, reachable } = setUp();
    const response = register(['<sip:a@192.0.2.4>', '<sip:b@192.0.2.4>;expires=10']);
    expect(response.status).toBe(423);
    expect(response.headers.get('Min-Expires')).toBe('60');
    expect(reachable()).toEqual([]);
  });

  it('changes nothing for a request that came late: same Call-ID, CSeq not higher', () => {
    const { register, reachable } = setUp();
    register(['<sip:a@192.0.2.4>'], { cseq: 5 });
    expect(register(['<sip:b@192.0.2.4>', '<sip:a@192.0.2.4>;expires=0'], { cseq: 5 }).status).toBe(500);
    expect(register(['*'], { cseq: 4, expires: '0' }).status).toBe(500);
    expect(reachable()).toEqual(['sip:a@192.0.2.4']);
    expect(register(['<sip:a@192.0.2.4>;expires=0'], { cseq: 1, callId: 'another' }).status).toBe(200);
    expect(reachable()).toEqual([]);
  });

  it('lets a user change his own bindings only', () => {
    const { register, reachable } = setUp();
    expect(register(['<sip:mallory@203.0.113.1>'], { as: 'mallory' }).status).toBe(403);
    expect(reachable()).toEqual([]);
  });

  it('knows its domains and users', () => {
    const { register } = setUp();
    expect(register([], { uri: 'sip:example.org' }).status).toBe(404);
    expect(register([], { user: 'nobody', as: 'nobody' }).status).toBe(404);
  });

  it('limits the bindings of a user', () => {
    const { register, reachable } = setUp();
    expect(register(['<sip:a@192.0.2.4>', '<sip:b@192.0.2.4>']).status).toBe(200);
    expect(register(['<sip:c@192.0.2.4>']).status).toBe(403);
    expect(reachable()).toHaveLength(2);
  });

  it('refuses a contact that is no SIP URI', () => {
    expect(setUp().register(['<mailto:alice@example.com>']).status).toBe(400);
  });
});
