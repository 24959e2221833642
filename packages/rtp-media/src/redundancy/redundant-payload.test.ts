import { describe, expect, test } from 'vitest';
import { RedundancyWriter } from './redundancy-writer';
import { RedundantPayload } from './redundant-payload';

const read = (...bytes: number[]) => {
  const blocks = new RedundantPayload();
  // Somewhere in a packet, as payloads are.
  const isOne = blocks.read(Uint8Array.of(9, 9, ...bytes), 2, bytes.length);
  if (!isOne) return undefined;
  return Array.from({ length: blocks.count }, (_, block) => ({
    type: blocks.payloadType(block),
    age: blocks.age(block),
    bytes: bytes.slice(blocks.offset(block) - 2, blocks.offset(block) - 2 + blocks.length(block)),
  }));
};

describe('a payload with redundant audio (RFC 2198 §3)', () => {
  test('has blocks of packets before and one that is new', () => {
    // F=1, type 7, age 160 (14 bits), length 2 (10 bits); F=0, type 5.
    const age = 160;
    expect(read(0x80 | 7, age >> 6, (age & 63) << 2, 2, 5, 1, 2, 3, 4, 5)).toEqual([
      { type: 7, age: 160, bytes: [1, 2] },
      { type: 5, age: 0, bytes: [3, 4, 5] },
    ]);
    expect(read(0xff, 0xff, 0xfc, 0, 0)).toEqual([
      { type: 127, age: 16_383, bytes: [] },
      { type: 0, age: 0, bytes: [] },
    ]);
    expect(read(111, 1, 2)).toEqual([{ type: 111, age: 0, bytes: [1, 2] }]);
  });

  test.each([
    ['nothing', []],
    ['a header that is cut off', [0x80, 0, 0]],
    ['no header of the new block', [0x80, 0, 0, 0]],
    ['more in a block than there is', [0x80, 0, 0, 2, 0, 1]],
    ['1,023 bytes that are not there', [0x80, 0, 3, 255, 0, 1, 2, 3]],
    ['seventeen blocks', [...Array.from({ length: 16 }, () => [0x80, 0, 0, 0]).flat(), 0, 1]],
  ])('is none with %s', (_title, bytes) => {
    expect(read(...bytes)).toBeUndefined();
  });
});

describe('writing it', () => {
  const write = (writer: RedundancyWriter, timestamp: number, ...audio: number[]) => {
    writer.primary.set(audio);
    const out = new Uint8Array(writer.maxBytes);
    const length = writer.write(out, timestamp, audio.length);
    return writer.redundant ? read(...out.subarray(0, length)) : [...out.subarray(0, length)];
  };

  test('each packet has those before it again, the oldest first; the first has nothing to repeat', () => {
    const writer = new RedundancyWriter({ payloadType: 8, generations: 2, maxPayloadBytes: 10 });
    expect(write(writer, 1000, 1)).toEqual([1]);
    expect(write(writer, 1160, 2, 2)).toEqual([
      { type: 8, age: 160, bytes: [1] },
      { type: 8, age: 0, bytes: [2, 2] },
    ]);
    expect(write(writer, 1320, 3)).toEqual([
      { type: 8, age: 320, bytes: [1] },
      { type: 8, age: 160, bytes: [2, 2] },
      { type: 8, age: 0, bytes: [3] },
    ]);
    expect(write(writer, 1480, 4)).toHaveLength(3);
    writer.interrupt();
    expect(write(writer, 1640, 5)).toEqual([5]);
  });

  test('timestamps wrap', () => {
    const writer = new RedundancyWriter({ payloadType: 0, generations: 1, maxPayloadBytes: 10 });
    write(writer, -80 | 0, 1);
    expect(write(writer, 80, 2)).toMatchObject([{ age: 160 }, { age: 0 }]);
  });

  test('what does not fit is left out: 1,200 bytes, 1,023 of a block, 16,383 of age', () => {
    const audio = (bytes: number) => Array.from({ length: bytes }, () => 7);
    const blocks = (bytes: number, step: number, generations = 2) => {
      const writer = new RedundancyWriter({ payloadType: 8, generations, maxPayloadBytes: 1500 });
      let written: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        written = write(writer, i * step, ...audio(bytes)) as unknown[];
      }
      return writer.redundant ? written.length - 1 : 0;
    };
    expect(blocks(160, 160)).toBe(2);
    // 3 blocks with 9 bytes of headers are 1,200 with 397 bytes each.
    expect(blocks(397, 160)).toBe(2);
    expect(blocks(398, 160)).toBe(1);
    expect(blocks(597, 160)).toBe(1);
    expect(blocks(598, 160)).toBe(0);
    expect(blocks(1300, 160)).toBe(0);
    expect(blocks(10, 8191)).toBe(2);
    expect(blocks(10, 8192)).toBe(1);
    expect(blocks(10, 16_384)).toBe(0);
    expect(blocks(160, 160, 1)).toBe(1);
  });
});
