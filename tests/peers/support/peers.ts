import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { requireGlobal } from './global-package';

/** The programs the interoperability tests talk to, modules of Kamailio among them, and the package each comes in: Debian's, or npm's. */
const packages = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  kamailio: 'kamailio',
  'kamailio-outbound': 'kamailio-outbound-modules',
  'kamailio-presence': 'kamailio-presence-modules',
  'kamailio-tls': 'kamailio-tls-modules',
  'kamailio-websocket': 'kamailio-websocket-modules',
  tshark: 'tshark',
  ffmpeg: 'ffmpeg',
  sox: 'sox',
  chromium: 'chromium',
  cc: 'gcc',
  spandsp: 'libspandsp-dev',
  'espeak-ng': 'espeak-ng',
  libopus: 'libopus-dev',
  turnserver: 'coturn',
  pulseaudio: 'pulseaudio',
  pactl: 'pulseaudio-utils',
  'alsa-pulse': 'libasound2-plugins',
  bun: 'npm:bun',
  deno: 'npm:deno',
  decibri: 'npm:decibri, whose binary is not for every system',
  wrtc: 'npm:@roamhq/wrtc, whose binary is not for every system',
} as const;

export type Peer = keyof typeof packages;

/** Folders of libraries, on any architecture. */
const libraries = ['/usr/lib', '/usr/lib64']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))]);

/** Folders of Kamailio's modules. */
const modules = libraries.map((folder) => join(folder, 'kamailio', 'modules'));

/** Libraries are there when a program can be compiled with them. */
const headers: Partial<Record<string, string>> = { spandsp: 'spandsp.h', libopus: 'opus/opus.h' };

const found = (peer: string) => {
  if (peer.startsWith('kamailio-')) return hasModule(peer.slice(9));
  if (peer === 'wrtc') return hasWrtc();
  if (peer === 'decibri') return hasGlobal(peer);
  if (peer === 'alsa-pulse') return hasAlsaModule('pulse');
  const header = headers[peer];
  return header ? hasHeader(header) : hasProgram(peer);
};

const hasHeader = (header: string) =>
  spawnSync('cc', ['-E', '-include', header, '-x', 'c', '/dev/null'], { stdio: 'ignore' }).status === 0;

/** Its binary is a package of its own, for this system or not there. */
function hasWrtc(): boolean {
  try {
    const folder = createRequire(import.meta.url).resolve('@roamhq/wrtc');
    createRequire(folder).resolve(`@roamhq/wrtc-${process.platform}-${process.arch}`);
    return true;
  } catch {
    return false;
  }
}

const hasModule = (name: string) => modules.some((folder) => existsSync(join(folder, `${name}.so`)));

const hasAlsaModule = (module: string) =>
  libraries.some((folder) => existsSync(join(folder, 'alsa-lib', `libasound_module_pcm_${module}.so`)));

function hasGlobal(name: string): boolean {
  try {
    requireGlobal(name);
    return true;
  } catch {
    return false;
  }
}

const hasProgram = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))) ||
  existsSync(`/usr/sbin/${program}`);

/**
 * A group of tests against real programs. Where one is missing the group is skipped and its name says why; with
 * `OFFHOOK_PEERS=required`, as in continuous integration, a missing program fails the run instead.
 */
export function describeWithPeers(peers: readonly Peer[], title: string, tests: () => void): void {
  const missing = peers.filter((peer) => !found(peer));
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const names = missing.map((peer) => `${peer} (package ${packages[peer]})`).join(', ');
  if (process.env.OFFHOOK_PEERS === 'required') throw new Error(`${title}: not installed: ${names}`);
  describe.skip(`${title} [skipped: ${names} not installed; see tooling/peers/install.sh]`, tests);
}
