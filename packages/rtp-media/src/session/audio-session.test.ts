import { defaultRegistry, defineCodec } from '@offhook/codecs';
import { beforeEach, describe, expect, test } from 'vitest';
import { correlate, correlateSegments } from '../analysis/correlate';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import { echo } from '../audio/echo';
import { loadResampler } from '../audio/resampler';
import type { DtmfDigit } from '../dtmf/dtmf-digit';
import type { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import { parseRtcp } from '../rtcp/rtcp-packets';
import { RecordingSource } from '../sources/recording-source';
import { toneSource } from '../sources/tone-source';
import { EVENTS, Pair, PCMA, PCMU, Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';

const seconds = (n: number) => n * 1000;

describe('a call on a clean network', () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
  });

  test('carries both voices', () => {
    const [atA, atB] = [new Recording(), new Recording()];
    const [fromA, fromB] = [voice(10, 8000, 1), voice(10, 8000, 2)];
    pair.a.source = new RecordingSource(fromA, 8000);
    pair.b.source = new RecordingSource(fromB, 8000);
    pair.a.addSink(atA);
    pair.b.addSink(atB);
    pair.configure();
    pair.clock.advance(seconds(11));
    expect(correlate(fromA, atB.samples).correlation).toBeGreaterThan(0.999);
    expect(correlate(fromB, atA.samples).correlation).toBeGreaterThan(0.999);
    expect(pair.a.statistics()).toMatchObject({
      packetsSent: 550,
      octetsSent: 550 * 160,
      packetsReceived: 550,
      packetsLost: 0,
      fractionLost: 0,
      packetsDiscarded: 0,
      jitterMs: 0,
      concealedMs: 0,
      sendCodec: 'PCMU',
      receiveCodec: 'PCMU',
    });
  });

  test('numbers packets without a gap, 160 units apart, and marks only the first (RFC 3550 §5.1, RFC 3551 §4.1)', () => {
    pair.configure();
    pair.clock.advance(seconds(2));
    const [first, ...rest] = pair.sentByA;
    expect(first!.marker).toBe(true);
    for (const [i, packet] of rest.entries()) {
      expect(packet.marker).toBe(false);
      expect(packet.ssrc).toBe(first!.ssrc);
      expect(packet.sequenceNumber).toBe((first!.sequenceNumber + i + 1) & 0xffff);
      expect(packet.timestamp).toBe((first!.timestamp + 160 * (i + 1)) >>> 0);
    }
  });

  test('an echo service sends back what it hears', () => {
    const heard = new Recording();
    const said = voice(5);
    pair.a.source = new RecordingSource(said, 8000);
    pair.a.addSink(heard);
    const stop = echo(pair.b);
    pair.configure();
    pair.clock.advance(seconds(6));
    const { correlation, lag } = correlate(said, heard.samples);
    expect(correlation).toBeGreaterThan(0.998);
    expect(lag / 8).toBeLessThanOrEqual(80);
    stop();
    expect(pair.b.source).toBeUndefined();
  });

  test('muted, it sends silence and goes on reading', () => {
    const heard = new Recording();
    pair.a.source = toneSource({ frequencies: [440] });
    pair.b.addSink(heard);
    pair.a.muted = true;
    pair.configure();
    pair.clock.advance(seconds(1));
    expect(levelDbfs(heard.samples)).toBe(Number.NEGATIVE_INFINITY);
    pair.a.muted = false;
    pair.clock.advance(seconds(1));
    expect(toneLevelDbfs(heard.samples.subarray(-4000), 8000, 440)).toBeCloseTo(-10, 0);
  });

  test('measures the round trip, and learns from the peer how it is received', () => {
    pair.network.setPath('192.0.2.1', '192.0.2.2', { delay: 30 });
    pair.network.setPath('192.0.2.2', '192.0.2.1', { delay: 50 });
    pair.configure();
    pair.clock.advance(seconds(20));
    expect(pair.a.statistics().roundTripMs).toBeCloseTo(80, 0);
    expect(pair.b.statistics().roundTripMs).toBeCloseTo(80, 0);
    expect(pair.a.statistics().remote).toEqual({ fractionLost: 0, packetsLost: 0, jitterMs: 0 });
  });

  test('goodbye reaches the peer, and the transport is freed', async () => {
    const byes: unknown[] = [];
    pair.b.on('bye', (reason) => byes.push(reason));
    pair.configure();
    pair.clock.advance(seconds(1));
    await pair.a.close();
    await pair.a.close();
    const sent = pair.sentByA.length;
    pair.clock.advance(seconds(1));
    expect(byes).toEqual([undefined]);
    expect(pair.transportA.closed).toBe(true);
    expect(pair.sentByA).toHaveLength(sent);
    expect(() => pair.configureA()).toThrow('closed');
    await expect(pair.a.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' });
  });
});

