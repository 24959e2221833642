import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createRtpHeader,
  datagramKind,
  readRtpHeader,
  sequenceDistance,
  timestampDistance,
  writeRtpHeader,
} from './rtp-header';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

function packet(first: number, ...rest: number[]): Uint8Array {
  const bytes = new Uint8Array(12 + rest.length);
  bytes[0] = first;
  bytes.set(rest, 12);
  return bytes;
}

describe('RTP header (RFC 3550 §5.1)', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(
        uint(7),
        fc.boolean(),
        uint(16),
        uint(32),
        uint(32),
        fc.uint8Array({ maxLength: 20 }),
        (...fields) => {
          const [payloadType, marker, sequenceNumber, timestamp, ssrc, payload] = fields;
          const bytes = new Uint8Array(12 + payload.length);
          bytes.set(payload, 12);
          writeRtpHeader(bytes, payloadType, marker, sequenceNumber, timestamp, ssrc);
          const header = createRtpHeader();
          expect(readRtpHeader(bytes, header)).toBe(true);
          expect(header).toEqual({
            payloadType,
            marker,
            sequenceNumber,
            timestamp,
            ssrc,
            payloadOffset: 12,
            payloadLength: payload.length,
          });
        },
      ),
    );
  });

  test('contributing sources and a header extension lie before the payload', () => {
    const header = createRtpHeader();
    const bytes = packet(0x92, 1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7);
    expect(readRtpHeader(bytes, header)).toBe(true);
    expect(bytes.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength)).toEqual(Uint8Array.of(7));
  });

  test('padding lies behind the payload', () => {
    const header = createRtpHeader();
    expect(readRtpHeader(packet(0xa0, 7, 0, 0, 3), header)).toBe(true);
    expect(header).toMatchObject({ payloadOffset: 12, payloadLength: 1 });
  });

  test.each([
    ['eleven bytes', new Uint8Array(11).fill(0x80)],
    ['version 1', packet(0x40)],
    ['version 3', packet(0xc0)],
    ['contributing sources that are not there', packet(0x8f, 0, 0, 0, 0)],
    ['an extension that is not there', packet(0x90, 0, 0)],
    ['an extension longer than the packet', packet(0x90, 0xbe, 0xde, 0xff, 0xff)],
    ['more padding than packet', packet(0xa0, 200)],
    ['padding that reaches into the header', packet(0xa0, 0, 3)],
    ['padding of no length', packet(0xa0, 0)],
  ])('refuses %s', (_what, bytes) => {
    expect(readRtpHeader(bytes, createRtpHeader())).toBe(false);
  });

  test('no bytes make it throw, or point outside the packet', () => {
    const header = createRtpHeader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        if (readRtpHeader(bytes, header)) {
          expect(header.payloadOffset + header.payloadLength).toBeLessThanOrEqual(bytes.length);
          expect(header.payloadLength).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

test('sequence numbers and timestamps are compared across their wraps', () => {
  expect(sequenceDistance(65_535, 0)).toBe(1);
  expect(sequenceDistance(2, 65_534)).toBe(-4);
  expect(timestampDistance(0xffff_ffff, 159)).toBe(160);
  expect(timestampDistance(100, 0xffff_ff00)).toBe(-356);
});

test('protocols on one port are told apart by their first bytes (RFC 7983 §7, RFC 5761 §4)', () => {
  expect(datagramKind(Uint8Array.of(0x80, 0))).toBe('rtp');
  expect(datagramKind(Uint8Array.of(0x80, 0x80 | 96))).toBe('rtp');
  expect(datagramKind(Uint8Array.of(0x81, 200))).toBe('rtcp');
  expect(datagramKind(Uint8Array.of(0, 1))).toBe('stun');
  expect(datagramKind(Uint8Array.of(22, 254))).toBe('dtls');
  expect(datagramKind(Uint8Array.of(64, 1))).toBe('other');
  expect(datagramKind(Uint8Array.of(0x80))).toBe('other');
});
