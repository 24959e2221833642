import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Options by which a benchmark tells a process of its own what to measure, beside `--calls` and `--seconds`. */
export const childOptions = { warmMs: 1200, security: '', peer: '', pid: 0 };

/** Runs a part of a benchmark in a process of its own, which prints what it found as JSON. */
export function inChild(url, what, options) {
  const args = Object.entries({ child: what, ...options }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(url), ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`the run ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout);
}
