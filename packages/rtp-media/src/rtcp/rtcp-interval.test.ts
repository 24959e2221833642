import { expect, test } from 'vitest';
import { type RtcpIntervalInputs, rtcpInterval } from './rtcp-interval';

const call: RtcpIntervalInputs = {
  members: 2,
  senders: 2,
  weSent: true,
  bandwidth: 500,
  averageSize: 120,
  initial: false,
  random: 0.5,
};
const compensation = Math.E - 1.5;

test('a call of two reports every five seconds, give or take half, over the compensation (§6.3.1)', () => {
  expect(rtcpInterval(call)).toBeCloseTo(5000 / compensation);
  expect(rtcpInterval({ ...call, random: 0 })).toBeCloseTo(2500 / compensation);
  expect(rtcpInterval({ ...call, random: 1 })).toBeCloseTo(7500 / compensation);
});

test('the first report comes in half the time (§6.2)', () => {
  expect(rtcpInterval({ ...call, initial: true })).toBeCloseTo(2500 / compensation);
});

test('a large session shares its bandwidth', () => {
  expect(rtcpInterval({ ...call, members: 100, senders: 50 })).toBeCloseTo((100 * 120 * 1000) / 500 / compensation);
});

test('few senders get a quarter of the bandwidth, receivers the rest (§6.3.1)', () => {
  const large = { ...call, members: 1000, senders: 100 };
  expect(rtcpInterval(large)).toBeCloseTo((100 * 120 * 1000) / 125 / compensation);
  expect(rtcpInterval({ ...large, weSent: false })).toBeCloseTo((900 * 120 * 1000) / 375 / compensation);
});
