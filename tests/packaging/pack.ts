import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const execute = promisify(execFile);

/** A package that is published. */
export interface PublishedPackage {
  name: string;
  folder: string;
}

/** The packages that are published: every folder of `packages/`. */
export function publishedPackages(): PublishedPackage[] {
  return readdirSync(join(root, 'packages')).map((each) => {
    const folder = join(root, 'packages', each);
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
    return { name, folder };
  });
}

/** Runs a program and resolves with what it printed; what it printed is in the error when it fails. */
export async function run(command: string, args: string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(command, args, {
      cwd,
      maxBuffer: 64 << 20,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`);
  }
}

/** Packs every published package as pnpm would publish it, and gives each tarball's path by package name. */
export async function packAll(): Promise<Map<string, string>> {
  const target = mkdtempSync(join(tmpdir(), 'offhook-pack-'));
  const tarballs = new Map<string, string>();
  for (const { name, folder } of publishedPackages()) {
    const own = join(target, name.replace('/', '-'));
    mkdirSync(own);
    await run('npx', ['--yes', 'pnpm@12', 'pack', '--pack-destination', own], folder);
    const [file] = readdirSync(own);
    if (!file) throw new Error(`${name} was not packed`);
    tarballs.set(name, join(own, file));
  }
  return tarballs;
}
