import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Messages a second of sofia-sip's parser in C, compiled for this run.
 *
 * @returns {{ rate: number } | { absent: string }}
 */
export function sofiaParse(messages, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'sofia-parse-'));
  try {
    const program = join(folder, 'sofia-parse');
    const source = fileURLToPath(new URL('./sofia-parse.c', import.meta.url));
    const flags = spawnSync('pkg-config', ['--cflags', '--libs', 'sofia-sip-ua'], { encoding: 'utf8' });
    const options =
      flags.status === 0 ? flags.stdout.trim().split(/\s+/) : ['-I/usr/include/sofia-sip-1.12', '-lsofia-sip-ua'];
    const built = spawnSync('gcc', ['-O2', '-o', program, source, ...options], { encoding: 'utf8' });
    if (built.status !== 0) {
      return { absent: 'sofia-sip is left out: its parser needs gcc, libc6-dev and libsofia-sip-ua-dev (Debian).' };
    }
    const files = messages.map((message, index) => {
      const file = join(folder, `${index}.sip`);
      writeFileSync(file, message);
      return file;
    });
    const run = spawnSync(program, [String(seconds), ...files], {
      encoding: 'utf8',
      timeout: seconds * 10_000 + 10_000,
    });
    if (run.status !== 0) return { absent: `sofia-sip is left out: ${run.stderr.trim()}.` };
    return { rate: Number(run.stdout) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
