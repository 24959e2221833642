import { SipServer } from '@offhook/call-control';
import { UdpTransport } from '@offhook/sip-core/node';
import { onTestFinished } from 'vitest';

/** A registrar on a port of its own for the current test, with passwords by user name. */
export async function registrar(users: Record<string, string>) {
  const host = '127.0.0.1';
  const server = new SipServer({ transports: [new UdpTransport({ host })], domains: [host], users });
  await server.start();
  onTestFinished(() => server.close());
  const port = server.transports[0]?.local.port;
  return {
    /** The address of a user, with the port of this registrar. */
    uri: (user: string) => `sip:${user}@${host}:${port}`,
    /** Who is registered now. */
    registered: () => server.registrar.registered(),
  };
}
