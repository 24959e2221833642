import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MediaError } from '../platform/errors';
import { SrtpKey, type SrtpKeyParameters } from './srtp-key';
import { SrtpProtector } from './srtp-protector';
import { SrtpUnprotector } from './srtp-unprotector';

const parameters: SrtpKeyParameters = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  masterKey: new Uint8Array(16).fill(0xab),
  masterSalt: new Uint8Array(14).fill(0xcd),
};

describe('a key', () => {
  test('shows its suite and never itself, however it is printed', () => {
    const key = new SrtpKey({ ...parameters, mki: new Uint8Array([1]) });
    const holders = [key, { session: { key } }, new SrtpProtector(key), new SrtpUnprotector(key)];
    for (const each of holders) {
      const shown = [
        inspect(each, { showHidden: true, depth: 10, getters: false }),
        JSON.stringify(each),
        `${each}`,
        JSON.stringify(Object.values(each)),
      ].join('\n');
      expect(shown).not.toMatch(/abab|171|cdcd|205|q6ur/);
    }
    expect(inspect(key)).toBe('SrtpKey(AES_CM_128_HMAC_SHA1_80)');
    expect(JSON.stringify(key)).toBe('{"suite":"AES_CM_128_HMAC_SHA1_80"}');
  });

  test.each([
    [{ suite: 'UNAUTHENTICATED' as never }, 'suite'],
    [{ suite: 'constructor' as never }, 'suite'],
    [{ masterKey: new Uint8Array(15).fill(0xab) }, '16 bytes'],
    [{ masterSalt: new Uint8Array(12).fill(0xcd) }, '14 bytes'],
    [{ mki: new Uint8Array(129) }, 'MKI'],
    [{ lifetime: 0 }, 'lifetime'],
    [{ lifetime: 2 ** 49 }, 'lifetime'],
  ])('%j is refused in words that hold no key', (wrong, reason) => {
    const make = [SrtpKey, SrtpProtector, SrtpUnprotector].map(
      (Kind) => () => new Kind({ ...parameters, ...wrong }) as object,
    );
    for (const each of make) {
      expect(each).toThrow(expect.objectContaining({ code: 'ERR_SRTP_KEY' }));
      expect(each).toThrow(reason);
      expect(each).toThrow(MediaError);
      try {
        each();
      } catch (error) {
        expect(inspect(error)).not.toMatch(/abab|171|cdcd|205/);
      }
    }
  });

  test('is copied when it is made', () => {
    const masterKey = new Uint8Array(16);
    const key = new SrtpKey({ ...parameters, masterKey });
    masterKey.fill(1);
    expect(key.masterKey).toEqual(new Uint8Array(16));
    expect(key.equals({ ...parameters, masterKey: new Uint8Array(16) })).toBe(true);
    expect(key.equals({ ...parameters, masterKey })).toBe(false);
  });
});
