import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('.', import.meta.url));
const table = readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8');
const numbers = (text: string) => [...text.matchAll(/RFC (\d{3,5})/g)].map((match) => match[1]!);

test('docs/conformance.md names every RFC the code cites', () => {
  const named = new Set(numbers(table));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const cited = new Set(files.flatMap((name) => numbers(readFileSync(join(source, name), 'utf8'))));
  expect([...cited].filter((rfc) => !named.has(rfc))).toEqual([]);
});

test('and no folder that is not there', () => {
  const folders = [...table.matchAll(/`([a-z]+)\/`/g)].map((match) => match[1]!);
  expect(readdirSync(source)).toEqual(expect.arrayContaining([...new Set(folders)]));
});

test('and no proof that is not there', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  const named = [...table.matchAll(/`([\w/*-]+\.test\.ts|\w+\/[\w*-]+\*)`/g)].map((match) => match[1]!);
  const exists = (name: string) => {
    const pattern = new RegExp(
      `(^|/)${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}${name.endsWith('.ts') ? '$' : ''}`,
    );
    return files.some((file) => pattern.test(file));
  };
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !exists(name))).toEqual([]);
});