describe('a call on a bad network', { timeout: 30_000 }, () => {
  test('loss, jitter, overtaking, duplicates and a clock off by 100 ppm, for five minutes', () => {
    const pair = new Pair({ ppm: 100 });
    const path = { loss: 0.02, jitter: 25, reorder: 0.02, duplicate: 0.02, delay: 40 };
    pair.network.setPath('192.0.2.1', '192.0.2.2', path);
    pair.network.setPath('192.0.2.2', '192.0.2.1', path);
    const said = voice(300);
    const heard = new Recording();
    pair.a.source = new RecordingSource(said, 8000);
    pair.b.addSink(heard);
    pair.configure();
    pair.clock.advance(seconds(300));
    const { correlation } = correlateSegments(said, heard.samples, { segment: 16_000, maxLag: 1600 });
    expect(correlation).toBeGreaterThan(0.94);
    const statistics = pair.b.statistics();
    expect(statistics.fractionLost).toBeGreaterThan(0);
    expect(statistics.fractionLost).toBeLessThan(0.03);
    expect(statistics.duplicates).toBeGreaterThan(200);
    expect(statistics.reordered).toBeGreaterThan(300);
    expect(statistics.concealedMs).toBeLessThan(300_000 * 0.04);
    expect(statistics.bufferMs).toBeLessThan(80);
    expect(statistics.jitterMs).toBeGreaterThan(5);
  });

  test('every tenth packet lost is counted exactly, here and in the peer’s report', () => {
    const pair = new Pair();
    let count = 0;
    pair.network.setPath('192.0.2.1', '192.0.2.2', {
      deliver: (bytes) => (bytes[1]! < 200 && ++count % 10 === 0 ? [] : [5]),
    });
    pair.configure();
    pair.clock.advance(seconds(30) + 5);
    expect(pair.b.statistics()).toMatchObject({ packetsReceived: 1350, packetsLost: 149, concealedMs: 149 * 20 });
    expect(pair.b.statistics().fractionLost).toBeCloseTo(0.1, 2);
    expect(pair.a.statistics().remote!.fractionLost).toBeCloseTo(0.1, 1);
    expect(pair.a.statistics().remote!.packetsLost).toBeGreaterThan(100);
  });

  test('digits arrive once each through 30 % loss', async () => {
    const pair = new Pair({ seed: 7 });
    pair.network.setPath('192.0.2.1', '192.0.2.2', { loss: 0.3, jitter: 20 });
    const digits: DtmfDigit[] = [];
    pair.b.on('dtmf', (digit) => digits.push(digit));
    pair.configure();
    let done = false;
    void pair.a.sendDtmf('0123456789*#ABCD').then(() => {
      done = true;
    });
    await pair.clock.run(seconds(8));
    expect(digits.map(({ digit }) => digit).join('')).toBe('0123456789*#ABCD');
    for (const { durationMs } of digits) expect(durationMs).toBeGreaterThanOrEqual(100);
    expect(done).toBe(true);
    expect(pair.a.statistics().digitsSent).toBe(16);
    expect(pair.b.statistics().digitsReceived).toBe(16);
  });

  test('eight seconds without a network: inactivity is reported once, and audio comes back', () => {
    const pair = new Pair();
    let down = false;
    pair.network.setPath('192.0.2.1', '192.0.2.2', { deliver: () => (down ? [] : [10]) });
    const heard = new Recording();
    pair.a.source = toneSource({ frequencies: [500] });
    pair.b.addSink(heard);
    pair.configure();
    pair.clock.advance(seconds(2));
    down = true;
    pair.clock.advance(seconds(8));
    expect(levelDbfs(heard.samples.subarray(-8000))).toBe(Number.NEGATIVE_INFINITY);
    down = false;
    pair.clock.advance(seconds(2));
    expect(toneLevelDbfs(heard.samples.subarray(-8000), 8000, 500)).toBeCloseTo(-10, 0);
    expect(pair.b.statistics().packetsLost).toBe(400);
  });

  test('a stream that stays away is reported', () => {
    const pair = new Pair();
    const reports: number[] = [];
    pair.b.on('inactive', (ms) => reports.push(ms));
    pair.configureB();
    pair.clock.advance(seconds(29));
    expect(reports).toEqual([]);
    pair.clock.advance(seconds(60));
    expect(reports).toHaveLength(1);
    expect(reports[0]).toBeGreaterThanOrEqual(30_000);
  });
});

