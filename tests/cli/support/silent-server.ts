import { createSocket } from 'node:dgram';
import { onTestFinished } from 'vitest';

/** A port of 127.0.0.1 that takes every datagram and never answers. */
export async function silentServer(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise<void>((resolve) => socket.close(resolve));
  });
  return socket.address().port;
}
