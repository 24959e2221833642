import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { start } from '../peers/support/child';

let programs = 0;
const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** Packages whose README is not tried by a test of their own. */
const untried = readdirSync(packages).filter((name) => !existsSync(join(packages, name, 'src/readme.test.ts')));

/** Every program in a ```js block of a package's pages. */
const pages = readdirSync(packages)
  .filter((name) => existsSync(join(packages, name, 'docs')))
  .flatMap((name) => readdirSync(join(packages, name, 'docs')).map((page) => [name, join('docs', page)] as const))
  .flatMap(([name, page]) => {
    const programs = [...readFileSync(join(packages, name, page), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)];
    return programs.map(([, program], index) => [`${name}/${page} (${index + 1})`, name, program!] as const);
  });

test.each(pages)('the program in packages/%s runs', (_, name, program) => runIn(name, program));

/** The first example of each package's README is a whole program; it must run as it stands. */
test.each(untried)('the first example of packages/%s/README.md runs', async (name) => {
  const [, program] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(packages, name, 'README.md'), 'utf8')) ?? [];
  expect(program, 'an example in a ```js block').toBeDefined();
  await runIn(name, program!);
});

async function runIn(name: string, program: string): Promise<void> {
  // In the package's own folder its name and those of its dependencies resolve as they do for who installs it.
  const file = join(packages, name, `.readme-example-${process.pid}-${programs++}.mjs`);
  // What it writes goes to a folder of its own.
  const folder = mkdtempSync(join(tmpdir(), 'offhook-example-'));
  writeFileSync(file, program);
  try {
    const child = start(process.execPath, [file], { cwd: folder });
    expect(await child.exited, child.output()).toBe(0);
  } finally {
    rmSync(file);
    rmSync(folder, { recursive: true });
  }
}
