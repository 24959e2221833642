import { expect, test } from 'vitest';
import { isToken } from '../message/characters';
import { randomToken, systemRandom } from './random';

test('system randomness fills any length, also beyond what the Web Crypto API gives at once', () => {
  expect(systemRandom(0)).toHaveLength(0);
  const bytes = systemRandom(200_000);
  expect(bytes).toHaveLength(200_000);
  expect(new Set(bytes.subarray(-4096)).size).toBeGreaterThan(200);
  expect(systemRandom(16)).not.toEqual(systemRandom(16));
});

test('tokens are tokens of RFC 3261 §25.1, made of the randomness given', () => {
  expect(randomToken(systemRandom)).toHaveLength(16);
  expect(isToken(randomToken(systemRandom, 100))).toBe(true);
  expect(randomToken((length) => new Uint8Array(length), 4)).toBe('aaaa');
  expect(randomToken((length) => new Uint8Array(length).fill(255), 4)).toBe('7777');
});
