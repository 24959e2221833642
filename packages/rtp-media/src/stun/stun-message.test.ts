import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ATTRIBUTE, canonicalAddress, textValue } from './stun-attributes';
import { isStun, METHOD, StunMessage } from './stun-message';

const bytes = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g)!, (pair) => Number.parseInt(pair, 16));
const key = textValue('VOkJxbRl1RmTxUk/WvJxBt');

describe('the messages of RFC 5769', () => {
  const request = bytes(
    '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36' +
      '000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf',
  );
  const response4 = bytes(
    '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f722000200008' +
      '0001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  );
  const response6 = bytes(
    '010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5' +
      'bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c',
  );

  test('§2.1: a request', () => {
    const message = StunMessage.parse(request)!;
    expect(message).toMatchObject({ method: METHOD.BINDING, class: 'request' });
    expect(message.text(ATTRIBUTE.USERNAME)).toBe('evtj:h6vY');
    expect(message.text(ATTRIBUTE.SOFTWARE)).toBe('STUN test client');
    expect(message.uint32(ATTRIBUTE.PRIORITY)).toBe(0x6e0001ff);
    expect(message.uint64(ATTRIBUTE.ICE_CONTROLLED)).toBe(0x932ff9b151263b36n);
    expect(message.isProtectedBy(key)).toBe(true);
    expect(StunMessage.parse(Buffer.from(request))!.isProtectedBy(key)).toBe(true);
    expect(message.isProtectedBy(textValue('another'))).toBe(false);
  });

  test('§2.2, §2.3: responses with addresses of both families', () => {
    const four = StunMessage.parse(response4)!;
    expect(four).toMatchObject({ class: 'success', mappedAddress: { host: '192.0.2.1', port: 32853 } });
    expect(four.isProtectedBy(key)).toBe(true);
    const six = StunMessage.parse(response6)!;
    expect(six.mappedAddress).toEqual({ host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 });
    expect(six.isProtectedBy(key)).toBe(true);
  });

  test('one bit off is no message, or not authentic', () => {
    // FINGERPRINT stands behind what is protected, in the last eight bytes.
    for (let bit = 0; bit < (response4.length - 8) * 8; bit++) {
      const changed = response4.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(StunMessage.parse(changed)?.isProtectedBy(key) ?? false, `bit ${bit}`).toBe(false);
    }
  });
});

test('what is written reads back', () => {
  const id = new Uint8Array(12).fill(7);
  const written = new StunMessage(METHOD.CHANNEL_BIND, 'error', id)
    .addError(438, 'Stale Nonce')
    .addText(ATTRIBUTE.REALM, 'a realm')
    .addAddress(ATTRIBUTE.XOR_PEER_ADDRESS, { host: '2001:db8::1', port: 5004 })
    .addAddress(ATTRIBUTE.XOR_MAPPED_ADDRESS, { host: '203.0.113.9', port: 1 })
    .addUint64(ATTRIBUTE.ICE_CONTROLLING, 2n ** 64n - 1n)
    .serialize(key);
  const read = StunMessage.parse(written)!;
  expect(read).toMatchObject({ method: METHOD.CHANNEL_BIND, class: 'error', errorCode: 438, transactionId: id });
  expect(read.address(ATTRIBUTE.XOR_PEER_ADDRESS)).toEqual({ host: '2001:db8::1', port: 5004 });
  expect(read.mappedAddress).toEqual({ host: '203.0.113.9', port: 1 });
  expect(read.uint64(ATTRIBUTE.ICE_CONTROLLING)).toBe(2n ** 64n - 1n);
  expect(read.isProtectedBy(key)).toBe(true);
});

test('attributes that have to be understood and are not, are named', () => {
  const message = new StunMessage(METHOD.BINDING, 'request', new Uint8Array(12)).add(0x7ffe).add(0xfffe).serialize();
  expect(StunMessage.parse(message)!.unknownRequired).toEqual([0x7ffe]);
});

test('what stands behind the integrity is not believed (RFC 8489 §14.5)', () => {
  const message = new StunMessage(METHOD.BINDING, 'request', new Uint8Array(12)).serialize(key);
  const unprotected = message.slice(0, -8);
  const forged = new Uint8Array(unprotected.length + 4);
  forged.set(unprotected);
  forged.set([0, ATTRIBUTE.USE_CANDIDATE, 0, 0], unprotected.length);
  new DataView(forged.buffer).setUint16(2, forged.length - 20);
  const read = StunMessage.parse(forged)!;
  expect(read.isProtectedBy(key)).toBe(true);
  expect(read.has(ATTRIBUTE.USE_CANDIDATE)).toBe(false);
});

test('any bytes are read or refused', () => {
  const good = new StunMessage(METHOD.BINDING, 'request', new Uint8Array(12))
    .addText(ATTRIBUTE.USERNAME, 'a:b')
    .serialize(key);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 }),
      fc.nat(good.length),
      (changes, length) => {
        const changed = good.slice(0, length);
        for (const [at, value] of changes) if (at < length) changed[at] = value;
        const message = StunMessage.parse(changed);
        message?.isProtectedBy(key);
        void [message?.mappedAddress, message?.errorCode, message?.unknownRequired];
      },
    ),
    { numRuns: 3000, seed: 1 },
  );
  expect(isStun(new Uint8Array(0))).toBe(false);
});

test.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['192.0.2.1', '192.0.2.1'],
])('%s is spelled %s', (given, spelled) => {
  expect(canonicalAddress(given)).toBe(spelled);
});
