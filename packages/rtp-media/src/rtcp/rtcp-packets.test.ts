import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRtcp, type ReportBlock } from './rtcp-packets';
import { serializeRtcp } from './serialize-rtcp';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const block: ReportBlock = {
  ssrc: 0x0a0b0c0d,
  fractionLost: 64,
  packetsLost: -3,
  extendedHighestSequence: 0x0001_0203,
  jitter: 80,
  lastSenderReport: 0x1234_5678,
  delaySinceLastSenderReport: 65_536,
};

describe('RTCP packets (RFC 3550 §6)', () => {
  test('a sender report with a description, byte by byte', () => {
    const bytes = serializeRtcp([
      {
        type: 'sender-report',
        ssrc: 0xdead_beef,
        ntp: 0xe500_0000_8000_0000n,
        rtpTimestamp: 160,
        packetCount: 2,
        octetCount: 320,
        blocks: [block],
      },
      { type: 'source-description', chunks: [{ ssrc: 0xdead_beef, cname: 'ab' }] },
    ]);
    expect(bytes).toEqual(
      hex(`81c8000c deadbeef e5000000 80000000 000000a0 00000002 00000140
             0a0b0c0d 40fffffd 00010203 00000050 12345678 00010000
             81ca0003 deadbeef 01026162 00000000`),
    );
    const [report] = parseRtcp(bytes)!;
    expect(report).toMatchObject({ type: 'sender-report', ntp: 0xe500_0000_8000_0000n, blocks: [block] });
  });

  test('a receiver report, a description and a goodbye with a reason go there and back', () => {
    const packets = [
      { type: 'receiver-report' as const, ssrc: 1, blocks: [block] },
      { type: 'source-description' as const, chunks: [{ ssrc: 1, cname: 'user@host' }] },
      { type: 'bye' as const, sources: [1, 2], reason: 'done' },
    ];
    expect(parseRtcp(serializeRtcp(packets))).toEqual(packets);
  });

  test.each([0, 1, 2, 3, 4, 5])('a name of any length ends with a null octet (%i bytes)', (length) => {
    const cname = 'x'.repeat(length);
    const bytes = serializeRtcp([
      { type: 'receiver-report', ssrc: 1, blocks: [] },
      { type: 'source-description', chunks: [{ ssrc: 1, cname }] },
    ]);
    expect(bytes.length % 4).toBe(0);
    expect(bytes.at(-1)).toBe(0);
    expect(parseRtcp(bytes)![1]).toEqual({ type: 'source-description', chunks: [{ ssrc: 1, cname }] });
  });

  test('packets it has no use for are kept by number', () => {
    expect(parseRtcp(hex('80c90001 00000001 81cd0003 00000001 00000002 00170000'))).toEqual([
      { type: 'receiver-report', ssrc: 1, blocks: [] },
      { type: 'other', packetType: 205 },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['three bytes', '80c900'],
    ['version 1', '40c90001 00000001'],
    ['a length beyond the packet', '80c90009 00000001'],
    ['a description first', '81ca0002 00000001 00000000'],
    ['fewer blocks than it says', '82c90001 00000001'],
    ['a sender report without its sender', '80c80001 00000001'],
    ['a description without an end', '80c90001 00000001 81ca0002 00000001 01ff6162'],
    ['more sources than bytes', '80c90001 00000001 9fcb0001 00000001'],
    ['a reason longer than the packet', '80c90001 00000001 81cb0002 00000001 ff616263'],
    ['padding in the middle', 'a0c90002 00000001 00000004 80c90001 00000001'],
    ['padding of no length', 'a0c90001 00000000'],
  ])('refuses %s', (_what, text) => {
    expect(parseRtcp(hex(text))).toBeUndefined();
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 200, max: 204 }), (bytes, type) => {
        if (bytes.length >= 4) {
          bytes[0] = 0x80 | (bytes[0]! & 0x3f);
          bytes[1] = type;
          bytes[2] = 0;
          bytes[3] = Math.floor(bytes.length / 4) - 1;
        }
        parseRtcp(bytes);
      }),
    );
  });
});
