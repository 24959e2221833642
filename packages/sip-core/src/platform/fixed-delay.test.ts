import { expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock';
import { FixedDelay, withFixedDelay } from './fixed-delay';

test('timers of one delay run in order, each at its time, and one timer of the clock serves them all', async () => {
  const clock = new VirtualClock();
  const timers = new FixedDelay(clock, 100);
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name} ${clock.now()}`);
  timers.set(note('a'));
  await clock.advance(30);
  timers.set(note('b'));
  timers.set(note('c'));
  expect(clock.pending).toBe(1);
  await clock.advance(70);
  expect(ran).toEqual(['a 100']);
  await clock.advance(30);
  expect(ran).toEqual(['a 100', 'b 130', 'c 130']);
  expect(clock.pending).toBe(0);
});

test('one that is cancelled does not run, whether it is the first, the last, the only one, or has run', async () => {
  const clock = new VirtualClock();
  const timers = new FixedDelay(clock, 100);
  const ran: number[] = [];
  const set = [0, 1, 2, 3].map((each) => timers.set(() => ran.push(each)));
  set[0]!.cancel();
  set[3]!.cancel();
  await clock.advance(100);
  expect(ran).toEqual([1, 2]);
  set[1]!.cancel();
  const only = timers.set(() => ran.push(4));
  only.cancel();
  only.cancel();
  expect(clock.pending).toBe(0);
  await clock.advance(200);
  expect(ran).toEqual([1, 2]);
});

test('a timer may set and cancel others', async () => {
  const clock = new VirtualClock();
  const timers = new FixedDelay(clock, 10);
  const ran: string[] = [];
  timers.set(() => {
    ran.push('first');
    second.cancel();
    timers.set(() => ran.push('third'));
  });
  const second = timers.set(() => ran.push('second'));
  await clock.advance(10);
  expect(ran).toEqual(['first']);
  await clock.advance(10);
  expect(ran).toEqual(['first', 'third']);
  expect(clock.pending).toBe(0);
});

test('a failing one does not keep the others from running', async () => {
  const clock = new VirtualClock();
  const timers = new FixedDelay(clock, 10);
  const ran: string[] = [];
  timers.set(() => {
    throw new Error('failed');
  });
  timers.set(() => ran.push('second'));
  await expect(clock.advance(10)).rejects.toThrow('failed');
  await clock.advance(0);
  expect(ran).toEqual(['second']);
});

test('a clock with a fixed delay is a clock like any other', async () => {
  const base = new VirtualClock();
  const clock = withFixedDelay(base, 100);
  const ran: number[] = [];
  clock.setTimer(100, () => ran.push(100));
  clock.setTimer(100, () => ran.push(100));
  clock.setTimer(50, () => ran.push(50));
  expect(base.pending).toBe(2);
  await base.advance(100);
  expect(ran).toEqual([50, 100, 100]);
  expect([clock.now(), clock.date()]).toEqual([base.now(), base.date()]);
});
