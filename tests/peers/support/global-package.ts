import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A package that tooling/peers/install.sh has installed for all of the machine, as nobody needs it to work here. @throws when it is not there */
export function requireGlobal<Package>(name: string): Package {
  const { stdout } = spawnSync('npm', ['root', '--global'], { encoding: 'utf8' });
  return createRequire(join(stdout.trim(), 'here.js'))(join(stdout.trim(), name)) as Package;
}
