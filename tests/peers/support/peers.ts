import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** The programs the interoperability tests talk to, and the package each comes in: Debian's, or npm's. */
const packages = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  kamailio: 'kamailio',
  tshark: 'tshark',
  ffmpeg: 'ffmpeg',
  sox: 'sox',
  chromium: 'chromium',
  bun: 'npm:bun',
  deno: 'npm:deno',
} as const;

export type Peer = keyof typeof packages;

const found = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))) ||
  existsSync(`/usr/sbin/${program}`);

/**
 * A group of tests against real programs. Where one is missing the group is skipped and its name says why; with
 * `OFFHOOK_PEERS=required`, as in continuous integration, a missing program fails the run instead.
 */
export function describeWithPeers(peers: Peer[], title: string, tests: () => void): void {
  const missing = peers.filter((peer) => !found(peer));
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const names = missing.map((peer) => `${peer} (package ${packages[peer]})`).join(', ');
  if (process.env.OFFHOOK_PEERS === 'required') throw new Error(`${title}: not installed: ${names}`);
  describe.skip(`${title} [skipped: ${names} not installed; see tooling/peers/install.sh]`, tests);
}
