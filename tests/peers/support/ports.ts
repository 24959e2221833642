import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Resolves when some program listens on this UDP port of 127.0.0.1; for programs that do not say when they are ready. */
export async function untilBound(port: number, timeout = 10_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (await udpPortIsFree(port)) {
    if (Date.now() > deadline) throw new Error(`Nothing listens on UDP port ${port} after ${timeout} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port of 127.0.0.1 that is free for UDP and TCP now, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const free = await udpPortIsFree(port);
    await new Promise((resolve) => server.close(resolve));
    if (free && port < 60_000) return port;
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
