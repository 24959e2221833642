import { describe, expect, test } from 'vitest';
import { correlateSegments } from '../analysis/correlate';
import { RedundantPayload } from '../redundancy/redundant-payload';
import { createRtpHeader, readRtpHeader, writeRtpHeader } from '../rtp/rtp-header';
import { RecordingSource } from '../sources/recording-source';
import { seededRandom } from '../testing/seeded-random';
import { Pair, Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';

const RED = 121;
const PEER = { host: '192.0.2.1', port: 40_002 };

/** Half a minute from A to B, of which a share is lost, evenly spread. */
function call(generations: number, loss: number, seconds = 30) {
  const pair = new Pair({ seed: 3 });
  const random = seededRandom(11);
  pair.network.setPath('192.0.2.1', '192.0.2.2', {
    deliver: (bytes) => (bytes[1]! < 200 && random() < loss ? [] : [5]),
  });
  const said = voice(seconds);
  const heard = new Recording();
  pair.a.source = new RecordingSource(said, 8000);
  pair.b.addSink(heard);
  const redundancy = { receivePayloadTypes: [RED], send: { payloadType: RED, generations } };
  pair.configure(generations > 0 ? { redundancy } : {});
  pair.clock.advance(seconds * 1000);
  const { correlation } = correlateSegments(said, heard.samples, { segment: 1600, maxLag: 2000 });
  return { pair, statistics: pair.b.statistics(), correlation };
}

type Call = ReturnType<typeof call>;

/** A session that waits for PCMU, alone or redundant, and what it is sent. */
function receiver() {
  const pair = new Pair();
  pair.configureB({ redundancy: { receivePayloadTypes: [RED] } });
  const digits: unknown[] = [];
  pair.b.on('dtmf', (digit) => digits.push(digit));
  /** @param blocks payload type, age and bytes of each; the last is the primary */
  const send = (sequence: number, timestamp: number, ...blocks: [number, number, Uint8Array | number[]][]) => {
    const header = blocks.flatMap(([type, age, { length }], i) =>
      i === blocks.length - 1 ? [type] : [0x80 | type, age >> 6, ((age & 63) << 2) | (length >> 8), length & 255],
    );
    const packet = Uint8Array.from([...new Uint8Array(12), ...header, ...blocks.flatMap(([, , bytes]) => [...bytes])]);
    writeRtpHeader(packet, RED, false, sequence & 0xffff, timestamp >>> 0, 77);
    pair.network.send(packet, PEER, pair.transportB.rtpAddress);
    pair.clock.advance(20);
  };
  return { pair, send, digits, statistics: () => pair.b.statistics() };
}

const audio = new Uint8Array(160).fill(0x9a);
/** RFC 4733 §2.3: the digit, its end, a volume of -10 dBm0, a duration. */
const event = (digit: number, duration: number) => [digit, 0x80 | 10, duration >> 8, duration & 255];

describe('redundant audio (RFC 2198)', () => {
  test('of what 20 % loss makes missing one generation leaves a fifth, two a twentieth, for a packet or two of delay', {
    timeout: 30_000,
  }, () => {
    const [plain, one, two] = [0, 1, 2].map((generations) => call(generations, 0.2)) as [Call, Call, Call];
    const share = ({ statistics }: Call) => statistics.concealedMs / 30_000;
    const { fractionLost } = one.statistics;
    expect(fractionLost).toBeGreaterThan(0.19);
    expect(share(plain)).toBeGreaterThan(0.19);
    // What is lost twice, and three times, in a row.
    expect(share(one)).toBeLessThan(fractionLost ** 2 * 1.3);
    expect(share(two)).toBeLessThan(fractionLost ** 3 * 1.6);
    const delay = ({ statistics }: Call) => statistics.meanBufferMs - plain.statistics.meanBufferMs;
    expect(delay(one)).toBeLessThan(25);
    expect(delay(two)).toBeLessThan(45);
    expect(1 - one.correlation).toBeLessThan((1 - plain.correlation) / 3);
    expect(1 - two.correlation).toBeLessThan((1 - one.correlation) / 2);
    // The peer is told of the loss as it is (RFC 3550); quality is that after the repair (RFC 3611 §4.7.1).
    const { loss, packetsLost, packetsRecovered, duplicates } = one.statistics;
    expect(packetsLost).toBeGreaterThan(250);
    expect(packetsRecovered).toBeGreaterThan(packetsLost * 0.75);
    expect(loss.lost / loss.packets).toBeLessThan(0.06);
    expect(duplicates).toBe(0);
    expect(one.pair.a.statistics().remote!.fractionLost).toBeGreaterThan(0.1);
  });

  test('nothing changes where nothing is lost', () => {
    const { statistics, pair } = call(2, 0, 10);
    expect(statistics).toMatchObject({ concealedMs: 0, packetsRecovered: 0, duplicates: 0, reordered: 0 });
    expect(statistics.packetsDiscarded).toBe(0);
    expect(statistics.meanBufferMs).toBeLessThan(call(0, 0, 10).statistics.meanBufferMs + 1);
    expect(pair.sentByA[0]!.payloadType).toBe(0);
    expect(pair.sentByA.slice(1).every(({ payloadType }) => payloadType === RED)).toBe(true);
  });

  test('a packet repeats those before it as they were, and nothing across a digit', async () => {
    const pair = new Pair();
    pair.a.source = new RecordingSource(voice(3), 8000);
    pair.configureA({ redundancy: { receivePayloadTypes: [], send: { payloadType: RED, generations: 1 } } });
    pair.clock.advance(200);
    const sending = pair.a.sendDtmf('5', { durationMs: 100 });
    pair.clock.advance(600);
    await sending;
    const blocks = new RedundantPayload();
    let repeated = 0;
    for (const [i, { payloadType, payload, timestamp, sequenceNumber }] of pair.sentByA.entries()) {
      const before = pair.sentByA[i - 1];
      if (payloadType !== RED) {
        if (payloadType === 0) expect([undefined, 101]).toContain(before?.payloadType);
        continue;
      }
      expect(blocks.read(payload, 0, payload.length)).toBe(true);
      expect(blocks.count).toBe(2);
      expect((timestamp - blocks.age(0)) >>> 0).toBe(before!.timestamp);
      expect(sequenceNumber).toBe((before!.sequenceNumber + 1) & 0xffff);
      const copy = payload.subarray(blocks.offset(0), blocks.offset(0) + blocks.length(0));
      expect(copy).toEqual(before!.payloadType === RED ? before!.payload.subarray(-160) : before!.payload);
      repeated++;
    }
    expect(repeated).toBeGreaterThan(20);
    expect(pair.sentByA.some(({ payloadType }) => payloadType === 101)).toBe(true);
  });

  test('packets too large to be repeated go out alone', () => {
    const pair = new Pair();
    pair.configureA({
      sendCodec: { name: 'L16', clockRate: 48_000, payloadType: 96 },
      redundancy: { receivePayloadTypes: [], send: { payloadType: RED, generations: 1 } },
    });
    pair.clock.advance(100);
    expect(new Set(pair.sentByA.map(({ payloadType, payloadLength }) => `${payloadType} ${payloadLength}`))).toEqual(
      new Set(['96 960']),
    );
  });

  test('a lost packet is taken from the next, and again from the one after that without effect', () => {
    const { send, statistics } = receiver();
    for (let i = 0; i < 20; i++) {
      if (i === 0) send(65_530, -800, [0, 0, audio]);
      else if (i !== 9) send(65_530 + i, i * 160 - 800, [0, 320, audio], [0, 160, audio], [0, 0, audio]);
    }
    expect(statistics()).toMatchObject({ packetsRecovered: 1, packetsLost: 1, duplicates: 0 });
    expect(statistics().concealedMs).toBeLessThan(25);
  });

  test('what is repeated under a number that was another packet’s is left', () => {
    const { send, statistics, pair } = receiver();
    for (let i = 0; i < 10; i++) send(i, i * 160, [0, 0, audio]);
    // The repeated audio was heard; the number missing is that of a packet between.
    send(11, 10 * 160, [0, 160, audio], [0, 0, audio]);
    // Far too old, and from the future.
    send(13, 12 * 160, [0, 16_000, audio], [0, 0, audio]);
    pair.clock.advance(100);
    expect(statistics()).toMatchObject({ packetsRecovered: 0, packetsDiscarded: 0 });
  });

  test('a digit of which only a repetition came is reported once (RFC 4733 §2.6)', () => {
    const { send, digits, statistics } = receiver();
    for (let i = 0; i < 5; i++) send(i, i * 160, [0, 0, audio]);
    for (let i = 5; i < 8; i++)
      send(i, 4000, [101, 2400, event(7, 800)], [101, 1200, event(7, 800)], [101, 0, event(8, 1600)]);
    expect(digits).toMatchObject([
      { digit: '7', durationMs: 100 },
      { digit: '7', durationMs: 100 },
      { digit: '8', durationMs: 200 },
    ]);
    // Their numbers are no losses.
    expect(statistics()).toMatchObject({ packetsLost: 0, packetsRecovered: 0 });
  });

  test.each<[string, [number, number, Uint8Array | number[]][]]>([
    ['redundant audio within redundant audio', [[RED, 0, [0, ...audio]]]],
    [
      'blocks of types nobody agreed to',
      [
        [99, 160, audio],
        [98, 0, audio],
      ],
    ],
    [
      'an empty primary',
      [
        [0, 160, audio],
        [0, 0, []],
      ],
    ],
    [
      'empty blocks',
      [
        [0, 160, []],
        [0, 0, audio],
      ],
    ],
    [
      'an age of nothing',
      [
        [0, 0, audio],
        [0, 0, audio],
      ],
    ],
  ])('%s does no harm', (_title, blocks) => {
    const { send, statistics } = receiver();
    for (let i = 0; i < 50; i++) {
      if (i % 5 === 4) send(i, i * 160, ...blocks);
      else send(i, i * 160, [0, 0, audio]);
    }
    expect(statistics()).toMatchObject({ packetsRecovered: 0, packetsLost: 0, duplicates: 0 });
    expect(statistics().decodedMs).toBeGreaterThan(790);
  });

  test('a payload that is none is counted, and its number is no loss', () => {
    const { pair, send, statistics } = receiver();
    send(1, 160, [0, 0, audio]);
    const header = createRtpHeader();
    for (let i = 2; i < 6; i++) {
      const packet = Uint8Array.from([...new Uint8Array(12), 0x80, 0, 3, 255, 0, 1]);
      writeRtpHeader(packet, RED, false, i, i * 160, 77);
      expect(readRtpHeader(packet, header)).toBe(true);
      pair.network.send(packet, PEER, pair.transportB.rtpAddress);
      pair.clock.advance(20);
    }
    expect(statistics()).toMatchObject({ packetsLost: 0, ignored: { malformed: 4 } });
  });

  test('generations and payload types are checked', () => {
    const pair = new Pair();
    const bad = (redundancy: object) => () => pair.configureA({ redundancy: redundancy as never });
    for (const redundancy of [
      { receivePayloadTypes: [128] },
      { receivePayloadTypes: [], send: { payloadType: 121, generations: 3 } },
      { receivePayloadTypes: [], send: { payloadType: -1, generations: 1 } },
    ]) {
      expect(bad(redundancy)).toThrowError(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }));
    }
  });
});
