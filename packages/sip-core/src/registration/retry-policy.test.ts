import { describe, expect, test } from 'vitest';
import { SipResponse } from '../message/response';
import { SipResponseError, SipTimeoutError } from '../platform/errors';
import { retryPause } from './retry-policy';

const timeout = new SipTimeoutError('Nobody answered.');
const refused = (status: number, retryAfter?: string) => {
  const response = SipResponse.create({ status, reason: 'No' });
  if (retryAfter !== undefined) response.headers.set('Retry-After', retryAfter);
  return new SipResponseError(status, 'No', response);
};
const most = () => new Uint8Array([255, 255, 255]);
const least = () => new Uint8Array(3);
const plain = { outbound: false, spare: false };

describe('the pause before another attempt', () => {
  test.each([
    [1, 500, 1_000],
    [2, 1_000, 2_000],
    [6, 16_000, 32_000],
    [40, 16_000, 32_000],
  ])('after failure %i of a plain registration: %i to %i ms', (failures, from, to) => {
    const attempt = { ...plain, error: timeout, failures };
    expect([retryPause(attempt, {}, least), retryPause(attempt, {}, most)]).toEqual([from, to]);
  });

  test.each([
    [1, false, 30_000, 60_000],
    [3, false, 120_000, 240_000],
    [3, true, 360_000, 720_000],
    [30, false, 900_000, 1_800_000],
  ])('after failure %i of a flow, another living: %s: %i to %i ms (RFC 5626 §4.5)', (failures, spare, from, to) => {
    const attempt = { outbound: true, spare, error: timeout, failures };
    expect([retryPause(attempt, {}, least), retryPause(attempt, {}, most)]).toEqual([from, to]);
  });

  test.each([
    ['120', 120_000],
    ['18000;duration=3600', 18_000_000],
    ['300 (in a meeting)', 300_000],
    ['soon', 1_000],
  ])('with Retry-After: %s at least %i ms', (text, pause) => {
    expect(retryPause({ ...plain, error: refused(503, text), failures: 1 }, {}, most)).toBe(pause);
  });

  test('there is none for wrong credentials, nor when none is wanted', () => {
    for (const status of [401, 403, 404, 407]) {
      expect(retryPause({ ...plain, error: refused(status), failures: 1 }, {}, most)).toBeUndefined();
    }
    expect(retryPause({ ...plain, error: timeout, failures: 1 }, { first: 0 }, most)).toBeUndefined();
    expect(retryPause({ ...plain, error: refused(403), failures: 1 }, { hopeless: [] }, most)).toBe(1_000);
  });
});
