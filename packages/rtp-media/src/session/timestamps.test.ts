import { defaultRegistry, defineCodec } from '@offhook/codecs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadResampler } from '../audio/resampler';
import { DtmfSender } from '../dtmf/dtmf-sender';
import { DtmfToneSender } from '../dtmf/dtmf-tone-sender';
import { writeTelephoneEvent } from '../dtmf/telephone-event';
import { parseRtcp } from '../rtcp/rtcp-packets';
import { RTP_HEADER_BYTES, timestampDistance, writeRtpHeader } from '../rtp/rtp-header';
import { silenceSource } from '../sources/silence-source';
import { toneSource } from '../sources/tone-source';
import { EVENTS, Pair, PCMU, type SentPacket } from '../testing/session-pair';

beforeAll(loadResampler);

/** PCM as it is, at any rate. */
const linear = (name: string, clockRate: number) =>
  defineCodec({
    name,
    sampleRate: clockRate,
    clockRate,
    channels: 1,
    frameDurations: [10, 20, 30],
    defaultFrameDuration: 20,
    maxPayloadBytes: (ms) => (ms * clockRate) / 1000,
    createEncoder: ({ frameDuration }) => ({
      frameSamples: (frameDuration * clockRate) / 1000,
      encode(pcm, out) {
        for (let i = 0; i < pcm.length; i++) out[i] = pcm[i]! >> 8;
        return pcm.length;
      },
      reset() {},
    }),
    createDecoder: () => ({
      decode(payload, out) {
        for (let i = 0; i < payload.length; i++) out[i] = (payload[i]! << 24) >> 16;
        return payload.length;
      },
      conceal(out, samples) {
        out.fill(0, 0, samples);
        return samples;
      },
      reset() {},
    }),
  });

function pairOf(options: ConstructorParameters<typeof Pair>[0] = {}): Pair {
  const codecs = defaultRegistry();
  for (const rate of [16_000, 48_000]) codecs.register(linear(`RAW${rate}`, rate));
  return new Pair({ codecs, ...options });
}

const raw = (rate: number) => ({ name: `RAW${rate}`, clockRate: rate, payloadType: rate / 1000 + 60 });

/** Numbers follow each other, and timestamps say when each packet went out. */
function expectOnTime(packets: readonly SentPacket[], clockRate: number): void {
  const first = packets[0]!;
  for (const [i, packet] of packets.entries()) {
    expect(packet.sequenceNumber).toBe((first.sequenceNumber + i) & 0xffff);
    const late = packet.at - first.at - (timestampDistance(first.timestamp, packet.timestamp) * 1000) / clockRate;
    // A packet that a busy thread sends late bears the time it should have gone out at.
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(packet.marker ? 30 : 1e-6);
  }
}

