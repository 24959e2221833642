import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { CredentialProvider, Credentials } from './credentials';
import { type DigestAlgorithmName, digestAlgorithms, ha1, userHash } from './digest';
import { DigestClient } from './digest-client';
import { DigestServer } from './digest-server';

const names = digestAlgorithms.flatMap((name): DigestAlgorithmName[] => [name, `${name}-sess`]);
// Characters are composed already, and none would end a line; the rest is anybody's.
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((each) => each.normalize('NFC'))
  .filter((each) => !/[\p{Cc}\p{Cs}]/u.test(each) && each === each.trim());
const both = fc.constantFrom(
  ...(['auth', 'auth-int'] as const).map((first) => [first, first === 'auth' ? 'auth-int' : 'auth'] as const),
);

const setup = fc.record({
  realm: text,
  username: text,
  password: text,
  algorithms: fc.shuffledSubarray(names, { minLength: 1 }),
  qop: fc.shuffledSubarray(['auth', 'auth-int'] as const, { minLength: 1 }),
  proxy: fc.boolean(),
  opaque: fc.option(text, { nil: undefined }),
  hashedUsers: fc.boolean(),
  storesHashes: fc.boolean(),
  clientQop: both,
  clientHashes: fc.boolean(),
  kind: fc.constantFrom('password', 'ha1', 'provider', 'vault' as const),
  method: fc.constantFrom('REGISTER', 'INVITE', 'MESSAGE'),
  body: fc.uint8Array({ maxLength: 40 }),
});
type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

function make(options: Setup) {
  const { realm, username, password, algorithms, qop, proxy, opaque, hashedUsers, storesHashes, kind } = options;
  const server = new DigestServer({
    ...{ realm, algorithms, qop, proxy, clock: new VirtualClock(), random: seededRandomBytes(1) },
    ...(opaque !== undefined && { opaque }),
    ...(storesHashes
      ? { ha1: (user, of, algorithm) => (user === username ? ha1(algorithm, user, of, password) : undefined) }
      : { password: (user) => (user === username ? password : undefined) }),
    ...(hashedUsers && {
      userhash: (hash, of, algorithm) => (hash === userHash(algorithm, username, of) ? username : undefined),
    }),
  });
  const plain = { username, password };
  const hashes = Object.fromEntries(digestAlgorithms.map((name) => [name, ha1(name, username, realm, password)]));
  const sources: Record<string, Credentials | CredentialProvider> = {
    password: plain,
    ha1: { username, realm, ha1: hashes },
    provider: (query) => (query.realm === realm ? plain : undefined),
    vault: async (query) => (query.realm === realm ? plain : undefined),
  };
  const client = new DigestClient(sources[kind]!, {
    ...{ random: seededRandomBytes(2), qop: options.clientQop, userhash: options.clientHashes },
  });
  return { server, client };
}

function newRequest({ method, body }: Setup): SipRequest {
  return SipRequest.create({
    ...{ method, uri: 'sip:bob@example.com', body },
    headers: [
      ['Via', 'SIP/2.0/UDP h;branch=z9hG4bK1'],
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:bob@example.com>'],
      ['Call-ID', 'c'],
      ['CSeq', `1 ${method}`],
    ],
  });
}

async function authenticated(options: Setup) {
  const { server, client } = make(options);
  const bare = newRequest(options);
  const verdict = await server.verify(bare);
  expect(verdict).toMatchObject({ ok: false, reason: 'absent' });
  const refusal = server.refuse(bare, verdict as typeof verdict & { ok: false });
  expect(await client.accept(refusal, bare)).toBe(true);
  const request = newRequest(options);
  client.authorize(request);
  return { server, client, request };
}

describe('client and server', () => {
  test('agree whatever each is set to; the server proves itself; the next request needs no challenge', async () => {
    await fc.assert(
      fc.asyncProperty(setup, async (options) => {
        const { server, client, request } = await authenticated(options);
        for (const each of [request, newRequest(options)]) {
          if (each !== request) client.authorize(each);
          const verdict = await server.verify(each);
          expect(verdict).toMatchObject({ ok: true, username: options.username, realm: options.realm });
          const response = SipResponse.for(each, 200);
          response.body = Uint8Array.of(1, 2, 3);
          response.headers.append(...server.info(verdict as typeof verdict & { ok: true }, response.body));
          expect(client.confirm(response, each)).toBe('right');
          if (/qop=auth-int/.test(response.headers.get('Authentication-Info') ?? '')) {
            response.body = Uint8Array.of(1, 2, 4);
            expect(client.confirm(response, each)).toBe('wrong');
          }
        }
      }),
    );
  });

  test('nothing can be changed on the way: method, target, body (auth-int), or any character of the credentials', async () => {
    const change = fc.constantFrom(
      'method',
      'target',
      'body',
      'username',
      'nonce',
      'uri',
      'response',
      'cnonce',
      'nc',
      'qop',
    );
    await fc.assert(
      fc.asyncProperty(setup, change, fc.nat(), async (options, what, place) => {
        const { server, request } = await authenticated(options);
        const name = options.proxy ? 'Proxy-Authorization' : 'Authorization';
        const value = request.headers.get(name)!;
        if (what === 'method') request.method = 'OPTIONS';
        else if (what === 'target')
          request.uri = SipRequest.create({ method: 'X', uri: 'sip:mallory@example.com' }).uri;
        else if (what === 'body') {
          if (!/qop=auth-int/.test(value)) return;
          request.body = Uint8Array.of(...request.body, 1);
        } else {
          const quoted = `(?<=[ ,]${what}=")(?:[^"\\\\]|\\\\.)+`;
          const plain = `(?<=[ ,]${what}\\*?=(?:UTF-8'')?)[^",]+`;
          const found = new RegExp(`${quoted}|${plain}`).exec(value)!;
          const index = found.index + (place % found[0].length);
          const other = value[index]!.toLowerCase() === 'z' ? 'y' : 'z';
          request.headers.set(name, value.slice(0, index) + other + value.slice(index + 1));
        }
        expect((await server.verify(request)).ok).toBe(false);
      }),
    );
  });
});
