import { createSocket } from 'node:dgram';
import { defaultRegistry } from '@offhook/codecs';
import {
  AudioSession,
  openUdpRtpTransport,
  parseRtcp,
  type RtcpPacket,
  type RtpTransport,
  serializeRtcp,
  toneSource,
} from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';
import { startCapture } from './support/tshark';

const CODEC = { name: 'PCMU', clockRate: 8000, payloadType: 0 };

/** Keeps the RTCP that is sent, and loses RTP in bursts of four of every hundred packets. */
function watched(transport: RtpTransport, loses: boolean) {
  const sent: RtcpPacket[][] = [];
  let packets = 0;
  const wrapped: RtpTransport = {
    localAddress: transport.localAddress,
    localPort: transport.localPort,
    localRtcpPort: transport.localRtcpPort,
    setRemote: (rtp, rtcp) => transport.setRemote(rtp, rtcp),
    sendRtp: (bytes) => {
      if (!loses || packets++ % 100 < 96) transport.sendRtp(bytes);
    },
    sendRtcp: (bytes) => {
      sent.push(parseRtcp(bytes)!);
      transport.sendRtcp(bytes);
    },
    onRtp: (handler) => transport.onRtp(handler),
    onRtcp: (handler) => transport.onRtcp(handler),
    close: () => transport.close(),
  };
  return { transport: wrapped, sent };
}

/** Of RTCP alone: others may use the loopback too. */
const captureOf = (...ports: number[]) => startCapture(ports.map((port) => `udp port ${port}`).join(' or '), [], ports);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const all = <Type extends RtcpPacket['type']>(sent: RtcpPacket[][], type: Type) =>
  sent.flat().filter((packet): packet is Extract<RtcpPacket, { type: Type }> => packet.type === type);

