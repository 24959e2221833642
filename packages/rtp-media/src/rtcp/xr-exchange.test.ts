import { beforeEach, describe, expect, test } from 'vitest';
import { ReceptionStatistics } from '../rtp/reception-statistics';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { ExtendedReport } from './extended-report';
import { parseRtcp, type RtcpPacket } from './rtcp-packets';
import { RtcpSession } from './rtcp-session';
import { serializeRtcp } from './serialize-rtcp';
import { xrAgreement } from './xr-exchange';

const OURS = 0x1111;
const THEIRS = 0x2222;

describe('the tokens of a=rtcp-xr (RFC 3611 §5.1)', () => {
  test.each([
    [undefined, false, 'none'],
    [true, true, 'all'],
    [false, false, 'none'],
    [[], false, 'none'],
    [['pkt-loss-rle=20', 'VOIP-METRICS'], true, 'none'],
    [['rcvr-rtt=all'], false, 'all'],
    [['rcvr-rtt=sender:10', 'stat-summary=loss,dup'], false, 'sender'],
    [['rcvr-rtt=none'], false, 'none'],
  ] as const)('%j', (tokens, voipMetrics, roundTrip) => {
    expect(xrAgreement(tokens as readonly string[])).toEqual({ voipMetrics, roundTrip });
  });
});

describe('two sides', () => {
  let clock: VirtualClock;

  /** A side that sends to the other after 40 ms, or sends nothing of its own. */
  function side(ssrc: number, remoteSsrc: number, packetsSent: number) {
    const sent: RtcpPacket[][] = [];
    const streams = {
      ssrc,
      packetsSent,
      octetsSent: 0,
      clockRate: 8000,
      remoteSsrc,
      reception: new ReceptionStatistics(8000),
      currentTimestamp: () => 0,
    };
    let peer: RtcpSession | undefined;
    const session = new RtcpSession({
      clock,
      random: seededRandomBytes(ssrc),
      cname: 'name',
      streams,
      send: (bytes) => {
        sent.push(parseRtcp(bytes)!);
        clock.setTimer(40, () => peer?.receive(bytes));
      },
      bye: () => {},
    });
    return { session, sent, streams, connect: (other: RtcpSession) => (peer = other) };
  }

  const blocksOf = (packets: RtcpPacket[] | undefined) =>
    packets
      ?.find((packet): packet is ExtendedReport => packet.type === 'extended-report')
      ?.blocks.map(({ type }) => type);

  beforeEach(() => {
    clock = new VirtualClock(10_000);
  });

  test('one that sends no RTP measures the round trip by reference times (§4.4, §4.5)', () => {
    const listener = side(OURS, THEIRS, 0);
    const speaker = side(THEIRS, OURS, 100);
    listener.connect(speaker.session);
    speaker.connect(listener.session);
    listener.session.extendedReports = xrAgreement(['rcvr-rtt=sender']);
    speaker.session.extendedReports = xrAgreement(['rcvr-rtt=sender']);
    listener.session.report();
    expect(blocksOf(listener.sent[0])).toEqual(['receiver-reference-time']);
    clock.advance(1500);
    speaker.session.report();
    expect(blocksOf(speaker.sent[0])).toEqual(['dlrr']);
    clock.advance(1000);
    expect(listener.session.roundTripMs).toBeCloseTo(80, 0);
    expect(listener.session.roundTrips).toBe(1);
    // A reference time is answered once.
    speaker.streams.packetsSent = 200;
    speaker.session.report();
    expect(blocksOf(speaker.sent[1])).toBeUndefined();
  });

  test('two that send nothing measure it when all may answer', () => {
    const a = side(OURS, THEIRS, 0);
    const b = side(THEIRS, OURS, 0);
    a.connect(b.session);
    b.connect(a.session);
    for (const mode of ['sender', 'all']) {
      a.session.extendedReports = xrAgreement([`rcvr-rtt=${mode}`]);
      b.session.extendedReports = xrAgreement([`rcvr-rtt=${mode}`]);
      a.session.report();
      clock.advance(100);
      b.session.report();
      clock.advance(100);
    }
    expect(blocksOf(b.sent[0])).toEqual(['receiver-reference-time']);
    expect(blocksOf(b.sent[1])).toEqual(['receiver-reference-time', 'dlrr']);
    expect(a.session.roundTripMs).toBeCloseTo(80, 0);
  });

  test('an answer to somebody else is not ours, and one that cannot be is not believed', () => {
    const { session } = side(OURS, THEIRS, 0);
    const answer = (ssrc: number, lastReferenceTime: number) =>
      session.receive(
        serializeRtcp([
          { type: 'receiver-report', ssrc: THEIRS, blocks: [] },
          {
            type: 'extended-report',
            ssrc: THEIRS,
            blocks: [{ type: 'dlrr', reports: [{ ssrc, lastReferenceTime, delaySinceLast: 0 }] }],
          },
        ]),
      );
    answer(OURS, 0);
    answer(OURS, 0x7777_7777);
    answer(0x9999, 1);
    expect(session.roundTripMs).toBeUndefined();
    expect(session.received).toBe(3);
  });

  test('nothing extended is sent that was not agreed on', () => {
    const { session, sent } = side(OURS, THEIRS, 0);
    session.report();
    expect(blocksOf(sent[0])).toBeUndefined();
  });

  test('packets that begin with no report are taken where agreed on (RFC 5506)', () => {
    const { session } = side(OURS, THEIRS, 0);
    const feedback = Uint8Array.from([0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0]);
    session.receive(feedback);
    expect(session).toMatchObject({ received: 0, malformed: 1 });
    session.reducedSize = true;
    session.receive(feedback);
    expect(session).toMatchObject({ received: 1, malformed: 1 });
  });
});
