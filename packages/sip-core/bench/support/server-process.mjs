import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pinned } from './pinned.mjs';

/**
 * Starts a program of `servers/` in a process and on a core of its own, so that its CPU time is its own. It serves on the
 * port in its first argument and answers each line of its input with `{ served, cpu, rss }` as JSON; CPU in µs.
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
    measure() {
      child.stdin.write('measure\n');
      return next();
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('close', resolve);
        child.stdin.end();
      }),
  };
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
