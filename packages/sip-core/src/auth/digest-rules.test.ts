import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { parseAuth } from './challenge';
import { SealedCredentials } from './credentials';
import { ha1, userHash } from './digest';
import { type CredentialSource, DigestClient, type DigestClientOptions } from './digest-client';
import { type DigestFailure, DigestServer, type DigestServerOptions } from './digest-server';
import { formatExtended, parseExtended } from './extended-value';
import { NonceBook } from './nonce-book';

const newRequest = ({ uri = 'sip:example.com', method = 'REGISTER', callId = 'c' } = {}) =>
  SipRequest.create({
    ...{ method, uri },
    headers: {
      From: '<sip:bob@example.com>;tag=1',
      To: '<sip:bob@example.com>',
      'Call-ID': callId,
      CSeq: `1 ${method}`,
    },
  });

const challenged = (...values: string[]) => {
  const response = SipResponse.for(newRequest(), 401);
  for (const value of values) response.headers.append('WWW-Authenticate', value);
  return response;
};

const newClient = (
  options: DigestClientOptions = {},
  source: CredentialSource = { username: 'bob', password: 'zanzibar' },
) => new DigestClient(source as { username: string; password: string }, { random: seededRandomBytes(2), ...options });

const answerOf = (client: DigestClient, request = newRequest()) => {
  client.authorize(request);
  return parseAuth(request.headers.get('Authorization') ?? '')[0]?.params;
};

describe('which challenge is answered (RFC 8760 §2.4)', () => {
  const [md5, sha256, sha512] = ['MD5', 'SHA-256', 'SHA-512-256'].map(
    (name) => `Digest realm="r", nonce="${name}", algorithm=${name}, qop="auth"`,
  ) as [string, string, string];

  test('the strongest, in one header field or several', () => {
    for (const values of [[md5, sha512, sha256], [`${sha256}, ${md5}, ${sha512}`]]) {
      const client = newClient();
      expect(client.accept(challenged(...values), newRequest())).toBe(true);
      expect(answerOf(client)!.get('nonce')).toBe('SHA-512-256');
    }
  });

  test('unknown algorithms and schemes are passed over', () => {
    const client = newClient();
    const odd = [
      'Digest realm="r", nonce="x", algorithm=SHA3-256',
      'Basic realm="r"',
      'Digest realm="r", nonce="y", qop="auth-conf"',
    ];
    expect(client.accept(challenged(...odd, md5), newRequest())).toBe(true);
    expect(answerOf(client)!.get('nonce')).toBe('MD5');
    expect(client.accept(challenged(...odd), newRequest())).toBe(false);
    expect(client.refusal).toBe('unsupported');
  });

  test('not below minimumAlgorithm', () => {
    const client = newClient({ minimumAlgorithm: 'SHA-256' });
    expect(client.accept(challenged(md5), newRequest())).toBe(false);
    expect(client.refusal).toBe('weak');
    expect(client.accept(challenged(md5, sha256), newRequest())).toBe(true);
    expect(client.refusal).toBeUndefined();
  });

  test('a realm that offered more is not answered in less, be it the proxy or the server that asks, unless that is allowed', () => {
    const weaker = SipResponse.for(newRequest(), 407);
    weaker.headers.append('Proxy-Authenticate', md5);
    for (const allowDowngrade of [false, true]) {
      const client = newClient({ allowDowngrade });
      client.accept(challenged(sha256), newRequest());
      expect(client.accept(weaker, newRequest())).toBe(allowDowngrade);
      expect(client.refusal).toBe(allowDowngrade ? undefined : 'downgrade');
      expect(client.accept(challenged(md5.replace('"r"', '"other"')), newRequest())).toBe(true);
    }
  });

  test('auth before auth-int, or as preferred; no qop is the form of RFC 2069', () => {
    const offer = 'Digest realm="r", nonce="n", qop="auth-int,auth"';
    for (const [qop, expected] of [
      [undefined, 'auth'],
      [['auth-int', 'auth'], 'auth-int'],
    ] as const) {
      const client = newClient({ qop });
      client.accept(challenged(offer), newRequest());
      expect(answerOf(client)!.get('qop')).toBe(expected);
    }
    const client = newClient();
    client.accept(challenged('Digest realm="r", nonce="n", opaque="o"'), newRequest());
    const answer = answerOf(client)!;
    expect([...answer.keys()]).toEqual(['username', 'realm', 'nonce', 'uri', 'response', 'opaque']);
  });

  test('several realms at once: each gets its own; a flood of them is bounded', () => {
    const client = newClient();
    const response = challenged('Digest realm="a", nonce="1"', 'Digest realm="b", nonce="2"');
    response.headers.append('Proxy-Authenticate', 'Digest realm="a", nonce="3"');
    client.accept(response, newRequest());
    const request = newRequest();
    client.authorize(request);
    expect([...request.headers].filter(([name]) => /authorization/i.test(name)).map(([name]) => name)).toEqual([
      'Authorization',
      'Authorization',
      'Proxy-Authorization',
    ]);
    for (let realm = 0; realm < 100; realm++)
      client.accept(challenged(`Digest realm="${realm}", nonce="1"`), newRequest());
    const full = newRequest();
    client.authorize(full);
    expect(full.headers.size).toBeLessThan(4 + 10);
    expect(client.accept(challenged(`Digest realm="r", nonce="${'n'.repeat(5_000)}"`), newRequest())).toBe(false);
  });
});

