import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { start } from '../peers/support/child';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/codec-plugins.md'), 'utf8');
/** Where the names of the packages mean what they mean for who installs them. */
const folder = join(root, `apps/quickstart/.readme-example-plug-ins-${process.pid}`);

/** The programs of the guide by the names in their first lines. */
const programs = new Map(
  [...guide.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)].map(([, name, code]) => [name!, code!] as const),
);

mkdirSync(folder);
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
for (const [name, code] of programs) {
  writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, name.replace(/ts$/, 'js')), transformSync(code, { loader: 'ts' }).code);
}
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program of the guide as it stands there; what it prints. */
async function run(name: string, ...options: string[]): Promise<string> {
  const child = start(process.execPath, [...options, join(folder, name)], { cwd: folder });
  expect(await child.exited, child.output()).toBe(0);
  return child.output();
}

/** What the comment at the end of a line that prints says it prints. */
function promised(name: string): string {
  const [, text] = /console\.log\(.*\); \/\/ (.*)/.exec(programs.get(name)!) ?? [];
  return text!;
}

describe('the guide to codec plug-ins', () => {
  test('has programs, and all of its TypeScript is in one', () => {
    expect([...programs.keys()]).toEqual(['l8.ts', 'l8.test.ts', 'phone.ts', 'fmtp.ts', 'browser.ts']);
    expect(guide.match(/```ts\n/g)).toHaveLength(programs.size);
  });

  test('its programs fit the types', () => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x.ts'] }, ts.sys, root);
    const files = [...programs.keys()].map((name) => join(folder, name));
    const program = ts.createProgram(files, { ...options, noEmit: true, noUnusedLocals: true });
    const wrong = files.flatMap((file) => {
      const source = program.getSourceFile(file)!;
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  test('its plug-in passes the conformance suite', async () => {
    const output = await run('l8.test.js', '--test');
    expect(output).toMatch(/pass (1\d|2\d)\b/);
    expect(output).toMatch(/fail 0\b/);
  });

  test('its phone talks the plug-in', async () => {
    const output = await run('phone.js');
    const [, packets, codec] = /^(\d+) packets of (\w+)$/m.exec(output) ?? [];
    expect(codec).toBe(promised('phone.ts').split(' ').at(-1));
    expect(Number(packets)).toBeGreaterThan(15);
  });

  test('its registry prints what it says', async () => {
    expect((await run('browser.js')).trim()).toBe(promised('browser.ts'));
  });

  test('its format parameters agree with themselves and with nobody else', async () => {
    const { fmtp } = (await import(join(folder, 'fmtp.ts'))) as typeof import('@offhook/codecs') & {
      fmtp: import('@offhook/codecs').CodecFmtp;
    };
    expect(fmtp.negotiate(fmtp.offer())).toEqual({ local: 'bitrate=32000' });
    for (const remote of [undefined, '', 'bitrate=24000', 'maxbitrate=32000'])
      expect(fmtp.negotiate(remote)).toBe(false);
  });

  test('its package.json is that of the worked example but for names and versions', () => {
    const [, text] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];
    const shown = JSON.parse(text!);
    const real = JSON.parse(readFileSync(join(root, 'examples/codec-gsm/package.json'), 'utf8'));
    for (const field of ['type', 'main', 'module', 'types', 'exports', 'files'])
      expect(shown[field]).toEqual(real[field]);
    expect(Object.keys(shown.peerDependencies)).toEqual(Object.keys(real.peerDependencies));
  });

  test('the files it points at are there', () => {
    const links = [...guide.matchAll(/\]\((\.\.[^)#]*)\)/g)].map(([, path]) => join(root, 'docs', path!));
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(ts.sys.fileExists(link) || ts.sys.directoryExists(link), link).toBe(true);
  });
});

test('the program in the README of the worked example loads it by its name', async () => {
  const readme = readFileSync(join(root, 'examples/codec-gsm/README.md'), 'utf8');
  const [, code] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const more = "endpoint.on('state', (state) => console.log('then', state));\nawait endpoint.close();";
  writeFileSync(join(folder, 'readme.js'), `${code}${more}`);
  expect(await run('readme.js')).toContain('then inactive');
});
