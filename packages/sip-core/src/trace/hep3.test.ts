import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { callIdOf } from './call-id';
import { encodeHep3 } from './hep3';
import { flowBetween } from './testing/flow';
import { TracedMessage } from './trace-event';

const HERE = { host: '192.0.2.1', port: 5060 };
const THERE = { host: '198.51.100.2', port: 5070 };
const MESSAGE = 'OPTIONS sip:bob@198.51.100.2 SIP/2.0\r\nVia: x\r\ni : a84b4c76@pc33\r\n\r\n';

function chunks(packet: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(packet.buffer);
  expect(decodeUtf8(packet.slice(0, 4))).toBe('HEP3');
  expect(view.getUint16(4)).toBe(packet.length);
  const found = new Map<number, Uint8Array>();
  for (let index = 6; index < packet.length; index += view.getUint16(index + 4)) {
    expect(view.getUint16(index)).toBe(0);
    found.set(view.getUint16(index + 2), packet.slice(index + 6, index + view.getUint16(index + 4)));
  }
  return found;
}

describe('HEP3', () => {
  it('says where a message went from and to, when, and what it was', () => {
    const flow = flowBetween('UDP', HERE, THERE);
    const event = new TracedMessage(1_700_000_000_123.456, 'in', flow, encodeUtf8(MESSAGE));
    const packet = encodeHep3(event, { captureAgentId: 7, authKey: 'secret', captureNode: 'node1' })!;
    const found = Object.fromEntries([...chunks(packet)].map(([type, value]) => [type, [...value]]));
    const text = (value: string) => [...encodeUtf8(value)];
    expect(found).toEqual({
      1: [2],
      2: [17],
      3: [198, 51, 100, 2],
      4: [192, 0, 2, 1],
      7: [5070 >> 8, 5070 & 255],
      8: [5060 >> 8, 5060 & 255],
      9: [1_700_000_000 >>> 24, (1_700_000_000 >> 16) & 255, (1_700_000_000 >> 8) & 255, 1_700_000_000 & 255],
      10: [0, (123_456 >> 16) & 255, (123_456 >> 8) & 255, 123_456 & 255],
      11: [1],
      12: [0, 0, 0, 7],
      14: text('secret'),
      15: text(MESSAGE),
      17: text('a84b4c76@pc33'),
      19: text('node1'),
    });
  });

  it('knows IPv6 and connections', () => {
    const flow = flowBetween('WSS', { host: '2001:db8::1', port: 443 }, { host: '2001:db8::2', port: 50_000 });
    const found = chunks(encodeHep3(new TracedMessage(0, 'out', flow, encodeUtf8(MESSAGE)))!);
    expect([...found.get(1)!, ...found.get(2)!]).toEqual([10, 6]);
    expect(found.get(5)![15]).toBe(1);
    expect(found.get(6)![15]).toBe(2);
  });

  it('has no packet for what is too long', () => {
    const flow = flowBetween('TCP', HERE, THERE);
    expect(encodeHep3(new TracedMessage(0, 'out', flow, new Uint8Array(70_000)))).toBeUndefined();
  });
});

describe('the Call-ID of bytes', () => {
  it.each([
    ['OPTIONS sip:a SIP/2.0\r\nCall-ID: one@x\r\n\r\n', 'one@x'],
    ['OPTIONS sip:a SIP/2.0\r\nVia: y\r\nCALL-ID :  one\r\n\r\n', 'one'],
    ['OPTIONS sip:a SIP/2.0\r\ni:one\r\n\r\n', 'one'],
    ['OPTIONS sip:a SIP/2.0\r\nCall-IDs: two\r\nX-Call-ID: three\r\nin: four\r\n\r\n', undefined],
    ['OPTIONS sip:a SIP/2.0\r\n\r\nCall-ID: body', undefined],
    ['Call-ID: one', undefined],
    ['OPTIONS sip:a SIP/2.0\r\nCall-ID: cut', 'cut'],
    ['', undefined],
    ['\r\n\r\n', undefined],
  ])('%j', (text, callId) => expect(callIdOf(encodeUtf8(text))).toBe(callId));
});