describe('-sess (RFC 7616 §3.4.2)', () => {
  test('all requests with a nonce have the same cnonce, as a server may compute the secret once', () => {
    const client = newClient();
    client.accept(challenged('Digest realm="r", nonce="n", algorithm=SHA-256-sess, qop="auth"'), newRequest());
    const [first, second] = [answerOf(client)!, answerOf(client)!];
    expect(first.get('cnonce')).toBe(second.get('cnonce'));
    expect([first.get('nc'), second.get('nc')]).toEqual(['00000001', '00000002']);
    expect(first.get('algorithm')).toBe('SHA-256-sess');
  });

  test('without qop there is a cnonce all the same', () => {
    const client = newClient();
    client.accept(challenged('Digest realm="r", nonce="n", algorithm=MD5-sess'), newRequest());
    expect(answerOf(client)!.has('cnonce')).toBe(true);
  });
});

describe('who is asking', () => {
  test('a name beyond ASCII goes as a hash, as username*, or as UTF-8 in quotes, as the server can read it (RFC 7616 §3.4)', () => {
    const source = { username: 'Jäsøn Doe', password: 'x' };
    const base = 'Digest realm="api@example.org", nonce="n", algorithm=SHA-512-256';
    const written = (challenge: string, options: DigestClientOptions = {}) => {
      const client = newClient(options, source);
      client.accept(challenged(challenge), newRequest());
      const answer = answerOf(client)!;
      return [answer.get('username'), answer.get('username*'), answer.get('userhash')];
    };
    const hash = userHash('SHA-512-256', 'Jäsøn Doe', 'api@example.org');
    expect(written(`${base}, charset=UTF-8, userhash=true`)).toEqual([hash, undefined, 'true']);
    const extended = "UTF-8''J%C3%A4s%C3%B8n%20Doe";
    expect(written(`${base}, charset=UTF-8, userhash=true`, { userhash: false })).toEqual([
      undefined,
      extended,
      undefined,
    ]);
    expect(written(`${base}, charset=UTF-8`)).toEqual([undefined, extended, undefined]);
    expect(written(base)).toEqual(['Jäsøn Doe', undefined, undefined]);
  });

  test('extended values (RFC 8187 §3.2)', () => {
    expect(formatExtended('£ and € rates')).toBe("UTF-8''%C2%A3%20and%20%E2%82%AC%20rates");
    expect(parseExtended("utf-8'en'%c2%a3%20rates")).toBe('£ rates');
    for (const bad of ["ISO-8859-1''%A3", "UTF-8''%", "UTF-8''%C2", 'plain', "UTF-8''a b"])
      expect(parseExtended(bad), bad).toBeUndefined();
  });

  test('a password composed otherwise is the same with charset=UTF-8 (RFC 7616 §4)', () => {
    const answer = (password: string) => {
      const client = newClient({}, { username: 'bob', password });
      client.accept(challenged('Digest realm="r", nonce="n", charset=UTF-8'), newRequest());
      return answerOf(client)!.get('response');
    };
    expect(answer('caf\u00e9')).toBe(answer('cafe\u0301'));
  });

  test('credentials of one realm go to no other; hashes answer the algorithms they are there for', () => {
    const forA = newClient({}, { username: 'bob', password: 'x', realm: 'a' });
    expect(forA.accept(challenged('Digest realm="b", nonce="n"'), newRequest())).toBe(false);
    expect(forA.refusal).toBe('no-credentials');
    const hashed = { username: 'bob', realm: 'a', ha1: { 'SHA-256': ha1('SHA-256', 'bob', 'a', 'x') } };
    expect(newClient({}, hashed).accept(challenged('Digest realm="a", nonce="n"'), newRequest())).toBe(false);
    expect(
      newClient({}, hashed).accept(challenged('Digest realm="a", nonce="n", algorithm=SHA-256'), newRequest()),
    ).toBe(true);
  });

  test('a provider is asked once for each realm, and again when what it gave was refused', async () => {
    const asked: string[] = [];
    const client = newClient({}, async ({ realm, proxy }) => {
      asked.push(`${realm} ${proxy}`);
      return realm === 'a' ? { username: 'bob', password: 'x' } : undefined;
    });
    const [one, two] = ['Digest realm="a", nonce="1", qop="auth"', 'Digest realm="a", nonce="2", qop="auth"'];
    expect(await client.accept(challenged(one), newRequest())).toBe(true);
    expect(await client.accept(challenged(two), newRequest())).toBe(true);
    expect(asked).toEqual(['a false']);
    const refused = newRequest();
    client.authorize(refused);
    expect(await client.accept(challenged(one), refused)).toBe(false);
    expect(client.refusal).toBe('refused');
    await client.accept(challenged(two), newRequest());
    expect(asked).toHaveLength(2);
    expect(await client.accept(challenged('Digest realm="b", nonce="1"'), newRequest())).toBe(false);
  });

  test('a provider that fails says so', async () => {
    const failing = { code: 'ERR_SIP_CREDENTIALS', message: expect.stringContaining('vault is sealed') };
    const late = newClient({}, () => Promise.reject(new Error('vault is sealed')));
    await expect(late.accept(challenged('Digest realm="a", nonce="1"'), newRequest())).rejects.toMatchObject(failing);
    const early = newClient({}, () => {
      throw new Error('vault is sealed');
    });
    expect(() => early.accept(challenged('Digest realm="a", nonce="1"'), newRequest())).toThrow(
      expect.objectContaining(failing),
    );
  });
});

