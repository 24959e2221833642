import { type Codec, defaultRegistry, defineCodec } from '@offhook/codecs';
import { describe, expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { levelDbfs } from '../analysis/level';
import { RecordingSource } from '../sources/recording-source';
import { seededRandom } from '../testing/seeded-random';
import { Pair, PCMU, Recording, type SentPacket } from '../testing/session-pair';
import { voice } from '../testing/voice';

const CN = 13;
const RATE = 8000;

/** Noise of a level in dBFS, dark when asked for. */
function noise(seconds: number, db: number, { dark = false, seed = 4 } = {}): Int16Array {
  const random = seededRandom(seed);
  const pcm = new Float64Array(seconds * RATE);
  let last = 0;
  for (let i = 0; i < pcm.length; i++) {
    const white = random() + random() + random() - 1.5;
    last = dark ? 0.9 * last + white : white;
    pcm[i] = last;
  }
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  const gain = (32_767 * 10 ** (db / 20)) / Math.sqrt(2 * power);
  return Int16Array.from(pcm, (sample) => Math.round(sample * gain));
}

/** Continuous speech of a level that is a voice all the time, on top of noise. */
function speech(seconds: number, db: number): Int16Array {
  const made = voice(seconds * 2 + 1);
  const syllables: number[] = [];
  // Only the syllables, without the pauses between them.
  for (let i = 0; syllables.length < seconds * RATE; i++) {
    if ((i / RATE) % 0.65 < 0.4) syllables.push(made[i % made.length]!);
  }
  const ground = noise(seconds, db, { seed: 8 });
  return Int16Array.from(ground, (sample, i) => sample + syllables[i]!);
}

function joined(...parts: Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A sends a recording with DTX; what B hears. */
function call(pcm: Int16Array, options: ConstructorParameters<typeof Pair>[0] = {}) {
  const pair = new Pair({ a: { dtx: true }, ...options });
  const heard = new Recording();
  pair.b.addSink(heard);
  pair.a.source = new RecordingSource(pcm, RATE);
  pair.configureA({ sendComfortNoise: CN });
  pair.configureB({ comfortNoise: [CN] });
  pair.clock.advance((pcm.length * 1000) / RATE);
  return { pair, heard, sent: pair.sentByA };
}

const isNoise = ({ payloadType }: SentPacket) => payloadType === CN;

describe('discontinuous transmission with comfort noise (RFC 3389, RFC 3551 §4.1)', () => {
  test('a pause is a few small packets; speech after it is marked and on time, and the noise is heard through', () => {
    const pcm = joined(speech(2, -50), noise(4, -50), speech(2, -50));
    const { pair, heard, sent } = call(pcm);
    const noises = sent.filter(isNoise);
    // One at the beginning, then one a second: the noise does not change.
    expect(noises.length).toBeGreaterThanOrEqual(4);
    expect(noises.length).toBeLessThanOrEqual(6);
    expect(noises.every(({ marker, payloadLength }) => !marker && payloadLength <= 9)).toBe(true);
    expect(sent.length).toBeLessThan(400 - 175);
    // Every timestamp says when its frame was; sequence numbers have no gap.
    const first = sent[0]!;
    for (const [i, packet] of sent.entries()) {
      expect((packet.timestamp - first.timestamp) >>> 0).toBe((packet.at - first.at) * 8);
      expect(packet.sequenceNumber).toBe((first.sequenceNumber + i) & 0xffff);
    }
    // The marker is on the first packet of all, and on the first of speech after the pause.
    const marked = sent.filter(({ marker }) => marker);
    expect(marked.map((packet) => Math.round((packet.at - first.at) / 20) * 20)).toEqual([0, expect.any(Number)]);
    expect(marked[1]!.at - first.at).toBeGreaterThanOrEqual(5980);
    expect(marked[1]!.at - first.at).toBeLessThanOrEqual(6060);
    // Hang-over: audio goes on for 240 ms after the last word.
    const pause = noises[0]!.at - first.at;
    expect(pause).toBeGreaterThanOrEqual(2200);
    expect(pause).toBeLessThanOrEqual(2300);
    const said = levelDbfs(pcm.subarray(3 * RATE, 5.5 * RATE));
    expect(Math.abs(levelDbfs(heard.samples.subarray(3 * RATE, 5.5 * RATE)) - said)).toBeLessThan(1.5);
    const { packetsLost, concealedMs, ignored } = pair.b.statistics();
    expect({ packetsLost, concealedMs, unknown: ignored.unknownPayload }).toEqual({
      packetsLost: 0,
      concealedMs: 0,
      unknown: 0,
    });
    const { correlation } = correlate(pcm.subarray(6.1 * RATE), heard.samples.subarray(6.1 * RATE));
    expect(correlation).toBeGreaterThan(0.99);
  });

  test('a level or a spectrum that changes is told at once, within a tenth of a second', () => {
    const pcm = joined(
      speech(1, -56),
      noise(2.4, -56),
      noise(2.4, -50, { seed: 5 }),
      noise(2.4, -50, { dark: true, seed: 6 }),
    );
    // Nothing of it is a voice.
    const { sent, heard } = call(pcm, { a: { dtx: { refreshMs: 15_000, voice: { minLevelDb: -40 } } } });
    const noises = sent.filter(isNoise).map((packet) => packet.at - sent[0]!.at);
    const changes = [3400, 5800];
    for (const change of changes) {
      const updates = noises.filter((at) => at >= change && at < change + 400);
      expect(updates.length).toBeGreaterThanOrEqual(1);
      expect(updates[0]! - change).toBeLessThanOrEqual(120);
    }
    expect(noises.filter((at) => at > 1700 && at < 3400)).toEqual([]);
    expect(noises.filter((at) => at > 4300 && at < 5800)).toEqual([]);
    /** Correlation of neighbouring samples: 0.9 in the dark noise. */
    const likeness = (part: Int16Array) => {
      let own = 0;
      let neighbours = 0;
      for (let i = 1; i < part.length; i++) {
        own += part[i]! ** 2;
        neighbours += part[i]! * part[i - 1]!;
      }
      return neighbours / own;
    };
    expect(Math.abs(likeness(heard.samples.subarray(4.5 * RATE, 5.5 * RATE)))).toBeLessThan(0.15);
    expect(likeness(heard.samples.subarray(6.5 * RATE, 7.8 * RATE))).toBeGreaterThan(0.8);
  });

  test('muted, or without a source, the peer hears nothing at all, and at once', () => {
    const { pair, sent } = call(speech(4, -45));
    pair.a.muted = true;
    const before = sent.length;
    pair.clock.advance(3000);
    const silent = sent.slice(before);
    expect(silent.length).toBeLessThanOrEqual(4);
    expect(silent.every((packet) => isNoise(packet) && packet.payload[0] === 127)).toBe(true);
    pair.a.muted = false;
    pair.a.source = new RecordingSource(speech(1, -45), RATE);
    pair.clock.advance(200);
    expect(sent.at(-1)).toMatchObject({ payloadType: 0 });
  });

  test('without comfort noise at the peer, or without the option, everything is sent', () => {
    const silence = new Int16Array(RATE * 2);
    const plain = new Pair();
    plain.configureA({ sendComfortNoise: CN });
    plain.clock.advance(2000);
    expect(plain.sentByA).toHaveLength(100);
    const alone = new Pair({ a: { dtx: true } });
    alone.a.source = new RecordingSource(silence, RATE);
    alone.configureA();
    alone.clock.advance(2000);
    expect(alone.sentByA).toHaveLength(100);
    // From the next agreement on it may.
    alone.configureA({ sendComfortNoise: CN });
    alone.clock.advance(2000);
    expect(alone.sentByA.length).toBeLessThan(120);
  });

  test('a stream begins, and goes on after a hold, with audio', () => {
    const pair = new Pair({ a: { dtx: true } });
    pair.configureA({ sendComfortNoise: CN });
    pair.clock.advance(1000);
    expect(pair.sentByA[0]).toMatchObject({ payloadType: 0, marker: true });
    expect(pair.sentByA.slice(0, 12).some(isNoise)).toBe(false);
    pair.configureA({ sendComfortNoise: CN, direction: 'inactive' });
    const held = pair.sentByA.length;
    pair.clock.advance(5000);
    expect(pair.sentByA).toHaveLength(held);
    pair.configureA({ sendComfortNoise: CN });
    pair.clock.advance(40);
    expect(pair.sentByA[held]).toMatchObject({ payloadType: 0, marker: true });
  });

  test('reports go on, and something is sent at least every refresh interval, for an hour of silence', () => {
    const pair = new Pair({ a: { dtx: { refreshMs: 15_000 } } });
    pair.configureA({ sendComfortNoise: CN });
    pair.configureB({ comfortNoise: [CN], direction: 'recvonly' });
    const inactive: number[] = [];
    pair.b.on('inactive', (ms) => inactive.push(ms));
    pair.clock.advance(3_600_000);
    const gaps = pair.sentByA.slice(1).map((packet, i) => packet.at - pair.sentByA[i]!.at);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000);
    expect(inactive).toEqual([]);
    expect(pair.rtcp.filter(({ from }) => from === '192.0.2.1').length).toBeGreaterThan(500);
    expect(pair.b.statistics()).toMatchObject({ packetsLost: 0, concealedMs: 0 });
  });

  test('digits go out in a pause, by either method, and the noise is told again after them', async () => {
    const pair = new Pair({ a: { dtx: true }, b: { inbandDtmf: true } });
    pair.configureA({ sendComfortNoise: CN });
    pair.configureB({ comfortNoise: [CN] });
    const digits: string[] = [];
    pair.b.on('dtmf', ({ digit, method }) => digits.push(`${digit} ${method}`));
    await pair.clock.run(1000);
    void pair.a.sendDtmf('1');
    await pair.clock.run(1000);
    void pair.a.sendDtmf('2', { method: 'inband' });
    await pair.clock.run(1500);
    expect(digits).toEqual(['1 rfc4733', '2 inband']);
    const kinds = pair.sentByA.map(({ payloadType }) => payloadType).join(' ');
    expect(kinds).toMatch(/ 13 (13 )*(101 )+13 (13 )*(0 )+13/);
  });

  test('of a codec whose audio has another rate than its clock only the level is told', () => {
    const pair = new Pair({ a: { dtx: true } });
    const G722 = { name: 'G722', clockRate: 8000, payloadType: 9 };
    if (!defaultRegistry().get('G722', 8000)) return;
    pair.a.source = new RecordingSource(noise(4, -60), RATE);
    pair.configureA({ sendCodec: G722, sendComfortNoise: CN });
    pair.clock.advance(3000);
    const noises = pair.sentByA.filter(isNoise);
    expect(noises.length).toBeGreaterThan(1);
    expect(noises.every(({ payloadLength }) => payloadLength === 1)).toBe(true);
  });

  test.each([{ hangoverMs: -1 }, { refreshMs: 20_000 }, { refreshMs: Number.NaN }])('refuses %j', (dtx) => {
    expect(() => new Pair({ a: { dtx } })).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }));
  });
});

