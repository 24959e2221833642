import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSessionDescription, serializeSessionDescription } from '../description/session-description';
import { sdp } from '../testing/parties';
import { seededRandomBytes } from '../testing/seeded-random';
import { readCrypto, writeCrypto } from './crypto-attribute';
import { SdesKey } from './sdes-key';
import { ALL_SUITES, KEY_BYTES } from './srtp-suites';
import { withoutKeys } from './without-keys';

/** The key of RFC 4568 §9.1's examples. */
const INLINE = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';
const KEY = 'inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';

/** What is read of the a=crypto lines of one audio section. */
const read = (...lines: string[]) =>
  (
    parseSessionDescription(sdp('m=audio 5000 RTP/SAVP 0', ...lines.map((line) => `a=crypto:${line}`))).media[0]!
      .crypto ?? []
  ).map(readCrypto);

describe('a=crypto (RFC 4568 §9.1)', () => {
  test('a line is read with its key, lifetime and MKI', () => {
    const [line] = read(`1 AES_CM_128_HMAC_SHA1_80 ${KEY}|2^20|1:4`);
    expect(line).toMatchObject({ tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80', unencryptedSrtcp: false });
    const key = line!.keys[0]!;
    expect(Buffer.from([...key.masterKey, ...key.masterSalt]).toString('base64')).toBe(INLINE);
    expect([key.masterKey.length, key.masterSalt.length]).toEqual([16, 14]);
    expect([key.lifetime, key.mki]).toEqual([2 ** 20, new Uint8Array([0, 0, 0, 1])]);
  });

  test.each([
    [`${KEY}|2^31`, 2 ** 31, undefined],
    [`${KEY}|1048576`, 2 ** 20, undefined],
    [`${KEY}|258:2`, undefined, new Uint8Array([1, 2])],
    [KEY, undefined, undefined],
  ])('%s: lifetime and MKI may each be missing', (config, lifetime, mki) => {
    const key = read(`7 AES_CM_128_HMAC_SHA1_32 ${config}`)[0]!.keys[0]!;
    expect([key.lifetime, key.mki]).toEqual([lifetime, mki]);
  });

  test('several keys are told apart by MKIs', () => {
    const [two, unnamed, unlike] = read(
      `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|2^20|1:4;${KEY}|2^20|2:4`,
      `2 AES_CM_128_HMAC_SHA1_80 ${KEY};${KEY}`,
      `3 AES_CM_128_HMAC_SHA1_80 ${KEY}|1:4;${KEY}|2:1`,
    );
    expect(two!.keys.map(({ mki }) => mki?.at(-1))).toEqual([1, 2]);
    expect([unnamed, unlike]).toEqual([undefined, undefined]);
  });

  test('session parameters: what changes the packets is understood or the line is not taken', () => {
    const lines = read(
      `1 AES_CM_128_HMAC_SHA1_80 ${KEY} UNENCRYPTED_SRTCP`,
      `2 AES_CM_128_HMAC_SHA1_80 ${KEY} WSH=128 UNENCRYPTED_SRTP KDR=0 -colour=blue`,
      `3 AES_CM_128_HMAC_SHA1_80 ${KEY} WSH=128 UNAUTHENTICATED_SRTP`,
      `4 AES_CM_128_HMAC_SHA1_80 ${KEY} KDR=4`,
      `5 AES_CM_128_HMAC_SHA1_80 ${KEY} FEC_ORDER=FEC_SRTP`,
      `6 AES_CM_128_HMAC_SHA1_80 ${KEY} colour=blue`,
    );
    expect(lines.map((line) => line && [line.unencryptedSrtp, line.unencryptedSrtcp])).toEqual([
      [false, true],
      [true, false],
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([
    `1 F8_128_HMAC_SHA1_80 ${KEY}`,
    `1 AES_256_CM_HMAC_SHA1_80 ${KEY}`,
    '1 AES_CM_128_HMAC_SHA1_80 inline:',
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}A`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY.replace('d0', '*0')}`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY.replace('inline', 'uri')}`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|2^49`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|0`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|256:1`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|1:129`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|1:4|2^20`,
    `1 AES_CM_128_HMAC_SHA1_80 ${KEY}|2^20|1:4|x`,
    `1 constructor ${KEY}`,
  ])('%s is not taken', (line) => {
    expect(read(line)).toEqual([undefined]);
  });

  test.each(['x AES_CM_128_HMAC_SHA1_80 inline:a', '1', '1 AES_CM_128_HMAC_SHA1_80', ''])('%j is no line', (line) => {
    expect(read(line)).toEqual([]);
  });

  test.each(ALL_SUITES)('a key of %s comes back as it was written', (suite) => {
    const { key, salt } = KEY_BYTES[suite];
    const ours = new SdesKey({ suite, keyAndSalt: seededRandomBytes(5)(key + salt), unencryptedSrtcp: true });
    const description = parseSessionDescription(sdp('m=audio 5000 RTP/SAVP 0'));
    description.media[0]!.crypto = [writeCrypto(3, ours)];
    const [again] = parseSessionDescription(serializeSessionDescription(description)).media[0]!.crypto!.map(readCrypto);
    expect(again).toMatchObject({ tag: 3, suite, unencryptedSrtcp: true });
    expect(again!.keys[0]!.isSameKeyAs(ours)).toBe(true);
  });

  test('any text is a line or none, and no error', () => {
    const piece = fc.constantFrom(
      KEY,
      '|',
      '2^',
      '1:4',
      ';',
      'inline:',
      ' ',
      'UNENCRYPTED_SRTP',
      '=',
      'AES_CM_128_HMAC_SHA1_80',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        read(
          pieces.join('').replace(/[\r\n\0]/g, ''),
          `1 AES_CM_128_HMAC_SHA1_80 ${pieces.join('').replace(/[\r\n\0]/g, '')}`,
        );
      }),
    );
  });
});

describe('keys and logs', () => {
  test('a key that is printed shows its suite', () => {
    const key = read(`1 AES_CM_128_HMAC_SHA1_80 ${KEY}|1:4`)[0]!.keys[0]!;
    const shown = [inspect({ key }, { showHidden: true, depth: 9 }), JSON.stringify({ key }), `${key}`].join();
    expect(shown).not.toMatch(/d0Rm|119, ?68|masterKey/);
    expect(JSON.stringify(key)).toBe('{"suite":"AES_CM_128_HMAC_SHA1_80"}');
  });

  test('a description for a log has no keys, and all else', () => {
    const lines = [
      'k=base64:c2VjcmV0',
      'm=audio 5000 RTP/SAVP 0',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}|2^20|1:4;${KEY}|2^20|2:4 WSH=64`,
      'a=key-mgmt:mikey c2VjcmV0',
    ];
    const shown = withoutKeys(sdp(...lines));
    expect(shown).not.toMatch(/d0Rm|c2Vj/);
    expect(shown).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…|2^20|1:4;inline:…|2^20|2:4 WSH=64\r\n');
    expect(shown).toContain('k=base64:…\r\n');
    expect(shown.split('\r\n').length).toBe(sdp(...lines).split('\r\n').length);
  });
});