describe('credentials from the start', () => {
  const offer = 'Digest realm="r", nonce="n", qop="auth"';

  test('go to the domain that asked, and into its calls; strangers get none', () => {
    const client = newClient();
    client.accept(challenged(offer), newRequest({ callId: 'one' }));
    const carried = (options: Parameters<typeof newRequest>[0]) => answerOf(client, newRequest(options)) !== undefined;
    expect(carried({ uri: 'sip:alice@EXAMPLE.com', callId: 'two', method: 'INVITE' })).toBe(true);
    expect(carried({ uri: 'sip:alice@192.0.2.7', callId: 'two', method: 'BYE' })).toBe(true);
    expect(carried({ uri: 'sip:mallory@elsewhere.com', callId: 'three', method: 'INVITE' })).toBe(false);
  });

  test('CANCEL and ACK get none of their own (RFC 3261 §22.1)', () => {
    const client = newClient();
    client.accept(challenged(offer), newRequest());
    expect(answerOf(client, newRequest({ method: 'CANCEL' }))).toBeUndefined();
    expect(answerOf(client, newRequest({ method: 'ACK' }))).toBeUndefined();
  });

  test('counts rise whoever shares the client', () => {
    const client = newClient();
    client.accept(challenged(offer), newRequest());
    const counts = Array.from({ length: 300 }, () => answerOf(client)!.get('nc'));
    expect(new Set(counts).size).toBe(300);
    expect(counts.at(-1)).toBe('0000012c');
  });

  test('a refusal without stale is believed at once, but of credentials that have passed before the nonce may be to blame', () => {
    const client = newClient();
    const first = newRequest();
    client.accept(challenged(offer), first);
    client.authorize(first);
    client.confirm(SipResponse.for(first, 200), first);
    const second = newRequest();
    client.authorize(second);
    const fresh = challenged(offer.replace('"n"', '"m"'));
    expect(client.accept(fresh, second)).toBe(true);
    client.authorize(second);
    expect(parseAuth(second.headers.get('Authorization')!)[0]!.params.get('nc')).toBe('00000001');
    expect(client.accept(challenged(offer.replace('"n"', '"o"')), second)).toBe(false);
  });

  test('nextnonce is used from then on (RFC 7616 §3.5)', () => {
    const client = newClient();
    const first = newRequest();
    client.accept(challenged(offer), first);
    client.authorize(first);
    const ok = SipResponse.for(first, 200);
    ok.headers.append('Authentication-Info', 'nextnonce="next"');
    expect(client.confirm(ok, first)).toBe('absent');
    const answer = answerOf(client)!;
    expect([answer.get('nonce'), answer.get('nc')]).toEqual(['next', '00000001']);
  });

  test('with a wrong rspauth, nextnonce is not believed', () => {
    const client = newClient();
    const first = newRequest();
    client.accept(challenged(offer), first);
    client.authorize(first);
    const ok = SipResponse.for(first, 200);
    ok.headers.append('Authentication-Info', 'nextnonce="next", rspauth="00", qop=auth');
    expect(client.confirm(ok, first)).toBe('wrong');
    expect(answerOf(client)!.get('nonce')).toBe('n');
    expect(newClient({ requireServerProof: true }).unproven(ok, first)).toBeUndefined();
  });
});