/** A codec with a discontinuous transmission of its own: every tenth frame of silence is one byte, the others nothing. */
function pausingCodec(): Codec {
  return defineCodec({
    name: 'PAUSING',
    sampleRate: 8000,
    clockRate: 8000,
    channels: 1,
    frameDurations: [20],
    defaultFrameDuration: 20,
    maxPayloadBytes: () => 160,
    createEncoder: () => {
      let quiet = 0;
      return {
        frameSamples: 160,
        encode(pcm, out) {
          if (pcm.some((sample) => sample !== 0)) {
            quiet = 0;
            out.fill(1, 0, 160);
            return 160;
          }
          return quiet++ % 10 === 0 ? 1 : 0;
        },
        reset() {},
      };
    },
    createDecoder: () => ({
      decode(payload, out) {
        out.fill(payload.length > 1 ? 1000 : 0, 0, 160);
        return 160;
      },
      conceal(out, samples) {
        out.fill(0, 0, samples);
        return samples;
      },
      reset() {},
    }),
  });
}

test('a codec that leaves frames out itself keeps time, and marks what follows a frame left out', () => {
  const codecs = defaultRegistry();
  codecs.register(pausingCodec());
  const pair = new Pair({ codecs, a: { dtx: true } });
  const pausing = { ...PCMU, name: 'PAUSING', payloadType: 97 };
  const tone = new Int16Array(8000).fill(500);
  pair.a.source = new RecordingSource(joined(tone, new Int16Array(16_000), tone), RATE);
  pair.configureA({ sendCodec: pausing });
  pair.configureB({ receiveCodecs: [pausing] });
  pair.clock.advance(4000);
  const sent = pair.sentByA;
  expect(sent.length).toBe(50 + 10 + 50);
  for (const packet of sent) expect((packet.timestamp - sent[0]!.timestamp) >>> 0).toBe((packet.at - sent[0]!.at) * 8);
  expect(sent.filter(({ marker, payloadLength }) => marker && payloadLength === 160)).toHaveLength(2);
  expect(pair.b.statistics().packetsLost).toBe(0);
});
