import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Resolves when some program listens on this port; for programs that do not say when they are ready. Read from Linux' own
 * table, as trying the port would take it from them.
 */
export async function untilBound(
  protocol: 'udp' | 'tcp' | 'udp6' | 'tcp6',
  port: number,
  timeout = 10_000,
): Promise<void> {
  const local = new RegExp(`^\\s*\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'm');
  const deadline = Date.now() + timeout;
  while (!local.test(readFileSync(`/proc/net/${protocol}`, 'latin1'))) {
    if (Date.now() > deadline) throw new Error(`Nothing listens on ${protocol} port ${port} after ${timeout} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * A port of 127.0.0.1 that is free for UDP and TCP now, for programs that cannot choose one themselves. It lies below those
 * the system gives out by itself, so that nobody else gets it in the meantime.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000) * 2;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    const both = await udpPortIsFree(port);
    await new Promise((resolve) => server.close(resolve));
    if (both) return port;
  }
}

async function udpPortIsFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const free = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return free;
}
