import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordingSource } from '../sources/recording-source';
import { Pair } from '../testing/session-pair';
import { voice } from '../testing/voice';
import { parseVqReport } from './parse-vq-report';
import { QualityMonitor } from './quality-monitor';
import { localVqMetrics, remoteVqMetrics, vqAlert } from './vq-metrics';
import type { VqReport } from './vq-report';
import { writeVqReport } from './write-vq-report';

const report: VqReport = {
  kind: 'session',
  callTerm: true,
  callId: '6dg37f1890463',
  localId: 'Alice <sip:alice@example.org>',
  remoteId: 'Bill <sip:bill@example.net>',
  originatorId: 'Alice <sip:alice@example.org>',
  localAddress: { ip: '10.10.1.100', port: 5000, ssrc: 0x0a0b_0c0d },
  remoteAddress: { ip: '2001:db8::1', port: 5002, ssrc: 0x9 },
  localGroupId: 'desk-12',
  remoteGroupId: 'gateway',
  localMac: '00:1f:5b:cc:21:0f',
  remoteMac: '00:26:08:8e:95:02',
  local: {
    start: new Date('2024-05-01T10:00:00Z'),
    stop: new Date('2024-05-01T10:02:30Z'),
    sessionDescription: {
      payloadType: 18,
      payloadDescription: 'G729',
      sampleRate: 8000,
      frameDuration: 20,
      frameOctets: 20,
      framesPerPacket: 2,
      packetsPerSecond: 50,
      fmtp: 'annexb=no',
      concealment: 3,
      silenceSuppression: true,
    },
    jitterBuffer: { adaptive: 3, rate: 2, nominal: 40, max: 80, absoluteMax: 120 },
    packetLoss: { networkLossRate: 5, discardRate: 2.5 },
    burstGapLoss: { burstDensity: 0, burstDuration: 0, gapDensity: 2, gapDuration: 500, gmin: 16 },
    delay: {
      roundTrip: 200,
      endSystem: 140,
      oneWay: 100,
      symmetricOneWay: 110,
      interarrivalJitter: 2,
      meanAbsoluteJitter: 10,
    },
    signal: { level: -18, noiseLevel: -50, residualEchoReturnLoss: 55 },
    quality: {
      listeningR: 90,
      conversationalR: 85,
      externalRIn: 90,
      externalROut: 91,
      mosLq: 4.2,
      mosCq: 4.1,
      algorithm: 'G.107',
    },
  },
  remote: { packetLoss: { networkLossRate: 0, discardRate: 0 } },
  dialogId: { callId: '6dg37f1890463', toTag: '8472761', fromTag: '9123dh311' },
};