describe('timestamps (RFC 3550 §5.1, RFC 3551 §4.1)', () => {
  test.each([10, 20, 30])('through holds, mutes, sources and stalls, at %i ms a packet', (ptime) => {
    const pair = pairOf();
    pair.configureA({ ptime });
    const marked: number[] = [];
    const step = (ms: number, action: () => void) => {
      action();
      const before = pair.sentByA.length;
      pair.clock.advance(ms);
      if (pair.sentByA[before]?.marker) marked.push(before);
    };
    step(300, () => {});
    step(2000, () => pair.configureA({ ptime, direction: 'inactive' }));
    step(300, () => pair.configureA({ ptime }));
    step(300, () => {
      pair.a.muted = true;
    });
    step(300, () => {
      pair.a.muted = false;
    });
    step(300, () => {
      pair.a.source = toneSource();
    });
    step(300, () => {
      pair.a.source = silenceSource();
    });
    step(300, () => {
      pair.a.source = toneSource({ sampleRate: 44_100 });
    });
    step(300, () => pair.clock.stall(205));
    expectOnTime(pair.sentByA, 8000);
    // Only what follows a pause is marked: the first of all, after the hold, and after the stall.
    expect(pair.sentByA.filter(({ marker }) => marker)).toHaveLength(3);
    expect(marked).toHaveLength(3);
  });

  test('a machine that slept for hours sends one packet, on time, and no burst', () => {
    const pair = pairOf();
    const inactive: number[] = [];
    pair.configure();
    pair.b.on('inactive', (ms) => inactive.push(ms));
    pair.clock.advance(1000);
    const before = pair.sentByA.length;
    pair.clock.stall(7 * 3_600_000 + 7);
    pair.clock.advance(20);
    expect(pair.sentByA.length - before).toBeLessThanOrEqual(2);
    pair.clock.advance(1000);
    expectOnTime(pair.sentByA, 8000);
    expect(inactive).toEqual([]);
    expect(pair.b.statistics().packetsLost).toBe(0);
  });

  test('another clock rate is another synchronisation source, with a goodbye and counts of its own (RFC 7160 §4.1)', () => {
    const pair = pairOf();
    const opus = raw(48_000);
    pair.configureA();
    pair.configureB({ receiveCodecs: [PCMU, opus] });
    pair.clock.advance(1000);
    const old = pair.sentByA[0]!.ssrc;
    pair.configureA({ sendCodec: opus });
    pair.clock.advance(10_000);
    const before = pair.sentByA.filter(({ ssrc }) => ssrc === old);
    const after = pair.sentByA.slice(before.length);
    expect(new Set(after.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(after[0]).toMatchObject({ marker: true, payloadType: opus.payloadType });
    expectOnTime(before, 8000);
    expectOnTime(after, 48_000);
    const reports = pair.rtcp.filter(({ from }) => from === '192.0.2.1').flatMap(({ bytes }) => parseRtcp(bytes) ?? []);
    expect(reports.filter((packet) => packet.type === 'bye')).toMatchObject([{ sources: [old] }]);
    const last = reports.filter((packet) => packet.type === 'sender-report').at(-1)!;
    expect(last.ssrc).toBe(after[0]!.ssrc);
    expect(last.packetCount).toBeLessThanOrEqual(after.length);
    expect(last.packetCount).toBeGreaterThan(after.length - 300);
    expect(pair.a.statistics().packetsSent).toBe(pair.sentByA.length);
    expect(pair.b.statistics().receiveCodec).toBe(opus.name);
  });

  test('another codec of the same clock rate, or another packet time, is the same source', () => {
    const pair = pairOf();
    pair.configureA();
    pair.clock.advance(500);
    pair.configureA({ ptime: 30 });
    pair.clock.advance(600);
    expect(new Set(pair.sentByA.map(({ ssrc }) => ssrc)).size).toBe(1);
    const distances = pair.sentByA
      .slice(1)
      .map((packet, i) => timestampDistance(pair.sentByA[i]!.timestamp, packet.timestamp));
    expect(new Set(distances)).toEqual(new Set([160, 240]));
  });
});

describe('telephone events at the clock rate of the codec (RFC 4733 §2.1)', () => {
  test.each([8000, 16_000, 48_000])('%i Hz: timestamps and durations are in it', async (clockRate) => {
    const pair = pairOf();
    const sendCodec = clockRate === 8000 ? PCMU : raw(clockRate);
    const telephoneEvent = { ...EVENTS, clockRate };
    pair.configure({ sendCodec, receiveCodecs: [sendCodec], telephoneEvent });
    const digits: unknown[] = [];
    pair.b.on('dtmfStart', ({ digit }) => digits.push(digit));
    pair.b.on('dtmf', (digit) => digits.push(digit));
    await pair.clock.run(200);
    const done = pair.a.sendDtmf('7', { durationMs: 100, levelDbm0: -20 });
    await pair.clock.run(500);
    await done;
    expect(digits).toEqual(['7', { digit: '7', durationMs: 100, method: 'rfc4733' }]);
    const events = pair.sentByA.filter(({ payloadType }) => payloadType === 101);
    expect(events).toHaveLength(7);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
    const duration = ({ payload }: SentPacket) => (payload[2]! << 8) | payload[3]!;
    expect(duration(events.at(-1)!)).toBe(clockRate / 10);
    expect(events[0]!.payload[1]! & 0x3f).toBe(20);
    // The audio goes on at its own time.
    expectOnTimeAround(pair.sentByA, clockRate);
  });

  function expectOnTimeAround(packets: readonly SentPacket[], clockRate: number): void {
    const audio = packets.filter(({ payloadType }) => payloadType !== 101);
    for (const packet of audio) {
      const distance = timestampDistance(audio[0]!.timestamp, packet.timestamp);
      expect(distance).toBe(((packet.at - audio[0]!.at) * clockRate) / 1000);
    }
    const after = audio.find(
      (packet) => packet.sequenceNumber > packets.findLast((p) => p.payloadType === 101)!.sequenceNumber,
    );
    expect(after?.marker).toBe(true);
  }

  test('a tone of 20 seconds at 48 kHz goes on in segments and is one digit', async () => {
    const pair = pairOf();
    const codec = raw(48_000);
    pair.configure({ sendCodec: codec, receiveCodecs: [codec], telephoneEvent: { ...EVENTS, clockRate: 48_000 } });
    const digits: unknown[] = [];
    pair.b.on('dtmfStart', () => digits.push('down'));
    pair.b.on('dtmf', (digit) => digits.push(digit));
    void pair.a.sendDtmf('#', { durationMs: 20_000 });
    await pair.clock.run(21_000, 100);
    expect(digits).toEqual(['down', { digit: '#', durationMs: 20_000, method: 'rfc4733' }]);
  });

  test('events of several clock rates may come, each with its own durations', async () => {
    const pair = pairOf();
    pair.configureA({ telephoneEvent: { sendPayloadType: 102, clockRate: 16_000 }, sendCodec: raw(16_000) });
    pair.configureB({
      receiveCodecs: [PCMU, raw(16_000)],
      telephoneEvent: EVENTS,
      receiveTelephoneEvents: [{ payloadType: 102, clockRate: 16_000 }],
    });
    const digits: unknown[] = [];
    pair.b.on('dtmf', (digit) => digits.push(digit));
    void pair.a.sendDtmf('3', { durationMs: 200 });
    await pair.clock.run(1000);
    expect(digits).toEqual([{ digit: '3', durationMs: 200, method: 'rfc4733' }]);
  });

  test('only events that the peer has listed are sent (§2.5.1.1); an agreement without any ends those under way', async () => {
    const pair = pairOf();
    pair.configureA({ telephoneEvent: { ...EVENTS, events: '0-11' } });
    await expect(pair.a.sendDtmf('1A')).rejects.toMatchObject({ code: 'ERR_DTMF_NOT_NEGOTIATED' });
    pair.configureA({ telephoneEvent: { ...EVENTS, events: '0-11,16' } });
    const sent = pair.a.sendDtmf('!1');
    await pair.clock.run(1000);
    await sent;
    const stuck = pair.a.sendDtmf('1234567').catch((error: unknown) => error);
    await pair.clock.run(100);
    pair.a.configure({
      sendCodec: PCMU,
      receiveCodecs: [PCMU],
      direction: 'sendrecv',
      remoteRtp: pair.transportB.rtpAddress,
    });
    expect(await stuck).toMatchObject({ code: 'ERR_DTMF_NOT_NEGOTIATED' });
  });
});

describe('digits in the audio', () => {
  test.each([8000, 16_000, 48_000])(
    'take the place of the source at %i Hz and are heard there, also when muted',
    async (rate) => {
      const pair = pairOf({ b: { inbandDtmf: true } });
      const codec = rate === 8000 ? PCMU : raw(rate);
      pair.configure({ sendCodec: codec, receiveCodecs: [codec] });
      pair.a.source = toneSource({ frequencies: [400], sampleRate: rate });
      pair.a.muted = rate === 16_000;
      const digits: string[] = [];
      pair.b.on('dtmf', ({ digit, method }) => digits.push(`${digit} ${method}`));
      await pair.clock.run(200);
      const done = pair.a.sendDtmf('159D', { method: 'inband', durationMs: 60, gapMs: 60 });
      await pair.clock.run(1000);
      await done;
      expect(digits).toEqual(['1 inband', '5 inband', '9 inband', 'D inband']);
      expect(pair.a.statistics().digitsSent).toBe(4);
      expectOnTime(pair.sentByA, rate);
    },
  );

  test.each(['rfc4733', 'inband'] as const)(
    'a hold in the middle of a digit does not make two of it (%s)',
    async (method) => {
      const pair = new Pair({ b: { inbandDtmf: true } });
      pair.configure();
      const digits: string[] = [];
      pair.b.on('dtmf', ({ digit }) => digits.push(digit));
      const done = pair.a.sendDtmf('12', { method, durationMs: 300 });
      await pair.clock.run(150);
      pair.configureA({ direction: 'inactive' });
      await pair.clock.run(5000);
      expect(digits).toEqual(['1']);
      pair.configureA();
      await pair.clock.run(2000);
      await done;
      expect(digits).toEqual(['1', '2']);
      expect(pair.a.statistics().digitsSent).toBe(2);
    },
  );

  test('strings of both methods go out one after the other', async () => {
    const pair = new Pair({ b: { inbandDtmf: true } });
    pair.configure();
    const digits: string[] = [];
    pair.b.on('dtmf', ({ digit, method }) => digits.push(`${digit} ${method}`));
    const all = Promise.all([
      pair.a.sendDtmf('12'),
      pair.a.sendDtmf('34', { method: 'inband' }),
      pair.a.sendDtmf('56'),
    ]);
    await pair.clock.run(3000);
    await all;
    expect(digits).toHaveLength(6);
    expect(digits.slice(0, 2)).toEqual(['1 rfc4733', '2 rfc4733']);
    expect(new Set(digits)).toEqual(
      new Set(['1 rfc4733', '2 rfc4733', '3 inband', '4 inband', '5 rfc4733', '6 rfc4733']),
    );
  });

  test.each([160, 60])('of a gateway that sends events and the first %i ms of each tone are told once', (toneMs) => {
    const pair = new Pair({ b: { inbandDtmf: true } });
    pair.configureB();
    const digits: string[] = [];
    pair.b.on('dtmf', ({ digit }) => digits.push(digit));
    const events = new DtmfSender();
    const tones = new DtmfToneSender();
    const options = { durationMs: 160, gapMs: 80 };
    void events.send('1122#', options);
    void tones.send('1122#', options);
    const encoder = defaultRegistry().get('PCMU')!.createEncoder();
    const frame = new Int16Array(160);
    const payload = new Uint8Array(160);
    pair.transportA.setRemote(pair.transportB.rtpAddress, pair.transportB.rtpAddress);
    let sequence = 0;
    const send = (payloadType: number, marker: boolean, timestamp: number, body: Uint8Array) => {
      const bytes = new Uint8Array(RTP_HEADER_BYTES + body.length);
      writeRtpHeader(bytes, payloadType, marker, sequence++ & 0xffff, timestamp, 77);
      bytes.set(body, RTP_HEADER_BYTES);
      pair.transportA.sendRtp(bytes);
    };
    for (let tick = 0; tick < 100; tick++) {
      const event = events.tick(20, 8000);
      if (event) {
        const body = new Uint8Array(4);
        writeTelephoneEvent(body, 0, event.event, event.end, event.volume, event.duration);
        send(101, event.first, (tick * 20 - event.ageMs) * 8, body);
      }
      const tone = tones.fill(frame, 8000);
      // One that is slow to see the tone lets its beginning through; one that does not care, all of it.
      if (!tone || (event && event.ageMs >= toneMs)) frame.fill(0);
      encoder.encode(frame, payload);
      send(0, false, tick * 160, payload);
      pair.clock.advance(20);
    }
    pair.clock.advance(500);
    expect(digits.join('')).toBe('1122#');
    expect(pair.b.statistics().digitsReceived).toBe(5);
  });
});