describe('a thread that was busy', () => {
  test('sends no burst, and its timestamps leap over what was skipped', () => {
    const pair = new Pair();
    pair.configure();
    pair.clock.advance(seconds(1));
    const before = pair.sentByA.length;
    pair.clock.stall(205);
    pair.clock.advance(1);
    expect(pair.sentByA.length).toBe(before + 1);
    pair.clock.advance(seconds(1));
    const [last, next] = pair.sentByA.slice(before - 1);
    expect(next!.sequenceNumber).toBe((last!.sequenceNumber + 1) & 0xffff);
    expect(next!.timestamp).toBe((last!.timestamp + 160 * 10) >>> 0);
    expect(next!.marker).toBe(true);
    expect(pair.sentByA.length).toBe(before + 51);
  });

  test('what a sink records stays as long as the call', () => {
    const pair = new Pair();
    const heard = new Recording();
    pair.b.addSink(heard);
    pair.configure();
    pair.clock.advance(seconds(1));
    pair.clock.stall(300);
    pair.clock.advance(seconds(1));
    expect(heard.samples.length / 8).toBeCloseTo(2300, -2);
  });
});

describe('offers and answers during a call', () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
    pair.configure();
    pair.clock.advance(seconds(1));
  });

  test('on hold no RTP is sent, RTCP goes on; retrieved, time has passed and the source is the same', () => {
    const { ssrc } = pair.sentByA[0]!;
    const last = pair.sentByA.at(-1)!;
    pair.configureA({ direction: 'inactive' });
    const reports = pair.rtcp.length;
    pair.clock.advance(seconds(20));
    expect(pair.sentByA.at(-1)).toBe(last);
    expect(pair.rtcp.slice(reports).filter(({ from }) => from === '192.0.2.1').length).toBeGreaterThanOrEqual(3);
    pair.configureA();
    pair.clock.advance(seconds(1));
    const next = pair.sentByA[pair.sentByA.indexOf(last) + 1]!;
    expect(next).toMatchObject({ ssrc, marker: true, sequenceNumber: (last.sequenceNumber + 1) & 0xffff });
    expect((next.timestamp - last.timestamp) >>> 0).toBe(8 * (next.at - last.at));
  });

  test('held by an address of 0.0.0.0, nothing is sent anywhere', () => {
    const sent = pair.sentByA.length;
    const reports = pair.rtcp.filter(({ from }) => from === '192.0.2.1').length;
    pair.configureA({ remoteRtp: { host: '0.0.0.0', port: pair.transportB.localPort } });
    pair.clock.advance(seconds(10));
    expect(pair.sentByA).toHaveLength(sent);
    expect(pair.rtcp.filter(({ from }) => from === '192.0.2.1')).toHaveLength(reports);
  });

  test('what comes while we do not receive is counted, not heard', () => {
    const heard = new Recording();
    pair.b.addSink(heard);
    pair.a.source = toneSource();
    pair.configureB({ direction: 'sendonly' });
    pair.clock.advance(seconds(2));
    expect(pair.b.statistics().ignored.unwanted).toBeGreaterThanOrEqual(99);
    // One packet time may have been on its way out.
    expect(levelDbfs(heard.samples.subarray(400))).toBe(Number.NEGATIVE_INFINITY);
    pair.configureB();
    pair.clock.advance(seconds(2));
    expect(levelDbfs(heard.samples.subarray(-8000))).toBeCloseTo(-10, 0);
  });

  test('another codec: same source, numbers go on, nothing is lost', () => {
    pair.configureA({ sendCodec: PCMA });
    pair.clock.advance(seconds(1));
    expect(pair.sentByA.at(-1)).toMatchObject({ payloadType: 8, ssrc: pair.sentByA[0]!.ssrc });
    for (const [i, packet] of pair.sentByA.entries()) {
      expect(packet.sequenceNumber).toBe((pair.sentByA[0]!.sequenceNumber + i) & 0xffff);
    }
    expect(pair.b.statistics()).toMatchObject({ receiveCodec: 'PCMA', packetsLost: 0, concealedMs: 0 });
  });

  test('another packet time, in both directions', () => {
    const heard = new Recording();
    pair.configureA({ ptime: 40 });
    pair.a.source = toneSource({ frequencies: [700] });
    pair.b.addSink(heard);
    pair.clock.advance(seconds(2));
    expect(pair.sentByA.at(-1)!.payloadLength).toBe(320);
    expect(pair.a.intervalMs).toBe(40);
    expect(toneLevelDbfs(heard.samples.subarray(-8000), 8000, 700)).toBeCloseTo(-10, 0);
    expect(pair.b.statistics().packetsLost).toBe(0);
  });

  test('a packet time the codec does not know becomes its nearest', () => {
    pair.configureA({ ptime: 35 });
    expect([30, 40]).toContain(pair.a.intervalMs);
  });

  test('payload types may differ by direction', () => {
    pair.configureA({ sendCodec: { ...PCMU, payloadType: 96 }, telephoneEvent: { ...EVENTS, sendPayloadType: 110 } });
    pair.configureB({
      receiveCodecs: [{ ...PCMU, payloadType: 96 }],
      telephoneEvent: { ...EVENTS, receivePayloadType: 110 },
    });
    const digits: string[] = [];
    pair.b.on('dtmf', ({ digit }) => digits.push(digit));
    void pair.a.sendDtmf('42');
    pair.clock.advance(seconds(2));
    expect(digits).toEqual(['4', '2']);
    expect(pair.b.statistics()).toMatchObject({ packetsLost: 0, concealedMs: 0 });
    expect(pair.b.statistics().ignored.unknownPayload).toBe(0);
  });

  test('the peer moves to another address: it is heard at once, the old one no more', () => {
    const moved = pair.network.transport('192.0.2.99');
    const heardAtOld = pair.b.statistics().packetsReceived;
    pair.configureA({ remoteRtp: moved.rtpAddress });
    pair.clock.advance(100);
    expect(pair.b.statistics().packetsReceived).toBe(heardAtOld);
    expect(pair.a.statistics().ignored.foreign).toBeGreaterThan(0);
    expect(pair.transportA.remoteRtp).toEqual(moved.rtpAddress);
  });

  test('a codec that is not registered is refused, and nothing changes', () => {
    const wrong = { name: 'G729', clockRate: 8000, payloadType: 18 };
    expect(() => pair.configureA({ sendCodec: wrong })).toThrow('Register a codec G729/8000');
    expect(() => pair.configureA({ sendCodec: { ...PCMU, payloadType: 128 } })).toThrow('0 to 127');
    pair.clock.advance(seconds(1));
    expect(pair.a.statistics().sendCodec).toBe('PCMU');
    expect(pair.b.statistics().packetsLost).toBe(0);
  });
});

