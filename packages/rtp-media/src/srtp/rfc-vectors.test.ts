import { describe, expect, test } from 'vitest';
import { CounterKeyStream } from './counter-key-stream';
import { GcmTransform } from './gcm-transform';
import { derive, deriveSessionKeys } from './session-keys';
import { SrtpProtector } from './srtp-protector';
import { readUint32 } from './srtp-transform';
import { SrtpUnprotector } from './srtp-unprotector';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
const hex = (data: Uint8Array | undefined) => data && Buffer.from(data).toString('hex');
const NO_MKI = new Uint8Array(0);

describe('key stream', () => {
  test.each([
    [
      'AES-128, RFC 3711 B.2',
      '2b7e151628aed2a6abf7158809cf4f3c',
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    ],
    [
      'AES-256, RFC 6188 §7.1',
      '57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98',
      '92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31',
    ],
  ])('%s', (_name, key, expected) => {
    const stream = new CounterKeyStream(bytes(key), bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfd'));
    const zeros = new Uint8Array(48);
    stream.apply(zeros, 0, 48, 0, 0);
    expect(hex(zeros)).toBe(expected);
  });

  test('a megabyte on, where the counter carries, RFC 3711 B.2', () => {
    const stream = new CounterKeyStream(
      bytes('2b7e151628aed2a6abf7158809cf4f3c'),
      bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
    );
    const zeros = new Uint8Array(0x1_0000 * 16);
    stream.apply(zeros, 0, zeros.length, 0, 0);
    expect(hex(zeros.subarray(0xfeff * 16, 0xff02 * 16))).toBe(
      'ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44',
    );
  });
});

describe('key derivation', () => {
  const master = bytes('e1f97a0d3e018be0d64fa32c06de4139');
  const salt = bytes('0ec675ad498afeebb6960b3aabe6');

  test('RFC 3711 B.3', () => {
    expect(hex(derive(master, salt, 0, 16))).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(hex(derive(master, salt, 2, 14))).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(hex(derive(master, salt, 1, 94))).toBe(
      'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef72270986371c10c9a369ac2' +
        'f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2',
    );
  });

  test('RFC 6188 §7.2', () => {
    const keys = deriveSessionKeys(
      {
        suite: 'AES_256_CM_HMAC_SHA1_80',
        masterKey: bytes('f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6'),
        masterSalt: bytes('3b04803de51ee7c96423ab5b78d2'),
      },
      'rtp',
    );
    expect(hex(keys.key)).toBe('5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4');
    expect(hex(keys.salt)).toBe('fa31791685ca444a9e07c6c64e93');
    expect(hex(keys.authenticationKey)).toBe('fd9c32d39ed5fbb5a9dc96b30818454d1313dc05');
  });

  test('a salt of 12 bytes is continued with zeros (RFC 7714 §11); key made with openssl enc -aes-128-ctr', () => {
    const key = bytes('000102030405060708090a0b0c0d0e0f');
    expect(hex(derive(key, bytes('a0a1a2a3a4a5a6a7a8a9aaab'), 0, 16))).toBe('077c6143cb221bc355ff23d5f984a16e');
  });
});

describe('AES-GCM, RFC 7714', () => {
  const salt = bytes('517569642070726f2071756f');
  const gcm = (keyBytes: number, clear = false) => {
    const key = Uint8Array.from({ length: keyBytes }, (_, i) => i);
    const keys = { key, salt, authenticationKey: NO_MKI };
    return new GcmTransform(keys, keys, { unencryptedSrtp: clear, unencryptedSrtcp: clear });
  };
  const rtp = bytes(
    '8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573',
  );
  const rtcp = bytes(
    '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  );
  const ssrc = readUint32(rtp, 8);
  const rtcpSsrc = readUint32(rtcp, 4);

  test.each([
    [
      '§16.1.1 and §16.1.2, AES-128',
      16,
      '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb1' +
        '6a9152cf765ee4390cce',
    ],
    [
      '§16.2.1 and §16.2.2, AES-256',
      32,
      '8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfff' +
        'd6b0f9bb7878d7a76c13',
    ],
  ])('SRTP %s', (_name, keyBytes, expected) => {
    expect(hex(gcm(keyBytes).sealRtp(rtp, 12, ssrc, 0xf17b, NO_MKI))).toBe(expected);
    expect(hex(gcm(keyBytes).openRtp(bytes(expected), 12, ssrc, 0xf17b, 0))).toBe(hex(rtp));
  });

  test.each([
    [
      '§17.1, AES-128',
      16,
      false,
      0x800005d4,
      '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa458' +
        '96cf4d2fc5abf87245d9eade800005d4',
    ],
    [
      '§17.2, AES-256',
      32,
      false,
      0x800005d4,
      '81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c' +
        '4446839f57ff6f6cb26ac3be800005d4',
    ],
    [
      '§17.3, AES-128, only authenticated',
      16,
      true,
      0x000005d4,
      '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd968' +
        '3dd78ec92ae58790125f62b3000005d4',
    ],
  ])('SRTCP %s', (_name, keyBytes, clear, word, expected) => {
    expect(hex(gcm(keyBytes, clear).sealRtcp(rtcp, rtcpSsrc, 0x5d4, NO_MKI))).toBe(expected);
    expect(hex(gcm(keyBytes).openRtcp(bytes(expected), rtcpSsrc, word, 0))).toBe(hex(rtcp));
  });
});

describe('whole packets from master keys, the reference packets of libsrtp', () => {
  const master = {
    masterKey: bytes('e1f97a0d3e018be0d64fa32c06de4139'),
    masterSalt: bytes('0ec675ad498afeebb6960b3aabe6'),
  };
  const longMaster = {
    masterKey: bytes('f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6'),
    masterSalt: bytes('3b04803de51ee7c96423ab5b78d2'),
  };
  const rtp = bytes(`800f1234decafbadcafebabe${'ab'.repeat(16)}`);
  const rtcp = bytes(`81c8000bcafebabe${'ab'.repeat(16)}`);

  test.each([
    ['AES_CM_128_HMAC_SHA1_80', master, '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb'],
    [
      'AES_256_CM_HMAC_SHA1_80',
      longMaster,
      '800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b',
    ],
  ] as const)('SRTP of %s', (suite, keys, expected) => {
    expect(hex(new SrtpProtector({ suite, ...keys }).protectRtp(rtp) as Uint8Array)).toBe(expected);
    expect(hex(new SrtpUnprotector({ suite, ...keys }).unprotectRtp(bytes(expected)) as Uint8Array)).toBe(hex(rtp));
  });

  test('SRTCP of AES_CM_128_HMAC_SHA1_80', () => {
    const key = { suite: 'AES_CM_128_HMAC_SHA1_80', ...master } as const;
    const expected = '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798';
    expect(hex(new SrtpProtector(key).protectRtcp(rtcp) as Uint8Array)).toBe(expected);
    expect(hex(new SrtpUnprotector(key).unprotectRtcp(bytes(expected)) as Uint8Array)).toBe(hex(rtcp));
  });
});
