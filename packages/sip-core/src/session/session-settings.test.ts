import { expect, test } from 'vitest';
import { timerSettings } from './session-settings';

test('settings that make no sense are refused where they are given', () => {
  expect(() => timerSettings({ expires: 60 })).toThrow(RangeError);
  expect(() => timerSettings({ minimum: 300, expires: 200 })).toThrow(/raise one/);
  expect(() => timerSettings({ minimum: 90.5 })).toThrow(RangeError);
  expect(timerSettings({ minimum: 3_600 })).toMatchObject({ expires: 3_600 });
  expect(timerSettings(false)).toBeUndefined();
});
