import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { levelDbfs } from '../analysis/level';
import { parseRtcp } from '../rtcp/rtcp-packets';
import { serializeRtcp } from '../rtcp/serialize-rtcp';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-header';
import { toneSource } from '../sources/tone-source';
import { Pair, Recording } from '../testing/session-pair';

const stranger = { host: '203.0.113.66', port: 6666 };

function rtp(payloadType: number, sequence: number, timestamp: number, ssrc: number, payload = 160): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + payload).fill(0x80);
  writeRtpHeader(bytes, payloadType, false, sequence, timestamp, ssrc);
  return bytes;
}

describe('packets nobody asked for', () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
    pair.configure();
  });

  const toB = (bytes: Uint8Array, from = stranger) => pair.network.send(bytes, from, pair.transportB.rtpAddress);

  test('of strangers are counted, not heard, and change nothing', () => {
    const heard = new Recording();
    pair.b.addSink(heard);
    pair.clock.advance(1000);
    for (let i = 0; i < 100; i++) {
      toB(rtp(0, i, i * 160, 0x666));
      pair.clock.advance(20);
    }
    expect(pair.b.statistics()).toMatchObject({ packetsLost: 0, packetsReceived: 150 });
    expect(pair.b.statistics().ignored.foreign).toBe(100);
    expect(levelDbfs(heard.samples)).toBe(Number.NEGATIVE_INFINITY);
    expect(pair.transportB.remoteRtp).toEqual(pair.transportA.rtpAddress);
  });

  test('from the peer’s host that are no RTP, or of no agreed type, are counted', () => {
    pair.clock.advance(1000);
    const peer = pair.transportA.rtpAddress;
    toB(Uint8Array.of(1, 2, 3), peer);
    toB(new Uint8Array(0), peer);
    toB(new Uint8Array(100), peer);
    pair.clock.advance(1);
    expect(pair.b.statistics().ignored).toMatchObject({ malformed: 3, foreign: 0 });
    const { ssrc, sequenceNumber } = pair.sentByA.at(-1)!;
    toB(rtp(77, sequenceNumber + 1, 0, ssrc), peer);
    pair.clock.advance(1);
    expect(pair.b.statistics().ignored.unknownPayload).toBe(1);
  });

  test('of a type that was not agreed cannot take the source over', () => {
    const other = new Pair();
    other.configureB();
    for (let i = 0; i < 10; i++) other.network.send(rtp(77, i, i, 1), stranger, other.transportB.rtpAddress);
    other.clock.advance(100);
    expect(other.b.statistics().ignored.unknownPayload).toBe(10);
    expect(other.transportB.remoteRtp).toEqual(other.transportA.rtpAddress);
  });

  test('a peer behind address translation is found by its packets (RFC 4961)', () => {
    const other = new Pair();
    const heard = new Recording();
    other.b.addSink(heard);
    // B was told a private address; A's packets come from a public one.
    other.configureB({ remoteRtp: { host: '10.0.0.1', port: 4000 } });
    other.a.source = toneSource();
    other.configureA();
    other.clock.advance(1000);
    expect(other.transportB.remoteRtp).toEqual(other.transportA.rtpAddress);
    expect(levelDbfs(heard.samples.subarray(-4000))).toBeCloseTo(-10, 0);
    expect(other.a.statistics().packetsReceived).toBeGreaterThan(40);
  });

  test('one packet of another source is not believed, two are: the peer may change its source', () => {
    const heard = new Recording();
    pair.b.addSink(heard);
    pair.clock.advance(1000);
    pair.configureA({ direction: 'inactive' });
    const peer = pair.transportA.rtpAddress;
    toB(rtp(0, 500, 9000, 0xabc), peer);
    pair.clock.advance(100);
    expect(pair.b.statistics().ignored.unproven).toBe(1);
    expect(pair.b.statistics().remoteSsrc).not.toBe(0xabc);
    for (let i = 1; i < 50; i++) {
      toB(rtp(0, 500 + i, 9000 + i * 160, 0xabc), peer);
      pair.clock.advance(20);
    }
    expect(pair.b.statistics()).toMatchObject({ remoteSsrc: 0xabc, packetsLost: 0 });
    expect(levelDbfs(heard.samples.subarray(-4000))).toBeGreaterThan(0);
  });

  test('a goodbye of a stranger ends nothing', () => {
    const byes: unknown[] = [];
    pair.b.on('bye', () => byes.push(1));
    pair.clock.advance(1000);
    const { ssrc } = pair.sentByA[0]!;
    const bytes = serializeRtcp([
      { type: 'receiver-report', ssrc, blocks: [] },
      { type: 'bye', sources: [ssrc] },
    ]);
    pair.network.send(bytes, stranger, pair.transportB.rtcpAddress);
    pair.clock.advance(100);
    expect(byes).toEqual([]);
    expect(pair.b.statistics().ignored.foreign).toBe(1);
  });

  test('our own source in the peer’s packets: we take another and say goodbye (RFC 3550 §8.2)', () => {
    pair.clock.advance(1000);
    const ours = pair.b.statistics().ssrc;
    const peer = pair.transportA.rtpAddress;
    toB(rtp(0, 1, 1, ours), peer);
    pair.clock.advance(100);
    expect(pair.b.statistics().ssrc).not.toBe(ours);
    const farewell = pair.rtcp.map(({ bytes }) => parseRtcp(bytes)!.find(({ type }) => type === 'bye')).find(Boolean);
    expect(farewell).toMatchObject({ sources: [ours] });
  });

  test('a mirror that sends our packets back as they are is listened to', () => {
    const other = new Pair();
    const heard = new Recording();
    other.b.addSink(heard);
    other.b.source = toneSource();
    other.configureB();
    other.network.onDatagram = (bytes, from, to) => {
      if (from.host !== '192.0.2.2' || to.port % 2 === 1) return;
      other.clock.setTimer(5, () => other.network.send(bytes, other.transportA.rtpAddress, from));
    };
    other.clock.advance(3000);
    expect(levelDbfs(heard.samples.subarray(-8000))).toBeCloseTo(-10, 0);
  });

  test('whatever bytes come, from the peer’s own address: nothing throws, and the call goes on', () => {
    pair.clock.advance(200);
    const peer = pair.transportA;
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(fc.constantFrom(0, 8, 101, 77), fc.nat(65_535), fc.nat(), fc.uint8Array({ maxLength: 400 }))
        .map(([type, sequence, timestamp, payload]) => {
          const bytes = rtp(type, sequence, timestamp, pair.sentByA[0]!.ssrc, payload.length);
          bytes.set(payload, RTP_HEADER_BYTES);
          return bytes;
        }),
    );
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 20 }), (datagrams) => {
        for (const bytes of datagrams) {
          toB(bytes, peer.rtpAddress);
          pair.network.send(bytes, peer.rtcpAddress, pair.transportB.rtcpAddress);
          pair.clock.advance(7);
        }
      }),
      { numRuns: 200 },
    );
    const heard = new Recording();
    pair.b.addSink(heard);
    pair.a.source = toneSource();
    pair.clock.advance(5000);
    expect(levelDbfs(heard.samples.subarray(-8000))).toBeCloseTo(-10, 0);
    const statistics = pair.b.statistics();
    for (const value of [statistics.jitterMs, statistics.bufferMs, statistics.concealedMs, statistics.fractionLost]) {
      expect(Number.isFinite(value)).toBe(true);
    }
  });
});
