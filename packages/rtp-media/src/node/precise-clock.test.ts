import { describe, expect, test } from 'vitest';
import { preciseClock, sharedPacer } from './precise-clock';

describe('the precise clock', () => {
  test('fires in order, and not before its time', async () => {
    const fired: string[] = [];
    const start = preciseClock.now();
    await new Promise<void>((resolve) => {
      preciseClock.setTimer(12, () => {
        fired.push('late');
        expect(preciseClock.now() - start).toBeGreaterThan(11.5);
        resolve();
      });
      preciseClock.setTimer(4, () => fired.push('early'));
      preciseClock.setTimer(0, () => fired.push('now'));
    });
    expect(fired).toEqual(['now', 'early', 'late']);
  });

  test('a cancelled timer does not fire', async () => {
    let fired = false;
    for (const delay of [0, 1, 5]) {
      preciseClock
        .setTimer(delay, () => {
          fired = true;
        })
        .cancel();
    }
    await new Promise<void>((resolve) => preciseClock.setTimer(12, resolve));
    expect(fired).toBe(false);
  });

  test('a thread has one pacer', () => {
    expect(sharedPacer()).toBe(sharedPacer());
  });
});
