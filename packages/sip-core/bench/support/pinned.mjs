import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const possible = availableParallelism() > 1 && spawnSync('taskset', ['-V']).error === undefined;

/** A command that runs on one core only, where the system can do so: what is compared uses the same. */
export function pinned(core, command) {
  return possible ? ['taskset', '-c', String(core), ...command] : command;
}
