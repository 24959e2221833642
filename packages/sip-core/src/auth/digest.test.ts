import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { parseAuth } from './challenge';
import { DigestClient } from './digest-client';
import { DigestServer, type DigestServerOptions } from './digest-server';

describe('reading challenges', () => {
  test('several in one field, commas and quotes inside values', () => {
    const challenges = parseAuth(
      'Digest realm="a, \\"b\\"", nonce="1,2", qop="auth,auth-int", Basic realm="x", Digest realm=plain,nonce=n',
    );
    expect(challenges.map(({ scheme, params }) => [scheme, Object.fromEntries(params)])).toEqual([
      ['Digest', { realm: 'a, "b"', nonce: '1,2', qop: 'auth,auth-int' }],
      ['Basic', { realm: 'x' }],
      ['Digest', { realm: 'plain', nonce: 'n' }],
    ]);
  });

  test.each(['', ',', '=', 'Digest', 'Digest realm="unclosed', '"', 'a=b', '\u0000'])('%j does not throw', (value) => {
    parseAuth(value);
  });

  test('spaces without end cost no time', () => {
    const began = performance.now();
    parseAuth(`Digest realm="a"${' '.repeat(60_000)}"${', '.repeat(30_000)}`);
    parseAuth(`Digest ${'a'.repeat(60_000)}"`);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

const request = (method = 'REGISTER') =>
  SipRequest.create({
    method,
    uri: 'sip:example.com',
    headers: {
      From: '<sip:bob@example.com>;tag=1',
      To: '<sip:bob@example.com>',
      'Call-ID': 'c',
      CSeq: `1 ${method}`,
      Via: 'SIP/2.0/UDP h;branch=z9hG4bK1',
    },
  });

function pair(options: Partial<DigestServerOptions> = {}, password = 'zanzibar') {
  const clock = new VirtualClock();
  const server = new DigestServer({
    realm: 'example.com',
    password: (user) => (user === 'bob' ? 'zanzibar' : undefined),
    clock,
    random: seededRandomBytes(1),
    ...options,
  });
  const client = new DigestClient({ username: 'bob', password }, { random: seededRandomBytes(2) });
  const challenged = (to: SipRequest, stale = false) => {
    const response = SipResponse.for(to, server.status);
    for (const [name, value] of server.challenge(stale)) response.headers.append(name, value);
    return response;
  };
  const authorized = () => {
    const next = request();
    client.authorize(next);
    return next;
  };
  return { clock, server, client, challenged, authorized };
}

describe('client and server (RFC 3261 §22)', () => {
  test.each(['MD5', 'SHA-256', 'SHA-512-256'] as const)('agree on %s', async (algorithm) => {
    const { server, client, challenged, authorized } = pair({ algorithms: [algorithm] });
    expect(client.accept(challenged(request()), request())).toBe(true);
    expect(await server.verify(authorized())).toMatchObject({ ok: true, username: 'bob' });
    expect(authorized().headers.get('Authorization')).toContain(`algorithm=${algorithm}`);
  });

  test('the strongest of several challenges is answered, in whatever order they stand', async () => {
    const { server, client, challenged, authorized } = pair({ algorithms: ['MD5', 'SHA-256'] });
    client.accept(challenged(request()), request());
    expect(authorized().headers.get('Authorization')).toContain('algorithm=SHA-256');
    expect((await server.verify(authorized())).ok).toBe(true);
  });

  test('a realm that asked for SHA-256 is not answered in MD5 later', () => {
    const { client, challenged } = pair({ algorithms: ['SHA-256', 'MD5'] });
    client.accept(challenged(request()), request());
    const weak = SipResponse.for(request(), 401);
    weak.headers.append('WWW-Authenticate', 'Digest realm="example.com", nonce="n", algorithm=MD5, stale=true');
    expect(client.accept(weak, request())).toBe(false);
  });

  test('later requests carry credentials from the start, their nonce count rising; a repeated count is a replay', async () => {
    const { server, client, challenged, authorized } = pair();
    client.accept(challenged(request()), request());
    const first = authorized();
    const second = authorized();
    expect(first.headers.get('Authorization')).toContain('nc=00000001');
    expect(second.headers.get('Authorization')).toContain('nc=00000002');
    expect((await server.verify(first)).ok).toBe(true);
    expect((await server.verify(second)).ok).toBe(true);
    expect((await server.verify(second)).ok).toBe(false);
  });

  test('a nonce of the past is stale: challenged again, the client tries once more', async () => {
    const { clock, server, client, challenged, authorized } = pair({ nonceLifetime: 1_000 });
    client.accept(challenged(request()), request());
    await clock.advance(2_000);
    const late = authorized();
    expect(await server.verify(late)).toMatchObject({ ok: false, stale: true });
    expect(client.accept(challenged(late, true), late)).toBe(true);
    expect((await server.verify(authorized())).ok).toBe(true);
  });

  test('a wrong password, an unknown user: refused, and the client does not try the same again', async () => {
    const { server, client, challenged, authorized } = pair({}, 'wrong');
    client.accept(challenged(request()), request());
    const tried = authorized();
    expect(await server.verify(tried)).toMatchObject({ ok: false, reason: 'wrong', stale: false, username: 'bob' });
    expect(client.accept(challenged(tried), tried)).toBe(false);
  });

  test('auth-int covers the body', async () => {
    const { server, client } = pair();
    const challenge = SipResponse.for(request(), 401);
    const [, value] = server.challenge()[0]!;
    challenge.headers.append('WWW-Authenticate', value.replace('"auth"', '"auth-int"'));
    client.accept(challenge, request());
    const signed = request().setBody('text/plain', 'hello');
    client.authorize(signed);
    signed.setBody('text/plain', 'hullo');
    expect((await server.verify(signed)).ok).toBe(false);
  });

  test('a proxy and a server in one path are answered together', () => {
    const { client } = pair();
    const both = SipResponse.for(request(), 407);
    both.headers.append('WWW-Authenticate', 'Digest realm="server", nonce="s"');
    both.headers.append('Proxy-Authenticate', 'Digest realm="proxy", nonce="p"');
    expect(client.accept(both, request())).toBe(true);
    const next = request();
    client.authorize(next);
    expect(next.headers.get('Authorization')).toContain('realm="server"');
    expect(next.headers.get('Proxy-Authorization')).toContain('realm="proxy"');
  });

  test('what cannot be answered is not accepted', () => {
    const { client } = pair();
    const odd = SipResponse.for(request(), 401);
    odd.headers.append('WWW-Authenticate', 'Basic realm="x"');
    odd.headers.append('WWW-Authenticate', 'Digest realm="x", nonce="n", algorithm=AES');
    odd.headers.append('WWW-Authenticate', 'Digest realm="x", nonce="n", qop="auth-conf"');
    expect(client.accept(odd, request())).toBe(false);
  });
});

describe('nonces', () => {
  test('are ours only: made up, changed or of another server, they are stale', async () => {
    const ours = pair();
    const other = pair({ random: seededRandomBytes(99) });
    other.client.accept(other.challenged(request()), request());
    expect(await ours.server.verify(other.authorized())).toMatchObject({ ok: false, stale: true });
    const odd = SipResponse.for(request(), 401);
    odd.headers.append('WWW-Authenticate', 'Digest realm="example.com", nonce="0.x.y", qop="auth", algorithm=MD5');
    ours.client.accept(odd, request());
    expect(await ours.server.verify(ours.authorized())).toMatchObject({ ok: false, stale: true });
  });

  test('credentials without qop, or with a count of zero, are a downgrade', async () => {
    const { server, client } = pair();
    const challenge = SipResponse.for(request(), 401);
    challenge.headers.append('WWW-Authenticate', server.challenge()[0]![1].replace(', qop="auth"', ''));
    client.accept(challenge, request());
    const plain = request();
    client.authorize(plain);
    expect(plain.headers.get('Authorization')).not.toContain('nc=');
    expect((await server.verify(plain)).ok).toBe(false);
  });

  test('strangers asking for challenges do not push out the nonces in use', async () => {
    const { server, client, challenged, authorized } = pair();
    client.accept(challenged(request()), request());
    expect((await server.verify(authorized())).ok).toBe(true);
    for (let i = 0; i < 20_000; i++) server.challenge();
    const second = authorized();
    expect((await server.verify(second)).ok).toBe(true);
    expect((await server.verify(second)).ok).toBe(false);
  });
});
