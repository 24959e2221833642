import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeRtpHeader } from '../rtp/rtp-header';
import { seededRandomBytes } from '../testing/seeded-random';
import type { SrtpFailure } from './srtp-failure';
import { SrtpKey, type SrtpKeyParameters } from './srtp-key';
import { SrtpProtector } from './srtp-protector';
import { SRTP_SUITES, type SrtpSuite } from './srtp-suites';
import { SrtpUnprotector } from './srtp-unprotector';

const suites = Object.keys(SRTP_SUITES) as SrtpSuite[];
const random = seededRandomBytes(7);

function keyOf(suite: SrtpSuite, more: Partial<SrtpKeyParameters> = {}): SrtpKey {
  const { keyBytes, saltBytes } = SRTP_SUITES[suite];
  return new SrtpKey({ suite, masterKey: random(keyBytes), masterSalt: random(saltBytes), ...more });
}

/** Two ends under one key. */
function ends(suite: SrtpSuite, more: Partial<SrtpKeyParameters> = {}) {
  const key = keyOf(suite, more);
  return { key, sender: new SrtpProtector(key), receiver: new SrtpUnprotector(key) };
}

function rtp(sequenceNumber: number, payload = 'some twenty ms', ssrc = 0x1234_5678): Uint8Array {
  const packet = new Uint8Array(12 + payload.length);
  writeRtpHeader(packet, 0, false, sequenceNumber & 0xffff, sequenceNumber * 160, ssrc);
  packet.set(Buffer.from(payload), 12);
  return packet;
}

function rtcp(text = 'a report of some length.', ssrc = 0x1234_5678): Uint8Array {
  const packet = new Uint8Array(8 + text.length);
  packet.set([0x81, 200, 0, 6, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc]);
  packet.set(Buffer.from(text), 8);
  return packet;
}

/** A copy of what came out, which otherwise lasts until the next call. */
function out(result: Uint8Array | SrtpFailure): Uint8Array {
  if (typeof result === 'string') throw new Error(`no packet: ${result}`);
  return Uint8Array.from(result);
}

const verdict = (result: Uint8Array | SrtpFailure) => (typeof result === 'string' ? result : 'taken');

describe.each(suites)('%s', (suite) => {
  const { rtpTagBytes, rtcpTagBytes } = SRTP_SUITES[suite];

  test.each([
    ['without MKI', {}],
    ['with an MKI', { mki: new Uint8Array([0, 0, 0, 5]) }],
    ['unencrypted', { unencryptedSrtp: true, unencryptedSrtcp: true }],
  ])('what is protected %s comes out as it was, of any length', (_name, more) => {
    const { sender, receiver } = ends(suite, more);
    const mkiBytes = 'mki' in more ? 4 : 0;
    let sequenceNumber = 0;
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        const payload = Buffer.from(text).toString('latin1');
        const packet = rtp(++sequenceNumber, payload);
        const wire = out(sender.protectRtp(packet));
        expect(wire.length).toBe(packet.length + rtpTagBytes + mkiBytes);
        expect(out(receiver.unprotectRtp(wire))).toEqual(packet);
        const report = rtcp(payload);
        const control = out(sender.protectRtcp(report));
        expect(control.length).toBe(report.length + 4 + rtcpTagBytes + mkiBytes);
        expect(out(receiver.unprotectRtcp(control))).toEqual(report);
      }),
      { numRuns: 60 },
    );
  });

  test('the payload is hidden, or in clear where that was agreed', () => {
    const hidden = ends(suite).sender;
    const clear = ends(suite, { unencryptedSrtp: true, unencryptedSrtcp: true }).sender;
    const shows = (packet: Uint8Array, text: string) => Buffer.from(packet).includes(text);
    expect(shows(out(hidden.protectRtp(rtp(1))), 'twenty')).toBe(false);
    expect(shows(out(hidden.protectRtcp(rtcp())), 'report')).toBe(false);
    expect(shows(out(clear.protectRtp(rtp(1))), 'twenty')).toBe(true);
    expect(shows(out(clear.protectRtcp(rtcp())), 'report')).toBe(true);
  });

  test('a change of any bit anywhere is noticed', () => {
    const { sender, receiver } = ends(suite, { mki: new Uint8Array([9]) });
    const wire = out(sender.protectRtp(rtp(1)));
    const control = out(sender.protectRtcp(rtcp()));
    for (let bit = 0; bit < wire.length * 8; bit++) {
      const changed = wire.with(bit >> 3, wire[bit >> 3]! ^ (1 << (bit & 7)));
      expect(['authentication', 'malformed', 'unknown-key']).toContain(verdict(receiver.unprotectRtp(changed)));
    }
    for (let bit = 0; bit < control.length * 8; bit++) {
      const changed = control.with(bit >> 3, control[bit >> 3]! ^ (1 << (bit & 7)));
      expect(['authentication', 'malformed', 'unknown-key']).toContain(verdict(receiver.unprotectRtcp(changed)));
    }
    expect(out(receiver.unprotectRtp(wire))).toEqual(rtp(1));
    expect(out(receiver.unprotectRtcp(control))).toEqual(rtcp());
  });

  test('what is too short, or noise, is refused without a throw', () => {
    const { sender, receiver } = ends(suite);
    const wire = out(sender.protectRtp(rtp(1)));
    const control = out(sender.protectRtcp(rtcp()));
    for (let length = 0; length < wire.length; length++) {
      expect(typeof receiver.unprotectRtp(wire.subarray(0, length))).toBe('string');
    }
    for (let length = 0; length < control.length; length++) {
      expect(typeof receiver.unprotectRtcp(control.subarray(0, length))).toBe('string');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        for (const first of [noise[0] ?? 0, 0x80, 0x9f]) {
          const packet = noise.length > 0 ? noise.with(0, first) : noise;
          expect(typeof receiver.unprotectRtp(packet)).toBe('string');
          expect(typeof receiver.unprotectRtcp(packet)).toBe('string');
        }
      }),
    );
  });

  test('header extensions and contributing sources stay in clear and whole', () => {
    const { sender, receiver } = ends(suite);
    const packet = new Uint8Array(12 + 8 + 4 + 8 + 20).map((_, i) => i);
    writeRtpHeader(packet, 0, true, 77, 160, 1);
    packet[0] = 0x92;
    packet.set([0xbe, 0xde, 0, 2], 20);
    const wire = out(sender.protectRtp(packet));
    expect(wire.subarray(0, 32)).toEqual(packet.subarray(0, 32));
    expect(wire.subarray(32, 52)).not.toEqual(packet.subarray(32, 52));
    expect(out(receiver.unprotectRtp(wire))).toEqual(packet);
  });
});

