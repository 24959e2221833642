import { expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import type { CallRecord } from './call-record';

test('what is left of a call says who, when, how long, how good and why', async () => {
  const lab = new MemoryLab();
  const records: CallRecord[] = [];
  const { alice, call, peer } = await lab.talking({});
  alice.on('callRecord', (record) => records.push(record));
  await lab.until(peer.sendDtmf('12'), 3000);
  await lab.clock.advance(500);
  void call.hold();
  await lab.clock.advance(5000);
  void call.retrieve();
  await lab.clock.advance(5000);
  await lab.until(peer.hangup(), 1000);
  await lab.clock.advance(50);
  const [record] = records;
  expect(record).toMatchObject({
    id: call.id,
    callId: call.callId,
    direction: 'outgoing',
    remote: 'sip:bob@10.0.0.2',
    endedBy: 'remote',
    codec: 'PCMU',
    digits: '12',
    packetsLost: 0,
    alarms: [],
  });
  expect(record!.rangAt).toBeDefined();
  expect(record!.heldMs).toBeGreaterThan(4900);
  expect(record!.durationMs).toBeGreaterThan(10_000);
  expect(Date.parse(record!.endedAt) - Date.parse(record!.answeredAt!)).toBeCloseTo(record!.durationMs, -2);
  expect(record!.mos!.mean).toBeGreaterThan(4);
  expect(JSON.parse(JSON.stringify(record))).toEqual(record);
});

test('and of one that nobody answered', async () => {
  const lab = new MemoryLab();
  const { alice, peer, call } = await lab.ringing();
  const records: CallRecord[] = [];
  alice.on('callRecord', (record) => records.push(record));
  peer.reject(486);
  await lab.until(call.ended, 1000);
  expect(records[0]).toMatchObject({
    endedBy: 'remote',
    status: 486,
    error: 'ERR_CALL_BUSY',
    durationMs: 0,
    heldMs: 0,
  });
  expect(records[0]).not.toHaveProperty('answeredAt');
});
