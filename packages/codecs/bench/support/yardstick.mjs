// SpanDSP and libopus in C, through the program yardstick.c, which is compiled when it is first asked for.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('yardstick.c', import.meta.url));
let compiled;

/** What is missing for the program to be there; undefined when nothing is. */
export function yardstickAbsent() {
  return compile().absent;
}

function compile() {
  if (compiled) return compiled;
  const program = join(mkdtempSync(join(tmpdir(), 'offhook-yardstick-')), 'yardstick');
  const { status } = spawnSync('cc', ['-O2', source, '-o', program, '-lspandsp', '-lopus'], { stdio: 'ignore' });
  compiled = status === 0 ? { program } : { absent: 'a C compiler, libspandsp-dev or libopus-dev is not installed' };
  return compiled;
}

/**
 * Runs it.
 *
 * @param {string[]} args such as `g722 encode`; see yardstick.c
 * @param {Uint8Array} input
 * @param {number} [repeat] rounds, of which the fastest counts
 * @returns {{ output: Buffer, seconds: number }} what it wrote, and the CPU time it took
 */
export function yardstick(args, input, repeat = 1) {
  const { program, absent } = compile();
  if (!program) throw new Error(absent);
  const run = spawnSync(program, args, {
    input,
    maxBuffer: 1 << 28,
    env: { ...process.env, REPEAT: String(repeat) },
  });
  if (run.status !== 0) throw new Error(`yardstick ${args.join(' ')} failed: ${run.signal ?? run.status}`);
  return { output: run.stdout, seconds: Number(run.stderr) };
}

/**
 * SpanDSP as a peer of {@link reportBeside}.
 *
 * @param {'encode' | 'decode'} work
 * @param {string[]} args see yardstick.c
 * @param {Uint8Array} input
 * @param {number} length of the audio in seconds
 * @param {number} rounds in one run
 */
export function spandsp(work, args, input, length, rounds) {
  return inC('SpanDSP', work, args, input, length, rounds);
}

/** The same of either library. */
export function inC(name, work, args, input, length, rounds) {
  const absent = yardstickAbsent();
  return absent ? { name, work, absent } : { name, work, run: () => length / yardstick(args, input, rounds).seconds };
}
