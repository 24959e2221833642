import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DtmfDigit } from './dtmf-digit';
import { DtmfReceiver } from './dtmf-receiver';
import { DtmfSender } from './dtmf-sender';
import { digitOfEvent, eventOfDigit, readTelephoneEvent, writeTelephoneEvent } from './telephone-event';

test('the payload of RFC 4733 §2.3', () => {
  const bytes = new Uint8Array(5);
  writeTelephoneEvent(bytes, 1, 11, true, 10, 0x0320);
  expect(bytes).toEqual(Uint8Array.of(0, 11, 0x8a, 3, 0x20));
  const event = { event: 0, end: false, volume: 0, duration: 0 };
  expect(readTelephoneEvent(bytes, 1, 4, event)).toBe(true);
  expect(event).toEqual({ event: 11, end: true, volume: 10, duration: 800 });
  expect(readTelephoneEvent(bytes, 1, 3, event)).toBe(false);
});

test('digits and event codes (RFC 4733 §3.2)', () => {
  expect([...'0123456789*#ABCD!'].map(eventOfDigit)).toEqual([...Array(17).keys()]);
  expect(eventOfDigit('d')).toBe(15);
  for (const none of ['', 'E', '10', ' ']) expect(eventOfDigit(none)).toBeUndefined();
  expect(digitOfEvent(17)).toBeUndefined();
});

interface Sent {
  at: number;
  timestamp: number;
  event: number;
  end: boolean;
  duration: number;
}

/** What a sender puts on the wire for a string of digits. */
function packetsFor(digits: string, durationMs = 160, gapMs = 70): Sent[] {
  const sender = new DtmfSender();
  void sender.send(digits, { durationMs, gapMs });
  const packets: Sent[] = [];
  for (let at = 0; sender.active; at += 20) {
    const packet = sender.tick(20, 8000);
    if (!packet) continue;
    const { event, end, duration, ageMs } = packet;
    packets.push({ at, timestamp: Math.round(0xffff_f000 + (at - ageMs) * 8) >>> 0, event, end, duration });
  }
  return packets;
}

describe('receiving telephone events (RFC 4733 §2.5.2)', () => {
  let digits: DtmfDigit[];
  let receiver: DtmfReceiver;

  beforeEach(() => {
    digits = [];
    receiver = new DtmfReceiver((digit) => digits.push(digit));
  });

  function receive(packets: Sent[]): void {
    for (const packet of packets) {
      receiver.check(packet.at);
      receiver.receive({ ...packet, volume: 10 }, packet.timestamp, 8000, packet.at);
    }
    receiver.check((packets.at(-1)?.at ?? 0) + 1000);
  }

  test('one event a digit, at its end, with its duration, across a wrap of the timestamp', () => {
    receive(packetsFor('11#'));
    expect(digits).toEqual([
      { digit: '1', durationMs: 160, method: 'rfc4733' },
      { digit: '1', durationMs: 160, method: 'rfc4733' },
      { digit: '#', durationMs: 160, method: 'rfc4733' },
    ]);
  });

  test('the start may be lost', () => {
    receive(packetsFor('7').slice(5));
    expect(digits).toEqual([{ digit: '7', durationMs: 160, method: 'rfc4733' }]);
  });

  test('all three ends may be lost: the next digit, or silence, ends it', () => {
    receive(packetsFor('79').filter(({ end }) => !end));
    expect(digits).toEqual([
      { digit: '7', durationMs: 140, method: 'rfc4733' },
      { digit: '9', durationMs: 140, method: 'rfc4733' },
    ]);
  });

  test('packets may come twice and out of order', () => {
    const packets = packetsFor('42');
    const shuffled = packets.flatMap((packet, i) => [packets[i ^ 1] ?? packet, packet]);
    receive(shuffled);
    expect(digits.map(({ digit }) => digit)).toEqual(['4', '2']);
  });

  test('an old event that turns up late is not news', () => {
    const packets = packetsFor('42');
    receive([...packets, { ...packets[0]!, at: packets.at(-1)!.at + 20 }]);
    expect(digits).toHaveLength(2);
  });

  test('a long event in segments is one digit (§2.5.1.3)', () => {
    receive(packetsFor('8', 20_000));
    expect(digits).toEqual([{ digit: '8', durationMs: 20_000, method: 'rfc4733' }]);
  });

  test('the duration is in the clock of the event', () => {
    receiver.receive({ event: 3, end: true, volume: 0, duration: 7680 }, 5, 48_000, 0);
    expect(digits).toEqual([{ digit: '3', durationMs: 160, method: 'rfc4733' }]);
  });

  test('events that are no digit are left', () => {
    receiver.receive({ event: 66, end: true, volume: 0, duration: 800 }, 5, 8000, 0);
    receiver.receive({ event: 1, end: true, volume: 0, duration: 800 }, 900, 8000, 20);
    expect(digits).toEqual([{ digit: '1', durationMs: 100, method: 'rfc4733' }]);
  });

  test('with three packets in ten lost, every digit comes once, whatever is lost', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (chance) => {
        digits = [];
        receiver = new DtmfReceiver((digit) => digits.push(digit));
        const dice = chance[Symbol.iterator]();
        const packets = packetsFor('0123456789*#ABCD');
        const kept = packets.filter(() => dice.next().value! >= 0.3);
        const reachable = new Set(kept.map(({ timestamp }) => timestamp));
        receive(kept);
        expect(digits).toHaveLength(reachable.size);
      }),
      { numRuns: 200 },
    );
  });
});