describeWithPeers(['tshark'], 'tshark reads our RTCP', () => {
  test('of a call with losses: the same numbers, and nothing malformed', { timeout: 60_000 }, async () => {
    const [a, b] = await Promise.all([1, 2].map(() => openUdpRtpTransport({ address: '127.0.0.1' })));
    const [atA, atB] = [watched(a!, true), watched(b!, false)];
    const capture = await captureOf(a!.localRtcpPort, b!.localRtcpPort);
    const caller = new AudioSession({ transport: atA.transport, codecs: defaultRegistry() });
    const callee = new AudioSession({ transport: atB.transport, codecs: defaultRegistry() });
    const agreed = { sendCodec: CODEC, receiveCodecs: [CODEC], rtcpXr: true };
    caller.configure({ ...agreed, direction: 'sendrecv', remoteRtp: { host: '127.0.0.1', port: b!.localPort } });
    callee.configure({ ...agreed, direction: 'recvonly', remoteRtp: { host: '127.0.0.1', port: a!.localPort } });
    callee.measuresSignals = true;
    caller.source = toneSource({ levelDb: -20 });
    await wait(13_000);
    await Promise.all([caller.close(), callee.close()]);
    const traffic = await capture.stop();

    expect(traffic.malformed()).toEqual([]);
    const from = (port: number) => `udp.srcport == ${port}`;
    const senders = traffic.fields(
      `${from(a!.localRtcpPort)} && rtcp.pt == 200`,
      'rtcp.senderssrc',
      'rtcp.sender.packetcount',
      'rtcp.sender.octetcount',
      'rtcp.timestamp.rtp',
      'rtcp.timestamp.ntp.msw',
      'rtcp.timestamp.ntp.lsw',
    );
    const reports = all(atA.sent, 'sender-report');
    expect(reports.length).toBeGreaterThanOrEqual(2);
    expect(
      senders.map((row) => row.map((value, i) => (i === 0 ? Number(value.split(',')[0]) : Number(value)))),
    ).toEqual(
      reports.map(({ ssrc, packetCount, octetCount, rtpTimestamp, ntp }) => [
        ssrc,
        packetCount,
        octetCount,
        rtpTimestamp,
        Number(ntp >> 32n),
        Number(ntp & 0xffff_ffffn),
      ]),
    );

    const blocks = traffic.fields(
      `${from(b!.localRtcpPort)} && rtcp.pt == 201 && rtcp.rc > 0`,
      'rtcp.ssrc.cum_nr',
      'rtcp.ssrc.ext_high',
      'rtcp.ssrc.jitter',
      'rtcp.ssrc.lsr',
      'rtcp.ssrc.dlsr',
    );
    const received = all(atB.sent, 'receiver-report').flatMap((report) => report.blocks);
    expect(received.at(-1)!.packetsLost).toBeGreaterThan(4);
    expect(blocks.map((row) => row.map(Number))).toEqual(
      received.map((block) => [
        block.packetsLost,
        block.extendedHighestSequence,
        block.jitter,
        block.lastSenderReport,
        block.delaySinceLastSenderReport,
      ]),
    );

    const metrics = traffic.fields(
      `${from(b!.localRtcpPort)} && rtcp.xr.bt == 7`,
      'rtcp.xr.voipmetrics.burstdensity',
      'rtcp.xr.voipmetrics.burstduration',
      'rtcp.xr.voipmetrics.gapduration',
      'rtcp.xr.voipmetrics.esdelay',
      'rtcp.xr.voipmetrics.signallevel',
      'rtcp.xr.voipmetrics.rerl',
      'rtcp.xr.voipmetrics.gmin',
      'rtcp.xr.voipmetrics.rfactor',
      'rtcp.xr.voipmetrics.jbnominal',
      'rtcp.xr.voipmetrics.jbabsmax',
    );
    const ours = all(atB.sent, 'extended-report')
      .flatMap((report) => report.blocks)
      .filter((block) => block.type === 'voip-metrics');
    expect(ours.length).toBeGreaterThanOrEqual(2);
    expect(ours.at(-1)).toMatchObject({ signalLevel: -17 });
    // Packets that a busy machine brings late make bursts longer.
    expect(ours.at(-1)!.burstDuration).toBeGreaterThanOrEqual(80);
    expect(metrics.map((row) => row.map(Number))).toEqual(
      ours.map((block) => [
        block.burstDensity,
        block.burstDuration,
        block.gapDuration,
        block.endSystemDelay,
        block.signalLevel,
        block.residualEchoReturnLoss,
        block.gmin,
        block.rFactor,
        block.jitterBufferNominal,
        block.jitterBufferAbsoluteMaximum,
      ]),
    );
    // The callee sends no RTP: its reference times are answered by the caller.
    expect(traffic.count(`${from(b!.localRtcpPort)} && rtcp.xr.bt == 4`)).toBeGreaterThanOrEqual(2);
    expect(traffic.count(`${from(a!.localRtcpPort)} && rtcp.xr.bt == 5`)).toBeGreaterThanOrEqual(1);
    expect(traffic.count('rtcp.pt == 202 && rtcp.sdes.type == 1')).toBe(atA.sent.length + atB.sent.length);
    expect(traffic.count(`${from(a!.localRtcpPort)} && rtcp.pt == 203`)).toBe(1);
  });

  test('with every packet and block we write', async () => {
    const port = await freePort();
    const capture = await captureOf(port);
    const socket = createSocket('udp4');
    const bytes = serializeRtcp([
      { type: 'receiver-report', ssrc: 1, blocks: [] },
      {
        type: 'source-description',
        chunks: [
          { ssrc: 1, cname: 'user@host' },
          { ssrc: 2, cname: 'x' },
        ],
      },
      {
        type: 'extended-report',
        ssrc: 1,
        blocks: [
          { type: 'receiver-reference-time', ntp: 0xe500_0000_8000_0000n },
          { type: 'dlrr', reports: [{ ssrc: 2, lastReferenceTime: 0x1234_5678, delaySinceLast: 65_536 }] },
          {
            type: 'statistics-summary',
            ssrc: 2,
            beginSequence: 100,
            endSequence: 200,
            lostPackets: 5,
            duplicatePackets: 1,
            jitter: { min: 1, max: 200, mean: 20, deviation: 7 },
            ttl: { version: 4, min: 60, max: 64, mean: 63, deviation: 2 },
          },
        ],
      },
      { type: 'bye', sources: [1, 2], reason: 'camera off' },
    ]);
    await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
    socket.close();
    const traffic = await capture.stop();
    expect(traffic.malformed()).toEqual([]);
    const names = [
      'rtcp.pt',
      'rtcp.sdes.text',
      'rtcp.xr.bt',
      'rtcp.xr.lrr',
      'rtcp.xr.dlrr',
      'rtcp.xr.stats.lost',
      'rtcp.xr.stats.dups',
      'rtcp.xr.stats.maxjitter',
      'rtcp.xr.stats.devttl',
    ];
    const [row] = traffic.fields(`udp.dstport == ${port} && rtcp`, ...names);
    // tshark shows the reason of a goodbye under the same name as the texts of descriptions.
    expect(row).toEqual([
      '201,202,207,203',
      'user@host,x,camera off',
      '4,5,6',
      '305419896',
      '65536',
      '5',
      '1',
      '200',
      '2',
    ]);
  });
});
