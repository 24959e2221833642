import { beforeEach, describe, expect, test } from 'vitest';
import { ReceptionStatistics } from '../rtp/reception-statistics';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { parseRtcp, type RtcpPacket, type SenderReport } from './rtcp-packets';
import { RtcpSession } from './rtcp-session';
import { serializeRtcp } from './serialize-rtcp';

const OURS = 0x1111;
const THEIRS = 0x2222;

describe('a session of two', () => {
  let clock: VirtualClock;
  let streams: {
    ssrc: number;
    packetsSent: number;
    octetsSent: number;
    clockRate: number;
    remoteSsrc: number | undefined;
    reception: ReceptionStatistics;
    currentTimestamp(): number;
  };
  let sent: { at: number; packets: RtcpPacket[] }[];
  let byes: (string | undefined)[];
  let session: RtcpSession;

  beforeEach(() => {
    clock = new VirtualClock(10_000);
    streams = {
      ssrc: OURS,
      packetsSent: 0,
      octetsSent: 0,
      clockRate: 8000,
      remoteSsrc: undefined,
      reception: new ReceptionStatistics(8000),
      currentTimestamp: () => (clock.now() * 8) >>> 0,
    };
    sent = [];
    byes = [];
    session = new RtcpSession({
      clock,
      random: seededRandomBytes(3),
      cname: 'name',
      streams,
      send: (bytes) => sent.push({ at: clock.now(), packets: parseRtcp(bytes)! }),
      bye: (reason) => byes.push(reason),
    });
  });

  test('reports at random intervals that average five seconds, with a name in each', () => {
    session.start();
    clock.advance(600_000);
    const gaps = sent.slice(1).map(({ at }, i) => at - sent[i]!.at);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // §6.3.1: 5 s, divided by e - 3/2 for a reconsideration that a session of two has no need of.
    expect(mean).toBeGreaterThan(3700);
    expect(mean).toBeLessThan(4500);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(gaps.length / 2);
    for (const { packets } of sent) {
      expect(packets[1]).toEqual({ type: 'source-description', chunks: [{ ssrc: OURS, cname: 'name' }] });
    }
  });

  test('who sent RTP lately sends sender reports, who did not receiver reports (§6.4)', () => {
    session.report();
    streams.packetsSent = 50;
    streams.octetsSent = 8000;
    session.report();
    session.report();
    session.report();
    expect(sent.map(({ packets }) => packets[0]!.type)).toEqual([
      'receiver-report',
      'sender-report',
      'sender-report',
      'receiver-report',
    ]);
    expect(sent[1]!.packets[0]).toMatchObject({ packetCount: 50, octetCount: 8000, rtpTimestamp: 80_000 });
  });

  test('says what it received, and echoes the last sender report with its age (§6.4.1)', () => {
    streams.remoteSsrc = THEIRS;
    for (const sequence of [1, 2, 4]) streams.reception.update(sequence);
    session.receive(senderReport(0xaaaa_1234_5678_bbbbn));
    clock.advance(500);
    session.report();
    expect(sent[0]!.packets[0]).toMatchObject({
      blocks: [
        {
          ssrc: THEIRS,
          fractionLost: 64,
          packetsLost: 1,
          extendedHighestSequence: 4,
          lastSenderReport: 0x1234_5678,
          delaySinceLastSenderReport: 32_768,
        },
      ],
    });
  });

  test('measures the round trip: arrival less last report less delay (§6.4.1, figure 2)', () => {
    streams.packetsSent = 1;
    session.report();
    const { ntp } = sent[0]!.packets[0] as SenderReport;
    clock.advance(2150);
    // The peer held the report for 2 s; 150 ms were spent on the way.
    session.receive(reportOnUs(Number((ntp >> 16n) & 0xffff_ffffn), 2 * 65_536));
    expect(session.roundTripMs).toBeCloseTo(150, 1);
    expect(session.remote).toEqual({ fractionLost: 0.25, packetsLost: 7, jitter: 16 });
  });

  test('a round trip that cannot be is not believed', () => {
    session.receive(reportOnUs(0x7777_7777, 0));
    expect(session.roundTripMs).toBeUndefined();
    session.receive(reportOnUs(0, 0));
    expect(session.roundTripMs).toBeUndefined();
  });

  test('a goodbye is for the source received', () => {
    streams.remoteSsrc = THEIRS;
    session.receive(goodbye(0x9999));
    expect(byes).toEqual([]);
    session.receive(goodbye(THEIRS, 'done'));
    expect(byes).toEqual(['done']);
  });

  test('says goodbye itself only when it was ever heard (§6.6)', () => {
    session.bye();
    expect(sent).toEqual([]);
    streams.packetsSent = 1;
    session.bye();
    expect(sent[0]!.packets.map(({ type }) => type)).toEqual(['sender-report', 'source-description', 'bye']);
  });

  test('noise is counted and left', () => {
    session.receive(Uint8Array.of(1, 2, 3));
    expect(session).toMatchObject({ malformed: 1, received: 0 });
  });

  test('stops when told to', () => {
    session.start();
    session.stop();
    clock.advance(60_000);
    expect(sent).toEqual([]);
  });
});

function senderReport(ntp: bigint): Uint8Array {
  return serializeRtcp([
    { type: 'sender-report', ssrc: THEIRS, ntp, rtpTimestamp: 0, packetCount: 1, octetCount: 1, blocks: [] },
  ]);
}

function reportOnUs(lastSenderReport: number, delaySinceLastSenderReport: number): Uint8Array {
  const block = { ssrc: OURS, fractionLost: 64, packetsLost: 7, extendedHighestSequence: 9, jitter: 16 };
  return serializeRtcp([
    { type: 'receiver-report', ssrc: THEIRS, blocks: [{ ...block, lastSenderReport, delaySinceLastSenderReport }] },
  ]);
}

function goodbye(ssrc: number, reason?: string): Uint8Array {
  return serializeRtcp([
    { type: 'receiver-report', ssrc, blocks: [] },
    { type: 'bye', sources: [ssrc], ...(reason !== undefined && { reason }) },
  ]);
}
