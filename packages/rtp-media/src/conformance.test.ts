import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));
const table = readFileSync(new URL('../../../docs/conformance-media.md', import.meta.url), 'utf8');
const numbers = (text: string) => [...text.matchAll(/RFC \d{3,5}|ITU-T [A-Z]\.[\d.]*\d/g)].map(([name]) => name);

test('docs/conformance-media.md names every RFC and recommendation that the code of media cites', () => {
  const named = new Set(numbers(table));
  const cited = new Set<string>();
  for (const name of ['sdp', 'rtp-media', 'codecs']) {
    const source = join(packages, name, 'src');
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      for (const number of numbers(readFileSync(join(source, file), 'utf8'))) cited.add(number);
    }
  }
  expect([...cited].filter((name) => !named.has(name))).toEqual([]);
});

test('and no folder that is not there', () => {
  const folders = [...table.matchAll(/`((?:sdp|rtp-media|codecs)\/src\/[\w-]+)`/g)].map((match) => match[1]!);
  expect(folders.length).toBeGreaterThan(20);
  expect(folders.filter((folder) => !existsSync(join(packages, folder)))).toEqual([]);
});