describe('a server', () => {
  const pair = (options: Partial<DigestServerOptions> = {}, password = 'zanzibar') => {
    const clock = new VirtualClock();
    const server = new DigestServer({
      ...{ realm: 'example.com', clock, random: seededRandomBytes(1) },
      password: (user) => (user === 'bob' ? 'zanzibar' : undefined),
      ...options,
    });
    const client = newClient({}, { username: 'bob', password });
    const next = async (request = newRequest()) => {
      const verdict = await server.verify(request);
      if (!verdict.ok) client.accept(server.refuse(request, verdict), request);
      const again = newRequest();
      client.authorize(again);
      return again;
    };
    return { clock, server, client, next };
  };

  test('offers SHA-256 first, then MD5; what it was told to, in this order', () => {
    const of = (options: Partial<DigestServerOptions>) =>
      pair(options)
        .server.challenge()
        .map(([name, value]) => `${name} ${parseAuth(value)[0]!.params.get('algorithm')}`);
    expect(of({})).toEqual(['WWW-Authenticate SHA-256', 'WWW-Authenticate MD5']);
    expect(of({ proxy: true, algorithms: ['MD5-sess', 'SHA-512-256'] })).toEqual([
      'Proxy-Authenticate MD5-sess',
      'Proxy-Authenticate SHA-512-256',
    ]);
    const [, value] = pair({ domain: ['sip:a', 'sip:b'], opaque: 'o"', qop: ['auth', 'auth-int'] }).server.challenge(
      true,
    )[0]!;
    expect(Object.fromEntries(parseAuth(value)[0]!.params)).toMatchObject({
      domain: 'sip:a sip:b',
      opaque: 'o"',
      stale: 'true',
      qop: 'auth,auth-int',
    });
  });

  test('takes counts out of order, each once; those far behind are replays', async () => {
    const { server, client, next } = pair();
    const requests = [await next()];
    for (let count = 0; count < 200; count++) {
      const request = newRequest();
      client.authorize(request);
      requests.push(request);
    }
    const check = async (index: number) => {
      const verdict = await server.verify(requests[index]!);
      return verdict.ok || verdict.reason;
    };
    expect([await check(3), await check(1), await check(0), await check(2)]).toEqual([true, true, true, true]);
    expect([await check(2), await check(0)]).toEqual(['replayed', 'replayed']);
    expect([await check(200), await check(150), await check(150), await check(10)]).toEqual([
      true,
      true,
      'replayed',
      'replayed',
    ]);
  });

  test('a nonce gets old: first there is a next one, then it is stale', async () => {
    const { clock, server, client, next } = pair({ nonceLifetime: 1_000 });
    const first = await next();
    const verdict = await server.verify(first);
    expect(verdict.ok && server.info(verdict)[1]).not.toContain('nextnonce');
    await clock.advance(600);
    const second = newRequest();
    client.authorize(second);
    const later = await server.verify(second);
    const ok = SipResponse.for(second, 200);
    if (later.ok) ok.headers.append(...server.info(later));
    expect(client.confirm(ok, second)).toBe('right');
    await clock.advance(600);
    const third = newRequest();
    client.authorize(third);
    expect((await server.verify(third)).ok).toBe(true);
    await clock.advance(2_000);
    const fourth = newRequest();
    client.authorize(fourth);
    expect(await server.verify(fourth)).toMatchObject({ ok: false, reason: 'stale', stale: true });
  });

  test('processes that share a secret take each other’s nonces', async () => {
    const nonceSecret = new Uint8Array(32).fill(7);
    const one = pair({ nonceSecret, random: seededRandomBytes(8) });
    const two = pair({ nonceSecret, random: seededRandomBytes(9) });
    expect((await two.server.verify(await one.next())).ok).toBe(true);
  });

  test('has the realm of the domain that a request goes to', async () => {
    const { server, next } = pair({ realm: ({ uri }) => ('host' in uri ? uri.host : 'none') });
    expect((await server.verify(await next())).ok).toBe(true);
    expect(server.challenge(false, newRequest({ uri: 'sip:other.com' }))[0]![1]).toContain('realm="other.com"');
    expect(() => server.challenge()).toThrow(/request/);
  });

  test('credentials for another target are of no use, unless proxies rewrite it', async () => {
    const { server, next } = pair();
    const moved = await next();
    moved.uri = newRequest({ uri: 'sip:premium@example.com' }).uri;
    expect(await server.verify(moved)).toMatchObject({ ok: false, reason: 'malformed' });
    const lenient = pair({ checkUri: false });
    const rewritten = await lenient.next();
    rewritten.uri = newRequest({ uri: 'sip:bob@192.0.2.1' }).uri;
    expect((await lenient.server.verify(rewritten)).ok).toBe(true);
  });

  test('tells of failures, and locks out when told to; a success forgives', async () => {
    const failures: DigestFailure[] = [];
    const { clock, server, next } = pair(
      { lockout: { failures: 3, period: 60_000 }, failed: (failure) => failures.push(failure) },
      'wrong',
    );
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await server.verify(await next())).toMatchObject({ reason: 'wrong' });
    }
    expect(failures.map(({ username, failures: count }) => [username, count])).toEqual([
      ['bob', 1],
      ['bob', 2],
      ['bob', 3],
    ]);
    const locked = await next();
    const verdict = await server.verify(locked);
    expect(verdict).toMatchObject({ reason: 'locked', retryAfter: 60 });
    const refusal = server.refuse(locked, verdict as typeof verdict & { ok: false });
    expect([refusal.status, refusal.headers.get('Retry-After')]).toEqual([403, '60']);
    await clock.advance(60_000);
    expect(await server.verify(await next())).toMatchObject({ reason: 'wrong' });
  });

  test.each([
    ['an algorithm that was not offered', (value: string) => value.replace('SHA-256', 'SHA-512-256')],
    ['the session variant of one that was', (value: string) => value.replace('SHA-256', 'SHA-256-sess')],
    ['no qop', (value: string) => value.replace(', qop=auth', '')],
    ['no cnonce', (value: string) => value.replace(/, cnonce="[^"]*"/, '')],
    ['no uri', (value: string) => value.replace(/, uri="[^"]*"/, '')],
    ['a count that is none', (value: string) => value.replace('nc=00000001', 'nc=1')],
  ])('%s is malformed', async (_, change) => {
    const { server, next } = pair();
    const request = await next();
    request.headers.set('Authorization', change(request.headers.get('Authorization')!));
    expect(await server.verify(request)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  test('user name and username* together name nobody', async () => {
    const { server, next } = pair();
    const request = await next();
    request.headers.set('Authorization', `${request.headers.get('Authorization')}, username*=UTF-8''bob`);
    expect(await server.verify(request)).toMatchObject({ ok: false, reason: 'unknown-user' });
  });

  test('remembers a bounded number of nonces', async () => {
    const book = new NonceBook({ clock: new VirtualClock(), random: seededRandomBytes(1), lifetime: 1_000 });
    for (let count = 0; count < 10_100; count++) book.take(book.issue(), 1);
    expect(book.size).toBeLessThanOrEqual(10_000);
  });
});

describe('secrets', () => {
  test('show nowhere: not in credentials that are sealed, nor in clients that hold plain ones', () => {
    const sealed = new SealedCredentials('bob', 'top-secret', 'r');
    const holders = [
      sealed,
      new DigestClient(sealed),
      new DigestClient({ username: 'bob', password: 'top-secret' }),
      { ...sealed },
    ];
    for (const holder of holders) {
      const shown = [
        inspect(holder, { depth: 9, showHidden: true }),
        JSON.stringify(holder),
        `${holder}`,
        Object.values(holder).join(),
      ];
      expect(shown.join('\n')).not.toContain('top-secret');
    }
    expect(inspect(sealed)).toBe('SealedCredentials(bob)');
    expect(JSON.stringify(sealed)).toBe('{"username":"bob","realm":"r"}');
    expect(sealed.password).toBe('top-secret');
  });
});