describe('codecs of other shapes', () => {
  const l16 = (sampleRate: number, channels: 1 | 2, clockRate = sampleRate) =>
    defineCodec({
      name: `L16x${channels}`,
      sampleRate,
      clockRate,
      channels,
      frameDurations: [10, 20],
      defaultFrameDuration: 20,
      maxPayloadBytes: (ms) => (ms * sampleRate * channels * 2) / 1000,
      createEncoder: ({ frameDuration }) => ({
        frameSamples: (frameDuration * sampleRate) / 1000,
        encode(pcm, out) {
          pcm.forEach((sample, i) => {
            out[2 * i] = sample >> 8;
            out[2 * i + 1] = sample;
          });
          return pcm.length * 2;
        },
        reset() {},
      }),
      createDecoder: () => ({
        decode(payload, out) {
          for (let i = 0; i < payload.length / 2; i++) out[i] = ((payload[2 * i]! << 24) >> 16) | payload[2 * i + 1]!;
          return payload.length / 2 / channels;
        },
        conceal(out, samples) {
          out.fill(0, 0, samples * channels);
          return samples;
        },
        reset() {},
      }),
    });
  const wide = { name: 'L16x1', clockRate: 8000, payloadType: 97 };
  const stereo = { name: 'L16x2', clockRate: 48_000, channels: 2, payloadType: 98 };
  const codecs = () =>
    defaultRegistry()
      .register(l16(16_000, 1, 8000))
      .register(l16(48_000, 2));

  test('a clock of half the sample rate, as G.722 has, and two channels, heard as one', () => {
    for (const [codec, rate] of [
      [wide, 16_000],
      [stereo, 48_000],
    ] as const) {
      const pair = new Pair({ codecs: codecs() });
      const heard = new Recording(rate);
      pair.a.source = toneSource({ frequencies: [3000], sampleRate: rate });
      pair.b.addSink(heard);
      pair.configure({ sendCodec: codec, receiveCodecs: [codec] });
      pair.clock.advance(seconds(2));
      expect(pair.b.receiveSampleRate).toBe(rate);
      expect(pair.sentByA[1]!.timestamp - pair.sentByA[0]!.timestamp).toBe((20 * codec.clockRate) / 1000);
      expect(heard.samples.length).toBe(rate * 2);
      expect(toneLevelDbfs(heard.samples.subarray(-rate), rate, 3000)).toBeCloseTo(-10, 1);
      expect(pair.b.statistics()).toMatchObject({ concealedMs: 0, packetsLost: 0, jitterMs: 0 });
    }
  });

  test('from narrow to wide in the middle of a call, with sinks and sources of either rate', async () => {
    await loadResampler();
    const pair = new Pair({ codecs: codecs() });
    const heard = new Recording(16_000);
    pair.a.source = toneSource({ frequencies: [1000] });
    pair.b.addSink(heard);
    pair.configure({ receiveCodecs: [PCMU, wide] });
    pair.clock.advance(seconds(2));
    pair.configureA({ sendCodec: wide });
    pair.clock.advance(seconds(2));
    expect(heard.samples.length).toBe(16_000 * 4);
    const level = (from: number, to: number) =>
      toneLevelDbfs(heard.samples.subarray(from * 16_000, to * 16_000), 16_000, 1000);
    expect(level(1, 2)).toBeCloseTo(-10, 0);
    expect(level(3, 4)).toBeCloseTo(-10, 0);
    expect(pair.b.statistics()).toMatchObject({ receiveCodec: 'L16x1', packetsLost: 0 });
  });
});

