import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pinned } from './pinned.mjs';

/**
 * A server under load, in a process and on a core of its own, so that its CPU time is its own.
 *
 * @typedef {object} Server
 * @property {number} port on 127.0.0.1
 * @property {() => Promise<number>} cpu time used so far, in µs
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a program of `servers/`. It serves on the port in its first argument and answers each line of its input with what it
 * has used.
 *
 * @returns {Promise<Server>}
 */
export async function startServer(name, ...args) {
  const port = await freePort();
  const file = fileURLToPath(new URL(`./servers/${name}.mjs`, import.meta.url));
  const [command, ...rest] = pinned(0, [process.execPath, file, String(port), ...args]);
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The server ${name} ended.`);
    return JSON.parse(value);
  };
  await next();
  return {
    port,
    async cpu() {
      child.stdin.write('measure\n');
      return (await next()).cpu;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('close', resolve);
        child.stdin.end();
      }),
  };
}

/**
 * Starts a program that knows nothing of us. Its time is that of its process and all that come from it, as Linux counts them.
 *
 * @param {(port: number, folder: string) => string[]} commandFor command and arguments; the folder is its own and is taken away
 * @returns {Promise<Server>}
 */
export async function startProgram(commandFor) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-server-'));
  const [command, ...args] = pinned(0, commandFor(port, folder));
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-500);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    // SIPp waits for calls whose end it has missed.
    const impatience = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(impatience);
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await answers(port, child))) {
    await stop();
    throw new Error(`${args.join(' ')} does not serve port ${port}. ${complaint}`);
  }
  return { port, cpu: async () => cpuOfTree(child.pid), stop };
}

/** Waits until something is bound to the port, without binding to it ourselves. */
async function answers(port, child) {
  const bound = new RegExp(`: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, '0')} `);
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    if (bound.test(readFileSync('/proc/net/udp', 'latin1'))) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** Clock ticks of Linux are hundredths of a second for every program. */
const TICK = 10_000;

function cpuOfTree(root) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        return [{ pid: Number(pid), parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) * TICK }];
      } catch {
        return [];
      }
    });
  const own = new Set([root]);
  // A child's number may be below its parent's once numbers have wrapped around.
  for (let before = 0; before !== own.size; ) {
    before = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  return processes.filter(({ pid }) => own.has(pid)).reduce((sum, { cpu }) => sum + cpu, 0);
}

function freePort() {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
