import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test, vi } from 'vitest';
import { markDscp } from './dscp';
import { openUdpRtpTransport } from './udp-rtp-transport';

const sockets: Socket[] = [];

afterEach(async () => {
  vi.doUnmock('koffi');
  vi.resetModules();
  for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(() => resolve()));
});

async function bound(type: 'udp4' | 'udp6', address: string): Promise<Socket> {
  const socket = createSocket(type);
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  sockets.push(socket);
  return socket;
}

test.each([
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)('an option of the system is set, for %s', async (type, address) => {
  const calls: unknown[][] = [];
  vi.resetModules();
  vi.doMock('koffi', () => ({
    default: {
      load: () => ({
        func:
          () =>
          (...values: unknown[]) =>
            Number(calls.push(values) < 0),
      }),
      errno: () => 0,
    },
  }));
  const fresh = await import('./dscp');
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  await fresh.markDscp(await bound(type, address), 46);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warn);
  expect(warnings).toEqual([]);
  const option = { linux: [0, 1, 41, 67], darwin: [0, 3, 41, 36] }[process.platform as 'linux'] ?? [];
  expect(calls).toEqual([[expect.any(Number), ...option.slice(...(type === 'udp4' ? [0, 2] : [2, 4])), [184], 4]]);
});

test('without the package the error says what to install, and the ports are free again', async () => {
  vi.resetModules();
  vi.doMock('koffi', () => {
    throw new Error('Cannot find package');
  });
  const { openUdpRtpTransport: open } = await import('./udp-rtp-transport');
  const probe = await openUdpRtpTransport();
  const portRange = [probe.localPort, probe.localPort + 1] as const;
  await probe.close();
  const failure = await open({ portRange, dscp: 46 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ERR_DSCP', message: expect.stringContaining('npm install koffi') });
  await (await open({ portRange })).close();
});

test('what the system refuses is an error with its number', async () => {
  vi.resetModules();
  vi.doMock('koffi', () => ({ default: { load: () => ({ func: () => () => -1 }), errno: () => 22 } }));
  const fresh = await import('./dscp');
  const failure = await fresh.markDscp(await bound('udp4', '127.0.0.1'), 46).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ERR_DSCP', message: expect.stringContaining('22') });
});

test.each([-1, 64, 1.5, Number.NaN])('%d is no code point', async (dscp) => {
  await expect(markDscp(await bound('udp4', '127.0.0.1'), dscp)).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' });
});

test('a socket that is not bound cannot be marked', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  await expect(markDscp(socket, 46)).rejects.toMatchObject({ code: 'ERR_DSCP' });
});