describe('digits', () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
    pair.configure();
    pair.clock.advance(seconds(1));
  });

  test('on the wire: one timestamp, marker on the first, three ends, and audio after with its own time (RFC 4733)', () => {
    void pair.a.sendDtmf('9', { durationMs: 100 });
    const before = pair.sentByA.at(-1)!;
    pair.clock.advance(seconds(1));
    const events = pair.sentByA.filter(({ payloadType }) => payloadType === 101);
    expect(events.map(({ marker }) => marker)).toEqual([true, ...Array(6).fill(false)]);
    expect(new Set(events.map(({ timestamp }) => timestamp))).toEqual(new Set([(before.timestamp + 160) >>> 0]));
    expect(events.map(({ payload }) => [...payload])).toEqual([
      [9, 10, 0, 160],
      [9, 10, 1, 64],
      [9, 10, 1, 224],
      [9, 10, 2, 128],
      [9, 0x8a, 3, 32],
      [9, 0x8a, 3, 32],
      [9, 0x8a, 3, 32],
    ]);
    const after = pair.sentByA[pair.sentByA.indexOf(events.at(-1)!) + 1]!;
    expect(after).toMatchObject({ payloadType: 0, marker: true, timestamp: (before.timestamp + 160 * 8) >>> 0 });
  });

  test('are no loss to the peer’s audio', () => {
    void pair.a.sendDtmf('123');
    pair.clock.advance(seconds(2));
    expect(pair.b.statistics()).toMatchObject({ packetsLost: 0, concealedMs: 0, jitterMs: 0, packetsDiscarded: 0 });
  });

  test('wait while on hold, and go on after', () => {
    const digits: string[] = [];
    pair.b.on('dtmf', ({ digit }) => digits.push(digit));
    void pair.a.sendDtmf('12345', { durationMs: 160, gapMs: 100 });
    pair.clock.advance(500);
    pair.configureA({ direction: 'inactive' });
    pair.clock.advance(seconds(5));
    const heard = digits.length;
    expect(heard).toBeLessThan(5);
    pair.configureA();
    pair.clock.advance(seconds(3));
    expect(digits.join('')).toBe('12345');
  });

  test('are refused when they cannot be sent', async () => {
    await expect(pair.a.sendDtmf('x')).rejects.toMatchObject({ code: 'ERR_DTMF_DIGIT' });
    pair.configureA({ direction: 'recvonly' });
    await expect(pair.a.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_MEDIA_DIRECTION' });
    pair.configureA({ telephoneEvent: { receivePayloadType: 101, clockRate: 8000 } });
    await expect(pair.a.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_DTMF_NOT_NEGOTIATED' });
  });

  test('not yet sent are given up when the session closes', async () => {
    const sending = pair.a.sendDtmf('1234567890');
    const failed = expect(sending).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' });
    await pair.a.close();
    await failed;
  });
});