describe('the rollover counter (RFC 3711 §3.3.1)', () => {
  test('turns at both ends over three turns, with loss and reordering around each wrap', () => {
    const { sender, receiver } = ends('AES_CM_128_HMAC_SHA1_32');
    const step = 251;
    let behind: { wire: Uint8Array; packet: Uint8Array } | undefined;
    for (let index = 60_000; index < 60_000 + 3 * 0x1_0000; index += step) {
      const packet = rtp(index);
      const wire = out(sender.protectRtp(packet));
      // Each second packet waits for the one after it.
      if (!behind) {
        behind = { wire, packet };
        continue;
      }
      expect(out(receiver.unprotectRtp(wire))).toEqual(packet);
      expect(out(receiver.unprotectRtp(behind.wire))).toEqual(behind.packet);
      behind = undefined;
    }
    expect([...receiver.indices.values()][0]).toBeGreaterThan(3 * 0x1_0000);
  });

  test('a packet from before the wrap is taken after it', () => {
    const { sender, receiver } = ends('AEAD_AES_128_GCM');
    const wires = [65_530, 65_534, 65_535, 65_536, 65_537].map((index) => out(sender.protectRtp(rtp(index))));
    expect([0, 3, 4, 2, 1].map((at) => verdict(receiver.unprotectRtp(wires[at]!)))).toEqual(Array(5).fill('taken'));
    expect(wires.map((wire) => verdict(receiver.unprotectRtp(wire)))).toEqual(Array(5).fill('replay'));
  });

  test('who comes first after the wrap finds the second turn, and then what was late of the first', () => {
    const { sender, receiver } = ends('AES_CM_128_HMAC_SHA1_80');
    const [early, late] = [65_535, 65_536].map((index) => out(sender.protectRtp(rtp(index))));
    expect(verdict(receiver.unprotectRtp(late!))).toBe('taken');
    expect(verdict(receiver.unprotectRtp(early!))).toBe('taken');
  });

  test('nothing from before the first turn is looked for', () => {
    const { sender, receiver } = ends('AES_CM_128_HMAC_SHA1_80');
    const other = new SrtpProtector(keyOf('AES_CM_128_HMAC_SHA1_80'));
    expect(verdict(receiver.unprotectRtp(out(sender.protectRtp(rtp(3)))))).toBe('taken');
    expect(verdict(receiver.unprotectRtp(out(other.protectRtp(rtp(65_000)))))).toBe('replay');
  });
});