describe('vq-rtcpxr (RFC 6035 §4.6)', () => {
  test('a session report, line by line', () => {
    expect(writeVqReport(report).split('\r\n')).toEqual([
      'VQSessionReport: CallTerm',
      'CallID:6dg37f1890463',
      'LocalID:Alice <sip:alice@example.org>',
      'RemoteID:Bill <sip:bill@example.net>',
      'OrigID:Alice <sip:alice@example.org>',
      'LocalAddr:IP=10.10.1.100 PORT=5000 SSRC=0x0a0b0c0d',
      'RemoteAddr:IP=2001:db8::1 PORT=5002 SSRC=0x00000009',
      'LocalGroup:desk-12',
      'RemoteGroup:gateway',
      'LocalMAC:00:1f:5b:cc:21:0f',
      'RemoteMAC:00:26:08:8e:95:02',
      'LocalMetrics:',
      'Timestamps:START=2024-05-01T10:00:00Z STOP=2024-05-01T10:02:30Z',
      'SessionDesc:PT=18 PD=G729 SR=8000 FD=20 FO=20 FPP=2 PPS=50 FMTP="annexb=no" PLC=3 SSUP=on',
      'JitterBuffer:JBA=3 JBR=2 JBN=40 JBM=80 JBX=120',
      'PacketLoss:NLR=5.0 JDR=2.5',
      'BurstGapLoss:BLD=0.0 BD=0 GLD=2.0 GD=500 GMIN=16',
      'Delay:RTD=200 ESD=140 OWD=100 SOWD=110 IAJ=2 MAJ=10',
      'Signal:SL=-18 NL=-50 RERL=55',
      'QualityEst:RLQ=90 RCQ=85 EXTRI=90 EXTRO=91 MOSLQ=4.2 MOSCQ=4.1 QoEEstAlg=G.107',
      'RemoteMetrics:',
      'PacketLoss:NLR=0.0 JDR=0.0',
      'DialogID:6dg37f1890463;to-tag=8472761;from-tag=9123dh311',
      '',
    ]);
  });

  test('goes there and back', () => {
    expect(parseVqReport(writeVqReport(report))).toEqual(report);
  });

  test('interval and alert reports', () => {
    const interval: VqReport = { kind: 'interval', callId: '1', local: {} };
    expect(writeVqReport(interval)).toBe('VQIntervalReport\r\nCallID:1\r\nLocalMetrics:\r\n');
    expect(parseVqReport(writeVqReport(interval))).toEqual(interval);
    const alert: VqReport = {
      kind: 'alert',
      alert: vqAlert('loss', 'Critical'),
      callId: '1',
      local: {},
    };
    expect(writeVqReport(alert)).toContain('VQAlertReport: Type=NLR Severity=Critical Dir=local\r\n');
    expect(parseVqReport(writeVqReport(alert))).toEqual(alert);
  });

  test('what phones in the field write is read, what it does not know is kept', () => {
    const body = [
      'vqsessionreport : callterm',
      'CallID: 3b3e',
      'LocalAddr:IP=192.0.2.1 PORT=11784 SSRC=0x1A2A9C52',
      'x-UserAgent:phone/1.0',
      'LocalMetrics:',
      'TimeStamps:START=2015-02-23T02:35:01Z STOP=2015-02-23T02:35:46Z',
      'x-SIPmetrics:SVA=RG SRD=392',
      'QualityEst:RCQ=92 EXTRI=127 MOSLQ=3.8 MOSCQ=x',
      '__proto__:evil',
    ].join('\n');
    const read = parseVqReport(body)!;
    expect(read).toMatchObject({
      kind: 'session',
      callTerm: true,
      callId: '3b3e',
      localAddress: { ip: '192.0.2.1', port: 11_784, ssrc: 0x1a2a_9c52 },
      extensions: { 'x-UserAgent': 'phone/1.0' },
      local: {
        start: new Date('2015-02-23T02:35:01Z'),
        extensions: { 'x-SIPmetrics': 'SVA=RG SRD=392' },
        quality: { conversationalR: 92, externalRIn: 127, mosLq: 3.8 },
      },
    });
    expect(read.local!.quality).not.toHaveProperty('mosCq');
    expect(Object.getPrototypeOf(read.local!.extensions)).toBe(Object.prototype);
  });

  test('nothing but a report is one', () => {
    expect(parseVqReport('')).toBeUndefined();
    expect(parseVqReport('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n')).toBeUndefined();
    expect(parseVqReport(`VQSessionReport\r\n${'x:y\r\n'.repeat(20_000)}`)).toBeUndefined();
  });

  test('a line break in a text is refused', () => {
    expect(() => writeVqReport({ ...report, localId: 'a\r\nDialogID:forged' })).toThrow(
      expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }),
    );
  });

  test('no text makes it throw', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom(...writeVqReport(report).split('\r\n')), fc.string(), fc.nat(60))
        .map(([text, more, at]) => text.slice(0, at) + more + text.slice(at)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        parseVqReport(['VQIntervalReport', ...lines].join('\r\n'));
      }),
    );
  });
});

test('the metrics of a call and of its peer', async () => {
  const pair = new Pair();
  const path = { delay: 50, loss: 0.03 };
  pair.network.setPath('192.0.2.1', '192.0.2.2', path);
  pair.network.setPath('192.0.2.2', '192.0.2.1', { delay: 50 });
  for (const session of [pair.a, pair.b]) session.source = new RecordingSource(voice(10), 8000, { loop: true });
  pair.configure({ rtcpXr: ['voip-metrics'] });
  const start = new Date(pair.clock.date());
  const monitors = [pair.a, pair.b].map((session) => new QualityMonitor({ session, clock: pair.clock }));
  pair.clock.advance(60_000);
  const stop = new Date(pair.clock.date());
  const { total } = monitors[1]!.stop();
  monitors[0]!.stop();
  const statistics = pair.b.statistics();
  const local = localVqMetrics(total, statistics, { start, stop });
  expect(local).toMatchObject({
    start,
    stop,
    sessionDescription: { payloadType: 0, payloadDescription: 'PCMU', sampleRate: 8000, packetsPerSecond: 50 },
    quality: { algorithm: 'G.107' },
    burstGapLoss: { gmin: 16 },
  });
  expect(local.packetLoss!.networkLossRate).toBeCloseTo(3, -0.5);
  expect(local.delay!.roundTrip).toBeCloseTo(100, -1);
  const remote = remoteVqMetrics(pair.a.statistics().remoteVoipMetrics!, { start, stop });
  expect(remote.quality!.mosCq).toBeCloseTo(local.quality!.mosCq!, 0);
  const body = writeVqReport({ kind: 'session', callTerm: true, callId: '1', local, remote });
  expect(body).toMatch(/NLR=[2-4]\.\d JDR=0\.0/);
  expect(parseVqReport(body)!.local!.packetLoss!.networkLossRate).toBeCloseTo(local.packetLoss!.networkLossRate!, 1);
  await Promise.all([pair.a.close(), pair.b.close()]);
});
