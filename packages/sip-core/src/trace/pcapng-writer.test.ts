import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { PcapngWriter, type PcapngWriterOptions } from './pcapng-writer';
import { flowBetween } from './testing/flow';
import type { TraceEvent } from './trace-event';

const HERE = { host: '192.0.2.1', port: 5060 };
const THERE = { host: '198.51.100.2', port: 5070 };
const TIME = Date.UTC(2024, 0, 1, 12, 0, 0, 123) + 0.456;
const OPTIONS = 'OPTIONS sip:bob@198.51.100.2 SIP/2.0\r\nCall-ID: a\r\n\r\n';

interface Block {
  type: number;
  body: Uint8Array;
  view: DataView;
}

/** Cuts a pcapng file into blocks, checking their lengths. */
function blocks(file: Uint8Array): Block[] {
  const found: Block[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let index = 0; index < file.length; ) {
    const length = view.getUint32(index + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(index + length - 4, true)).toBe(length);
    const body = file.slice(index + 8, index + length - 4);
    found.push({ type: view.getUint32(index, true), body, view: new DataView(body.buffer) });
    index += length;
  }
  return found;
}

function record(options: PcapngWriterOptions, ...events: TraceEvent[]): Block[] {
  const chunks: number[] = [];
  const writer = new PcapngWriter((chunk) => chunks.push(...chunk), options);
  for (const event of events) writer.write(event);
  return blocks(Uint8Array.from(chunks));
}

const packetOf = ({ body, view }: Block): Uint8Array => body.slice(20, 20 + view.getUint32(12, true));

/** RFC 1071: over what holds its own checksum, the sum is all ones. */
function checks(...parts: Uint8Array[]): boolean {
  let total = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 2) total += (part[index]! << 8) | (part[index + 1] ?? 0);
  }
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total === 0xffff;
}

const pseudo = (packet: Uint8Array, family: 4 | 6): Uint8Array => {
  const header = family === 4 ? 20 : 40;
  const length = packet.length - header;
  const protocol = family === 4 ? packet[9]! : packet[6]!;
  const addresses = family === 4 ? packet.slice(12, 20) : packet.slice(8, 40);
  return Uint8Array.of(...addresses, 0, protocol, length >> 8, length & 255);
};