describe('replay (RFC 3711 §3.3.2)', () => {
  test('packets in any order within the window are taken once each', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 64 }, (_, i) => i)), fc.nat(0xffff), (order, first) => {
        const { sender, key } = ends('AES_CM_128_HMAC_SHA1_80');
        const receiver = new SrtpUnprotector(key, { replayWindow: 64 });
        const wires = Array.from({ length: 64 }, (_, i) => out(sender.protectRtp(rtp(first + i))));
        // The first packet a receiver meets tells it the turn; here it is in the first.
        expect(verdict(receiver.unprotectRtp(wires[0]!))).toBe('taken');
        for (const at of order) expect(verdict(receiver.unprotectRtp(wires[at]!))).toBe(at === 0 ? 'replay' : 'taken');
        for (const at of order) expect(verdict(receiver.unprotectRtp(wires[at]!))).toBe('replay');
      }),
      { numRuns: 30 },
    );
  });

  test('what is older than the window is refused', () => {
    const { sender, key } = ends('AES_CM_128_HMAC_SHA1_80');
    const receiver = new SrtpUnprotector(key, { replayWindow: 64 });
    const wires = Array.from({ length: 70 }, (_, i) => out(sender.protectRtp(rtp(i))));
    expect(verdict(receiver.unprotectRtp(wires[66]!))).toBe('taken');
    expect([2, 3, 60].map((at) => verdict(receiver.unprotectRtp(wires[at]!)))).toEqual(['replay', 'taken', 'taken']);
  });

  test('a forged packet moves no window', () => {
    const { sender, receiver } = ends('AES_CM_128_HMAC_SHA1_80');
    const stranger = new SrtpProtector(keyOf('AES_CM_128_HMAC_SHA1_80'));
    expect(verdict(receiver.unprotectRtp(out(sender.protectRtp(rtp(1)))))).toBe('taken');
    expect(verdict(receiver.unprotectRtp(out(stranger.protectRtp(rtp(30_000)))))).toBe('authentication');
    expect(verdict(receiver.unprotectRtp(out(sender.protectRtp(rtp(2)))))).toBe('taken');
  });

  test('reports are taken once, in any order', () => {
    const { sender, receiver } = ends('AEAD_AES_256_GCM');
    const reports = Array.from({ length: 5 }, () => out(sender.protectRtcp(rtcp())));
    const verdicts = [4, 1, 1, 0, 4].map((at) => verdict(receiver.unprotectRtcp(reports[at]!)));
    expect(verdicts).toEqual(['taken', 'taken', 'replay', 'taken', 'replay']);
  });

  test('a sender never uses an index twice: that would give the audio away', () => {
    const { sender } = ends('AEAD_AES_128_GCM');
    expect(['one', 'two'].map((payload) => verdict(sender.protectRtp(rtp(9, payload))))).toEqual(['taken', 'replay']);
  });
});

describe('sources and keys', () => {
  test('each SSRC has a context of its own, made when its first authentic packet comes', () => {
    const { sender, receiver } = ends('AES_CM_128_HMAC_SHA1_80');
    for (const ssrc of [1, 2, 3]) {
      const packet = rtp(65_535, 'x', ssrc);
      expect(out(receiver.unprotectRtp(out(sender.protectRtp(packet))))).toEqual(packet);
    }
    expect([...receiver.indices.keys()]).toEqual([1, 2, 3]);
    const reports = [1, 2].map((ssrc) => out(sender.protectRtcp(rtcp('x', ssrc))));
    expect(reports.map((report) => verdict(receiver.unprotectRtcp(report)))).toEqual(['taken', 'taken']);
  });

  test('there is an end to the number of sources', () => {
    const { sender, receiver, key } = ends('AES_CM_128_HMAC_SHA1_80');
    const second = new SrtpProtector(key);
    for (let ssrc = 0; ssrc < 256; ssrc++) {
      expect(verdict(receiver.unprotectRtp(out(sender.protectRtp(rtp(1, 'x', ssrc)))))).toBe('taken');
    }
    expect(sender.protectRtp(rtp(1, 'x', 999))).toBe('too-many-sources');
    expect(receiver.unprotectRtp(out(second.protectRtp(rtp(1, 'x', 999))))).toBe('too-many-sources');
    expect(receiver.unprotectRtcp(out(second.protectRtcp(rtcp('x', 999))))).toBe('too-many-sources');
  });

  test('a packet that names another key is told apart from a forged one', () => {
    const [five, six] = [5, 6].map((id) => keyOf('AES_CM_128_HMAC_SHA1_80', { mki: new Uint8Array([id]) }));
    const receiver = new SrtpUnprotector(five!);
    expect(receiver.unprotectRtp(out(new SrtpProtector(six!).protectRtp(rtp(1))))).toBe('unknown-key');
  });

  test('a key protects as many packets as its lifetime says (RFC 3711 §9.2)', () => {
    const { sender, receiver, key } = ends('AES_CM_128_HMAC_SHA1_80', { lifetime: 3 });
    const longer = new SrtpProtector(
      new SrtpKey({ suite: key.suite, masterKey: key.masterKey, masterSalt: key.masterSalt }),
    );
    const numbers = [1, 2, 3, 4];
    expect(numbers.map((number) => verdict(sender.protectRtp(rtp(number)))).at(-1)).toBe('expired');
    expect(numbers.map(() => verdict(sender.protectRtcp(rtcp()))).at(-1)).toBe('expired');
    const wires = numbers.map((number) => out(longer.protectRtp(rtp(number))));
    expect(wires.map((wire) => verdict(receiver.unprotectRtp(wire)))).toEqual(['taken', 'taken', 'taken', 'expired']);
  });
});
