import { beforeEach, describe, expect, test } from 'vitest';
import { SourceLock } from './source-lock';

const announced = { host: '192.0.2.1', port: 4000 };
const moved = { host: '192.0.2.1', port: 5000 };
const behindNat = { host: '198.51.100.7', port: 31_000 };
const stranger = { host: '203.0.113.66', port: 4000 };

describe('whose packets are the peer’s', () => {
  let lock: SourceLock;
  let sequence = 0;
  const check = (from: { host: string; port: number }, ssrc = 1) =>
    lock.check(from, ssrc, (sequence = (sequence + 1) & 0xffff));

  beforeEach(() => {
    lock = new SourceLock();
    lock.announce(announced);
  });

  test('the announced address is accepted', () => {
    expect(check(announced)).toBe('accept');
    expect(lock.remote).toEqual(announced);
    expect(lock.locked).toBe(true);
  });

  test('another port of the announced host is taken for a symmetric peer at once (RFC 4961)', () => {
    expect(check(moved)).toBe('relearned');
    expect(lock.remote).toEqual(moved);
    expect(check(moved)).toBe('accept');
  });

  test('after that, a third port of that host is a stranger, but the announced one takes its place back', () => {
    check(moved);
    expect(check({ ...moved, port: 6000 })).toBe('foreign');
    expect(check(announced)).toBe('relearned');
    expect(check(moved)).toBe('foreign');
    expect(lock.remote).toEqual(announced);
  });

  test('another host is believed after three packets in sequence', () => {
    expect(check(behindNat)).toBe('foreign');
    expect(check(behindNat)).toBe('foreign');
    expect(check(behindNat)).toBe('relearned');
    expect(lock.remote).toEqual(behindNat);
    expect(check(stranger)).toBe('foreign');
  });

  test('the announced host, once heard, is never displaced', () => {
    check(announced);
    for (let i = 0; i < 10; i++) expect(check(stranger)).toBe('foreign');
    expect(lock.remote).toEqual(announced);
  });

  test('the announced host displaces one that was believed in its absence', () => {
    for (let i = 0; i < 3; i++) check(stranger);
    expect(check(announced)).toBe('relearned');
    expect(check(stranger)).toBe('foreign');
  });

  test('packets that do not follow each other prove nothing', () => {
    for (let i = 0; i < 20; i++) {
      sequence += 5;
      expect(check(stranger)).toBe('foreign');
    }
    for (let i = 0; i < 20; i++) expect(check(stranger, i)).toBe('foreign');
  });

  test('a new announcement starts over; the same one does not', () => {
    check(announced);
    lock.announce({ ...announced });
    expect(lock.locked).toBe(true);
    lock.announce(stranger);
    expect(lock.locked).toBe(false);
    expect(check(stranger)).toBe('accept');
    expect(check(announced)).toBe('foreign');
  });

  test('where the peer was before a new announcement is not where it is now', () => {
    check(announced);
    lock.announce(stranger);
    for (let i = 0; i < 10; i++) expect(check(announced)).toBe('foreign');
    for (let i = 0; i < 3; i++) check(behindNat);
    expect(lock.remote).toEqual(behindNat);
  });

  test('with nobody announced (a hold without address) nobody is believed', () => {
    lock.announce({ host: '0.0.0.0', port: 4000 });
    for (let i = 0; i < 10; i++) expect(check(stranger)).toBe('foreign');
  });

  test('a proven source is believed at once, and nothing else is, not even another port of its host', () => {
    lock.believe(behindNat);
    expect(lock.locked).toBe(true);
    expect(lock.remote).toEqual(behindNat);
    for (let i = 0; i < 10; i++) {
      for (const other of [announced, stranger, { ...behindNat, port: 31_001 }]) expect(check(other)).toBe('foreign');
    }
    for (let i = 0; i < 10; i++) expect(check(stranger)).toBe('foreign');
    expect(check(behindNat)).toBe('accept');
  });

  test('proving the announced address forgets the port learnt from a packet', () => {
    check(moved);
    lock.believe(announced);
    expect(check(moved)).toBe('foreign');
    expect(check(announced)).toBe('accept');
  });

  test('a proven source stays over the same announcement and ends with another', () => {
    lock.believe(behindNat);
    lock.announce({ ...behindNat });
    expect(check({ ...behindNat, port: 31_001 })).toBe('foreign');
    lock.announce(announced);
    expect(lock.locked).toBe(false);
    expect(check(moved)).toBe('relearned');
    expect(check(behindNat)).toBe('foreign');
  });

  test('another proof moves the source', () => {
    lock.believe(behindNat);
    lock.believe(stranger);
    expect(check(stranger)).toBe('accept');
    expect(check(behindNat)).toBe('foreign');
  });

  test('over a wrap of the sequence number a stream still proves itself', () => {
    for (const [number, verdict] of [
      [65_534, 'foreign'],
      [65_535, 'foreign'],
      [0, 'relearned'],
    ] as const)
      expect(lock.check(behindNat, 1, number)).toBe(verdict);
  });
});
