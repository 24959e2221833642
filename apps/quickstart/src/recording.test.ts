import { expect, it } from 'vitest';
import { numbered } from './recording';

it('gives each call a file of its own', () => {
  expect(numbered('a/call.wav', 1)).toBe('a/call.wav');
  expect(numbered('a/call.wav', 2)).toBe('a/call-2.wav');
  expect(numbered('a.b/call', 12)).toBe('a.b/call-12');
});
