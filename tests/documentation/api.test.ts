import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { publishedPackages, root, run } from '../packaging/pack';

const folder = mkdtempSync(join(tmpdir(), 'offhook-documentation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tool = (name: string, ...args: string[]) =>
  run(process.execPath, [join(root, 'tooling/documentation', name), ...args], root);

test('what the packages export is what stands in api/', async () => {
  expect(await tool('report.mjs', '--check')).toContain('as in api/');
});

test('an export that comes, goes or changes shows', async () => {
  const other = join(folder, 'api');
  cpSync(join(root, 'api'), other, { recursive: true });
  const edit = (page: string, change: (text: string) => string) => {
    const file = join(other, page);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  };
  edit('sdp.api.md', (text) =>
    text.replace('export class OfferAnswer ', 'export class Gone {}\n\nexport class OfferAnswer '),
  );
  edit('codecs.api.md', (text) => text.replace(/^export const pcma: .*\n/m, ''));
  edit('sip-core.node.api.md', (text) => text.replace('class DnsClient', 'class DnsAsker'));
  writeFileSync(join(other, 'removed.api.md'), '');
  const complaint = await tool('report.mjs', '--check', '--to', other).catch(({ message }: Error) => message);
  expect(complaint).toContain('sdp.api.md: - export class Gone {}');
  expect(complaint).toContain('codecs.api.md: + export const pcma: Codec;');
  expect(complaint).toMatch(/sip-core\.node\.api\.md: \+ export class DnsClient/);
  expect(complaint).toContain('removed.api.md: no such entry');
  expect(complaint).toContain('pnpm api:report');
});

test('all that is exported, that can be called or chosen there, has a doc comment', async () => {
  expect(await tool('undocumented.mjs')).toBe('0 without a doc comment.\n');
});

test('the API reference of every entry is made without a warning', async () => {
  const out = join(folder, 'reference');
  expect(await tool('reference.mjs', '--out', out)).toMatch(/\d+ entries in/);
  const modules = readdirSync(join(out, 'modules'));
  for (const { name } of publishedPackages()) {
    expect(modules).toContain(`${name.replace('@', '_').replace('/', '_')}.html`);
  }
}, 300_000);