describe('a pcapng file', () => {
  it('begins with a section header and one interface of raw IP, with microseconds', () => {
    const [section, description, ...rest] = record({ application: 'a test' }) as [Block, Block];
    expect(section.type).toBe(0x0a0d0d0a);
    expect(section.view.getUint32(0, true)).toBe(0x1a2b3c4d);
    expect(section.view.getUint16(4, true)).toBe(1);
    expect(decodeUtf8(section.body)).toContain('a test');
    expect(description.type).toBe(1);
    expect(description.view.getUint16(0, true)).toBe(101);
    expect([...description.body.slice(8, 13)]).toEqual([9, 0, 1, 0, 6]);
    expect(rest).toEqual([]);
  });

  it('has a packet for a datagram: addresses, ports, time, direction, right checksums', () => {
    const flow = flowBetween('UDP', HERE, THERE);
    const data = encodeUtf8(OPTIONS);
    const [, , sent, received] = record(
      {},
      { time: TIME, direction: 'out', flow, data },
      { time: TIME + 1, direction: 'in', flow, data: data.subarray(0, 51) },
    ) as [Block, Block, Block, Block];
    expect(sent.type).toBe(6);
    const microseconds = sent.view.getUint32(4, true) * 2 ** 32 + sent.view.getUint32(8, true);
    expect(microseconds).toBe(Math.round(TIME * 1_000));
    const packet = packetOf(sent);
    const view = new DataView(packet.buffer);
    expect([...packet.slice(12, 20)]).toEqual([192, 0, 2, 1, 198, 51, 100, 2]);
    expect([view.getUint16(20), view.getUint16(22), view.getUint16(24)]).toEqual([5060, 5070, 8 + data.length]);
    expect(view.getUint16(2)).toBe(packet.length);
    expect(decodeUtf8(packet.slice(28))).toBe(OPTIONS);
    for (const each of [packet, packetOf(received)]) {
      expect(checks(each.slice(0, 20))).toBe(true);
      expect(checks(pseudo(each, 4), each.slice(20))).toBe(true);
    }
    expect([...packetOf(received).slice(12, 20)]).toEqual([198, 51, 100, 2, 192, 0, 2, 1]);
    const flags = (block: Block) => block.body.slice(20 + ((packetOf(block).length + 3) & ~3)).slice(0, 5);
    expect([...flags(sent)]).toEqual([2, 0, 4, 0, 2]);
    expect([...flags(received)]).toEqual([2, 0, 4, 0, 1]);
  });

  it('numbers the bytes of a connection each way, and says what it was that is shown in the clear', () => {
    const flow = flowBetween('TLS', { ...HERE, port: 5061 }, THERE);
    const data = encodeUtf8(OPTIONS);
    const event = { time: TIME, flow, data };
    const all = record(
      {},
      { ...event, direction: 'out' },
      { ...event, direction: 'in' },
      { ...event, direction: 'out' },
    );
    const numbers = all.slice(2).map((each) => {
      const packet = packetOf(each);
      expect(checks(packet.slice(0, 20))).toBe(true);
      expect(checks(pseudo(packet, 4), packet.slice(20))).toBe(true);
      const view = new DataView(packet.buffer);
      return [view.getUint32(24) - 1, view.getUint32(28) - 1];
    });
    const { length } = data;
    expect(numbers).toEqual([
      [0, 0],
      [0, length],
      [length, length],
    ]);
    expect(decodeUtf8(all[2]!.body.slice(-12))).toContain('TLS');
  });

  it('cuts what is too long for one packet of a connection', () => {
    const flow = flowBetween('TCP', HERE, THERE);
    const data = new Uint8Array(150_000).fill(65);
    const packets = record({}, { time: TIME, direction: 'in', flow, data }).slice(2).map(packetOf);
    expect(packets).toHaveLength(3);
    expect(packets.reduce((sum, packet) => sum + packet.length - 40, 0)).toBe(150_000);
    expect(Math.max(...packets.map(({ length }) => length))).toBe(65_535);
  });

  it('has IPv6 packets, also when one end is IPv4 in IPv6', () => {
    const flow = flowBetween('UDP', { host: '2001:db8::1', port: 5060 }, { host: '2001:db8:0:1::ff', port: 5060 });
    const mixed = flowBetween('UDP', HERE, { host: '2001:db8::2', port: 5060 });
    const plain = flowBetween('UDP', HERE, { host: '::ffff:198.51.100.2', port: 5060 });
    const data = encodeUtf8(OPTIONS);
    const all = [flow, mixed, plain].map((each) => ({ time: TIME, direction: 'out', flow: each, data }) as const);
    const [first, second, third] = record({}, ...all)
      .slice(2)
      .map(packetOf);
    expect(first![0]! >> 4).toBe(6);
    expect(Buffer.from(first!.slice(8, 40)).toString('hex')).toBe(
      '20010db800000000000000000000000120010db80000000100000000000000ff',
    );
    expect(checks(pseudo(first!, 6), first!.slice(40))).toBe(true);
    expect(Buffer.from(second!.slice(8, 24)).toString('hex')).toBe('00000000000000000000ffffc0000201');
    expect(third![0]! >> 4).toBe(4);
  });

  it('can be made without secrets in it, all lengths the same', () => {
    const text = 'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username="bob", response="0123456789abcdef"\r\n\r\n';
    const event: TraceEvent = {
      time: 0,
      direction: 'out',
      flow: flowBetween('UDP', HERE, THERE),
      data: encodeUtf8(text),
    };
    const [packet] = record({ redact: true }, event).slice(2).map(packetOf);
    expect(decodeUtf8(packet!.slice(28))).toBe(text.replace('0123456789abcdef', '*'.repeat(16)));
    expect(decodeUtf8(event.data)).toBe(text);
  });
});
