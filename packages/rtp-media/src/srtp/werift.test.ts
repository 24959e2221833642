import { describe, expect, test } from 'vitest';
import { ProtectionProfileAeadAes128Gcm, RtpHeader, RtpPacket, SrtcpSession, SrtpSession } from 'werift-rtp';
import { seededRandomBytes } from '../testing/seeded-random';
import { SrtpKey } from './srtp-key';
import { SrtpProtector } from './srtp-protector';
import { SRTP_SUITES } from './srtp-suites';
import { SrtpUnprotector } from './srtp-unprotector';

/** Another implementation reads what we write, and we what it writes. */
describe.each([
  ['AES_CM_128_HMAC_SHA1_80', 1],
  ['AEAD_AES_128_GCM', ProtectionProfileAeadAes128Gcm],
] as const)('%s with werift', (suite, profile) => {
  const random = seededRandomBytes(3);
  const { keyBytes, saltBytes } = SRTP_SUITES[suite];
  const [masterKey, masterSalt] = [random(keyBytes), random(saltBytes)];
  const key = new SrtpKey({ suite, masterKey, masterSalt });
  const keys = {
    localMasterKey: Buffer.from(masterKey),
    localMasterSalt: Buffer.from(masterSalt),
    remoteMasterKey: Buffer.from(masterKey),
    remoteMasterSalt: Buffer.from(masterSalt),
  };
  const rtp = (sequenceNumber: number) =>
    new RtpPacket(
      new RtpHeader({ payloadType: 0, sequenceNumber: sequenceNumber & 0xffff, timestamp: 5, ssrc: 77 }),
      Buffer.alloc(160, 0x5a),
    );

  test('RTP, over the wrap of the sequence number', () => {
    const [theirs, us, ourSender] = [
      new SrtpSession({ keys, profile }),
      new SrtpUnprotector(key),
      new SrtpProtector(key),
    ];
    for (let index = 65_500; index < 65_600; index++) {
      const packet = rtp(index);
      const wire = theirs.encrypt(packet.payload, packet.header);
      expect(Buffer.from(us.unprotectRtp(wire))).toEqual(packet.serialize());
      expect(theirs.decrypt(Buffer.from(ourSender.protectRtp(packet.serialize())))).toEqual(packet.serialize());
    }
  });

  test('RTCP', () => {
    const report = Buffer.from(`81c80006000000ff${'00112233'.repeat(5)}`, 'hex');
    const theirs = new SrtcpSession({ keys, profile });
    const [us, ourSender] = [new SrtpUnprotector(key), new SrtpProtector(key)];
    for (let i = 0; i < 3; i++) {
      expect(Buffer.from(us.unprotectRtcp(theirs.encrypt(report)))).toEqual(report);
      expect(theirs.decrypt(Buffer.from(ourSender.protectRtcp(report)))).toEqual(report);
    }
  });
});
