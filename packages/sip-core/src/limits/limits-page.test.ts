import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultLimits } from './limits';

const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('./limits.ts', import.meta.url), 'utf8');
const rows = new Map([...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, value]) => [name!, value!]));

test.each(Object.entries(defaultLimits))('docs/limits.md gives the default of %s: %s', (name, value) => {
  const text = typeof value === 'number' ? value.toLocaleString('en-US') : `\`${value}\``;
  expect(rows.get(name)?.split(' ')[0]).toBe(text);
});

test('docs/limits.md has all limits, and no other', () => {
  const [, fields] = /export interface Limits \{\n([\s\S]*?)\n\}/.exec(source)!;
  const names = [...fields!.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name!);
  expect([...rows.keys()].sort()).toEqual(names.sort());
});
