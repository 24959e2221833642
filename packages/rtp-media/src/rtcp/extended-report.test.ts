import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExtendedReport, type VoipMetricsBlock, XR_UNAVAILABLE } from './extended-report';
import { parseRtcp } from './rtcp-packets';
import { serializeRtcp } from './serialize-rtcp';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const metrics: VoipMetricsBlock = {
  type: 'voip-metrics',
  ssrc: 0x1122_3344,
  lossRate: 12,
  discardRate: 3,
  burstDensity: 128,
  gapDensity: 2,
  burstDuration: 340,
  gapDuration: 5000,
  roundTripDelay: 80,
  endSystemDelay: 60,
  signalLevel: -18,
  noiseLevel: -60,
  residualEchoReturnLoss: XR_UNAVAILABLE,
  gmin: 16,
  rFactor: 88,
  externalRFactor: XR_UNAVAILABLE,
  mosListening: 42,
  mosConversational: 41,
  concealment: 2,
  jitterBufferAdaptive: 3,
  jitterBufferRate: 5,
  jitterBufferNominal: 40,
  jitterBufferMaximum: 60,
  jitterBufferAbsoluteMaximum: 400,
};

const report: ExtendedReport = {
  type: 'extended-report',
  ssrc: 0xdead_beef,
  blocks: [
    { type: 'receiver-reference-time', ntp: 0xe500_0000_8000_0000n },
    {
      type: 'dlrr',
      reports: [
        { ssrc: 1, lastReferenceTime: 0x1234_5678, delaySinceLast: 65_536 },
        { ssrc: 2, lastReferenceTime: 0, delaySinceLast: 0 },
      ],
    },
    {
      type: 'statistics-summary',
      ssrc: 3,
      beginSequence: 65_000,
      endSequence: 100,
      lostPackets: 5,
      duplicatePackets: 1,
      jitter: { min: 1, max: 200, mean: 20, deviation: 7 },
      ttl: { version: 4, min: 60, max: 64, mean: 63, deviation: 1 },
    },
    metrics,
  ],
};

describe('extended reports (RFC 3611)', () => {
  test('VoIP metrics, byte by byte (§4.7)', () => {
    const bytes = serializeRtcp([{ type: 'extended-report', ssrc: 0xdead_beef, blocks: [metrics] }]);
    expect(bytes).toEqual(
      hex(`80cf000a deadbeef 07000008 11223344
           0c038002 01541388 0050003c eec47f10 587f2a29 b5000028 003c0190`),
    );
  });

  test('all blocks go there and back', () => {
    expect(parseRtcp(serializeRtcp([report]), true)).toEqual([report]);
  });

  test('a summary tells only what its flags say (§4.6)', () => {
    const block = { type: 'statistics-summary' as const, ssrc: 3, beginSequence: 1, endSequence: 2 };
    const packet = { type: 'extended-report' as const, ssrc: 1, blocks: [block] };
    expect(parseRtcp(serializeRtcp([packet]), true)).toEqual([packet]);
  });

  test('blocks it does not know, and known ones of another length, are passed over (§3)', () => {
    const bytes = hex(`80cf000b 00000001
                       01000002 00000003 00010010
                       2a000001 ffffffff
                       07000001 00000005
                       04000002 e5000000 80000000`);
    expect(parseRtcp(bytes, true)).toEqual([
      {
        type: 'extended-report',
        ssrc: 1,
        blocks: [
          { type: 'other', blockType: 1 },
          { type: 'other', blockType: 42 },
          { type: 'other', blockType: 7 },
          { type: 'receiver-reference-time', ntp: 0xe500_0000_8000_0000n },
        ],
      },
    ]);
  });

  test.each([
    ['no source', '80cf0000'],
    ['a block longer than the packet', '80cf0003 00000001 04000002 e5000000'],
    ['half a block header', 'a0cf0002 00000001 04000004'],
  ])('refuses %s', (_what, text) => {
    expect(
      parseRtcp(hex(text), true)?.some((packet) => packet.type === 'extended-report' && packet.blocks.length > 0),
    ).not.toBe(true);
  });

  test('a packet on its own needs reduced size (RFC 5506)', () => {
    const bytes = serializeRtcp([report]);
    expect(parseRtcp(bytes)).toBeUndefined();
    expect(parseRtcp(bytes, true)).toHaveLength(1);
  });

  test('no bytes make it throw, and what it reads it can write', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 240 }),
        fc.nat(7),
        fc.nat(60),
        (random, blockType, words) => {
          const bytes = random.slice(0, random.length & ~3);
          bytes.set([0x80, 207, 0, bytes.length / 4 - 1]);
          if (bytes.length >= 12) bytes.set([blockType, bytes[9]!, 0, words], 8);
          const packets = parseRtcp(bytes, true);
          if (packets?.[0]?.type !== 'extended-report') return;
          const again = parseRtcp(serializeRtcp([packets[0]]), true);
          expect(again?.[0]).toMatchObject({ ssrc: packets[0].ssrc });
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a valid compound with bytes flipped is read or refused, never more', () => {
    const whole = serializeRtcp([
      { type: 'receiver-report', ssrc: 1, blocks: [] },
      { type: 'source-description', chunks: [{ ssrc: 1, cname: 'user@host' }] },
      report,
      { type: 'bye', sources: [1], reason: 'done' },
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(whole.length),
        (flips, length) => {
          const bytes = whole.slice(0, length);
          for (const [at, value] of flips) if (at < length) bytes[at] = value;
          const packets = parseRtcp(bytes);
          if (packets) expect(packets.length).toBeLessThanOrEqual(length / 4);
        },
      ),
      { numRuns: 500 },
    );
  });
});
