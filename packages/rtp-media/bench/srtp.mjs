// SRTP packets per second of processor time, 160 bytes of payload: sealed, and sealed and opened again. Beside werift where
// it has the suite, and beside node:crypto used as its manual shows, an object a packet. After a build:
//
//   node packages/rtp-media/bench/srtp.mjs [--seconds 1] [--json]
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { RtpHeader, SrtpSession } from 'werift-rtp';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { rates, report } from '../../../tooling/bench/report.mjs';
import { SRTP_SUITES, SrtpKey, SrtpProtector, SrtpUnprotector } from '../dist/index.js';

const { seconds } = benchOptions({ seconds: 1 }, { seconds: 0.02 });
const WERIFT = { AES_CM_128_HMAC_SHA1_80: 1, AEAD_AES_128_GCM: 7 };
const HEADER = 12;
const PAYLOAD = 160;

function number(packet, sequenceNumber) {
  packet[2] = sequenceNumber >>> 8;
  packet[3] = sequenceNumber;
}

function newPacket() {
  const packet = randomBytes(HEADER + PAYLOAD);
  packet[0] = 0x80;
  packet[1] = 0;
  return packet;
}

function ours(key) {
  const [sender, both, receiver] = [new SrtpProtector(key), new SrtpProtector(key), new SrtpUnprotector(key)];
  const packet = newPacket();
  let [sent, passed] = [0, 0];
  return {
    seal() {
      number(packet, ++sent);
      return good(sender.protectRtp(packet));
    },
    pass() {
      number(packet, ++passed);
      return good(receiver.unprotectRtp(good(both.protectRtp(packet))));
    },
  };
}

function good(result) {
  if (typeof result === 'string') throw new Error(`A packet was refused: ${result}.`);
  return result;
}

function werift({ masterKey, masterSalt }, profile) {
  const [key, salt] = [Buffer.from(masterKey), Buffer.from(masterSalt)];
  const keys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };
  const [sender, both, receiver] = Array.from({ length: 3 }, () => new SrtpSession({ keys, profile }));
  const payload = newPacket().subarray(HEADER);
  const header = new RtpHeader({ payloadType: 0, sequenceNumber: 0, timestamp: 1, ssrc: 5 });
  let [sent, passed] = [0, 0];
  return {
    seal() {
      header.sequenceNumber = ++sent & 0xffff;
      return sender.encrypt(payload, header);
    },
    pass() {
      header.sequenceNumber = ++passed & 0xffff;
      return receiver.decrypt(both.encrypt(payload, header));
    },
  };
}

/** The cryptography alone, without an index, a window or a context. */
function bare({ mode, keyBytes, rtpTagBytes }) {
  const [key, authenticationKey] = [randomBytes(keyBytes), randomBytes(20)];
  const packet = newPacket();
  const [header, payload] = [packet.subarray(0, HEADER), packet.subarray(HEADER)];
  const bits = keyBytes * 8;
  const iv = Buffer.alloc(mode === 'gcm' ? 12 : 16);
  const roc = Buffer.alloc(4);
  if (mode === 'gcm') {
    const seal = () => {
      const cipher = createCipheriv(`aes-${bits}-gcm`, key, iv);
      cipher.setAAD(header);
      const sealed = cipher.update(payload);
      cipher.final();
      return Buffer.concat([header, sealed, cipher.getAuthTag()]);
    };
    const pass = () => {
      const wire = seal();
      const end = wire.length - rtpTagBytes;
      const decipher = createDecipheriv(`aes-${bits}-gcm`, key, iv);
      decipher.setAAD(wire.subarray(0, HEADER));
      decipher.setAuthTag(wire.subarray(end));
      const opened = decipher.update(wire.subarray(HEADER, end));
      decipher.final();
      return Buffer.concat([header, opened]);
    };
    return { seal, pass };
  }
  const tag = (data) =>
    createHmac('sha1', authenticationKey).update(data).update(roc).digest().subarray(0, rtpTagBytes);
  const seal = () => {
    const sealed = Buffer.concat([header, createCipheriv(`aes-${bits}-ctr`, key, iv).update(payload)]);
    return Buffer.concat([sealed, tag(sealed)]);
  };
  const pass = () => {
    const wire = seal();
    const end = wire.length - rtpTagBytes;
    if (!tag(wire.subarray(0, end)).equals(wire.subarray(end))) throw new Error('The tag is wrong.');
    return Buffer.concat([header, createCipheriv(`aes-${bits}-ctr`, key, iv).update(wire.subarray(HEADER, end))]);
  };
  return { seal, pass };
}

for (const [suite, shape] of Object.entries(SRTP_SUITES)) {
  const [masterKey, masterSalt] = [randomBytes(shape.keyBytes), randomBytes(shape.saltBytes)];
  const key = new SrtpKey({ suite, masterKey, masterSalt });
  const ways = { ours: ours(key), bare: bare(shape) };
  if (WERIFT[suite]) ways.werift = werift(key, WERIFT[suite]);
  for (const what of ['seal', 'pass']) {
    const found = rates(Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, way[what]])), seconds);
    const figure = { ours: found.ours, unit: 'packets/s' };
    const more = { microseconds: 1e6 / found.ours };
    const name = `srtp-${what}-${suite.toLowerCase().replaceAll('_', '-')}`;
    report({ ...figure, name, yardstick: found.bare, yardstickName: 'node:crypto', more });
    if (found.werift === undefined) continue;
    report({ ...figure, name: `${name}-werift`, yardstick: found.werift, yardstickName: 'werift', more });
  }
}