describe('sources and sinks', () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
    pair.configure();
  });

  test('a source that ends is announced once, and another may be set there and then', () => {
    const heard = new Recording();
    const ended: unknown[] = [];
    const first = toneSource({ frequencies: [500], durationMs: 990 });
    pair.a.on('sourceEnded', (source) => {
      ended.push(source);
      pair.a.source = toneSource({ frequencies: [900] });
    });
    pair.a.source = first;
    pair.b.addSink(heard);
    pair.clock.advance(seconds(3));
    expect(ended).toEqual([first]);
    expect(toneLevelDbfs(heard.samples.subarray(1000, 6000), 8000, 500)).toBeCloseTo(-10, 0);
    expect(toneLevelDbfs(heard.samples.subarray(-8000), 8000, 900)).toBeCloseTo(-10, 0);
  });

  test('a source or a sink that throws is removed and reported; the call goes on', () => {
    const errors: MediaError[] = [];
    const heard = new Recording();
    pair.a.on('error', (error) => errors.push(error));
    const bad = (): never => {
      throw new Error('broken');
    };
    pair.a.source = { sampleRate: 8000, read: bad };
    pair.a.addSink({ sampleRate: 8000, write: bad });
    pair.a.addSink(heard);
    pair.clock.advance(seconds(1));
    expect(errors.map(({ code }) => code).sort()).toEqual(['ERR_MEDIA_SINK', 'ERR_MEDIA_SOURCE']);
    expect(heard.samples.length).toBe(8000);
    expect(pair.a.statistics().packetsSent).toBe(50);
  });

  test('a listener that throws breaks nothing', () => {
    const reported: unknown[] = [];
    const before = TypedEmitter.onListenerError;
    TypedEmitter.onListenerError = (error) => reported.push(error);
    let second = 0;
    pair.b.on('firstPacket', () => {
      throw new Error('in a listener');
    });
    pair.b.on('firstPacket', () => second++);
    pair.clock.advance(seconds(1));
    TypedEmitter.onListenerError = before;
    expect(reported).toHaveLength(1);
    expect(second).toBe(1);
    expect(pair.b.statistics().packetsReceived).toBe(50);
  });

  test('every sink is written once a packet time, silence included, and a removed one no more', () => {
    const heard = new Recording();
    pair.configureA({ direction: 'inactive' });
    pair.b.addSink(heard);
    pair.b.addSink(heard);
    pair.clock.advance(seconds(1));
    expect(heard.samples.length).toBe(8000);
    pair.b.removeSink(heard);
    pair.clock.advance(seconds(1));
    expect(heard.samples.length).toBe(8000);
  });
});

test('reports on the wire pass the checks of any reader, and end with a goodbye', async () => {
  const pair = new Pair();
  pair.configure();
  pair.clock.advance(seconds(30));
  await pair.a.close();
  for (const { bytes } of pair.rtcp) expect(parseRtcp(bytes)?.map(({ type }) => type)).toContain('source-description');
  expect(parseRtcp(pair.rtcp.at(-1)!.bytes)!.at(-1)).toMatchObject({ type: 'bye' });
});
