import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DigestAlgorithm, digestAlgorithms, digestResponse, ha1, hashHex, userHash } from './digest';

/** Another implementation, written from RFC 7616 §3.4 with the hashes of OpenSSL. */
function oracle(
  algorithm: DigestAlgorithm,
  input: { user: string; realm: string; password: string; method: string; uri: string; nonce: string },
  {
    session,
    qop,
    cnonce,
    nc,
    body,
  }: { session: boolean; qop?: 'auth' | 'auth-int'; cnonce: string; nc: string; body: Uint8Array },
): string {
  const names = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
  const h = (...parts: (string | Uint8Array)[]) => {
    const hash = createHash(names[algorithm]);
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  };
  const { user, realm, password, method, uri, nonce } = input;
  let a1 = [user, realm, password].join(':');
  if (session) a1 = [h(a1), nonce, cnonce].join(':');
  let a2 = [method, uri].join(':');
  if (qop === 'auth-int') a2 = [a2, h(body)].join(':');
  return qop ? h([h(a1), nonce, nc, cnonce, qop, h(a2)].join(':')) : h([h(a1), nonce, h(a2)].join(':'));
}

describe('RFC 7616 §3.9.1', () => {
  const shared = {
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
    qop: 'auth' as const,
    session: false,
  };

  test.each<[DigestAlgorithm, string]>([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s', (algorithm, response) => {
    const secret = ha1(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life');
    expect(digestResponse({ ...shared, algorithm, ha1: secret })).toBe(response);
  });
});

test('RFC 7616 §3.9.2 with erratum 4897: SHA-512-256, user name beyond ASCII, as a hash', () => {
  const user = ['SHA-512-256', 'Jäsøn Doe', 'api@example.org'] as const;
  expect(userHash(...user)).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b');
  expect(
    digestResponse({
      algorithm: 'SHA-512-256',
      session: false,
      ha1: ha1(...user, 'Secret, or not?'),
      method: 'GET',
      uri: '/doe.json',
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      nc: '00000001',
      qop: 'auth',
    }),
  ).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
});

test('RFC 2617 §3.5, and its form without qop (RFC 2069)', () => {
  const input = {
    algorithm: 'MD5' as const,
    session: false,
    ha1: ha1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life'),
    method: 'GET',
    uri: '/dir/index.html',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  };
  expect(digestResponse({ ...input, qop: 'auth', nc: '00000001', cnonce: '0a4f113b' })).toBe(
    '6629fae49393a05397450978507c4ef1',
  );
  expect(digestResponse(input)).toBe('670fd8c2df070c60b045671b8b24ff02');
});

test('each algorithm, session and quality agrees with OpenSSL on whatever input', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(
    fc.property(
      fc.constantFrom(...digestAlgorithms),
      fc.record({ user: text, realm: text, password: text, method: text, uri: text, nonce: text }),
      fc.record({
        session: fc.boolean(),
        qop: fc.constantFrom('auth' as const, 'auth-int' as const, undefined),
        cnonce: text,
        nc: fc.constantFrom('00000001', 'ffffffff'),
        body: fc.uint8Array(),
      }),
      (algorithm, input, { qop, ...others }) => {
        const { user, realm, password, method, uri, nonce } = input;
        const secret = ha1(algorithm, user, realm, password);
        const ours = digestResponse({ algorithm, ha1: secret, method, uri, nonce, qop, ...others });
        expect(ours).toBe(oracle(algorithm, input, { ...others, ...(qop && { qop }) }));
        expect(hashHex(algorithm, others.body)).toHaveLength(algorithm === 'MD5' ? 32 : 64);
      },
    ),
  );
});
