import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeHep3 } from '../trace/hep3';
import { flowBetween } from '../trace/testing/flow';
import { TracedMessage } from '../trace/trace-event';
import { EventLoopOverload } from './event-loop-overload';
import { HepExporter } from './hep-exporter';
import { PcapngFile } from './pcapng-file';

const flow = flowBetween('UDP', { host: '192.0.2.1', port: 5060 }, { host: '198.51.100.2', port: 5060 });
const event = (size = 300) => {
  const text = `OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x\r\n\r\n`.padEnd(size, 'x');
  return new TracedMessage(1_700_000_000_000, 'out', flow, new TextEncoder().encode(text));
};

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

describe('PcapngFile', () => {
  const place = () => {
    const folder = mkdtempSync(join(tmpdir(), 'pcapng-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    return join(folder, 'trace.pcapng');
  };

  it('holds what was written when it has been closed', async () => {
    const file = new PcapngFile(place());
    for (let index = 0; index < 3; index++) file.write(event());
    await file.close();
    await file.close();
    const bytes = readFileSync(file.path);
    expect(bytes.readUInt32LE(0)).toBe(0x0a0d0d0a);
    expect(bytes.toString('latin1').match(/OPTIONS/g)).toHaveLength(3);
    file.write(event());
    expect(file.counters).toEqual({ written: 3, dropped: 1 });
  });

  it('leaves out what the disk is too slow for, and what makes the file too long', async () => {
    const slow = new PcapngFile(place(), { maxBacklog: 10_000 });
    for (let index = 0; index < 1_000; index++) slow.write(event(1_000));
    expect(slow.counters.dropped).toBeGreaterThan(900);
    await slow.close();
    const short = new PcapngFile(place(), { maxSize: 5_000 });
    for (let index = 0; index < 100; index++) short.write(event(1_000));
    await short.close();
    expect(readFileSync(short.path).length).toBeLessThan(6_000);
    expect(short.counters.written).toBe(4);
  });

  it.skipIf(!existsSync('/dev/full'))('ends with an error when the disk is full; nothing else does', async () => {
    const errors: unknown[] = [];
    const file = new PcapngFile('/dev/full', { onError: (error) => errors.push(error) });
    file.write(event());
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'ERR_SIP_TRACE_FILE', cause: { code: 'ENOSPC' } });
    expect((errors[0] as Error).message).toContain('the disk is full');
    expect(file.error).toBe(errors[0]);
    file.write(event());
    expect(file.counters.dropped).toBe(1);
    await file.close();
  });

  it('ends with an error where no file can be', async () => {
    const file = new PcapngFile('/nowhere/at/all.pcapng');
    await expect.poll(() => file.error).toMatchObject({ code: 'ERR_SIP_TRACE_FILE' });
    await file.close();
  });
});

describe('HepExporter', () => {
  it('sends each message to a collector in a datagram', async () => {
    const collector = createSocket('udp4');
    collector.bind(0, '127.0.0.1');
    await once(collector, 'listening');
    cleanUp.push(() => collector.close());
    const exporter = new HepExporter({ host: '127.0.0.1', port: collector.address().port, captureAgentId: 9 });
    cleanUp.push(() => exporter.close());
    const message = once(collector, 'message');
    await expect
      .poll(() => {
        exporter.write(event());
        return exporter.counters.sent;
      })
      .toBeGreaterThan(0);
    const [bytes] = (await message) as [Buffer];
    expect(new Uint8Array(bytes)).toEqual(encodeHep3(event(), { captureAgentId: 9 }));
  });

  it('lives on when nobody listens', async () => {
    const probe = createSocket('udp4');
    probe.bind(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address();
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const exporter = new HepExporter({ host: '127.0.0.1', port });
    await expect
      .poll(() => {
        exporter.write(event());
        return exporter.counters.failures;
      })
      .toBeGreaterThan(0);
    await exporter.close();
    exporter.write(event());
    expect(exporter.counters.dropped).toBeGreaterThan(0);
  });

  it('sends over a connection, and looks for the collector again when it is gone', async () => {
    let bytes = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', (data) => {
        bytes += data.length;
      });
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp.push(() => server.close());
    const { port } = server.address() as { port: number };
    const exporter = new HepExporter({ host: '127.0.0.1', port, protocol: 'tcp', maxRetryDelay: 10 });
    const length = encodeHep3(event())!.length;
    for (let index = 0; index < 5; index++) exporter.write(event());
    await expect.poll(() => bytes).toBe(5 * length);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => exporter.counters.failures).toBe(1);
    exporter.write(event());
    expect(exporter.counters.dropped).toBe(1);
    await expect.poll(() => sockets.size, { timeout: 5_000 }).toBe(2);
    exporter.write(event());
    await expect.poll(() => bytes).toBe(6 * length);
    await exporter.close();
  });

  it('keeps no more than so much for a collector that does not read', async () => {
    const server = createServer((socket) => socket.pause());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp.push(() => server.close());
    const { port } = server.address() as { port: number };
    const exporter = new HepExporter({ host: '127.0.0.1', port, protocol: 'tcp', maxBacklog: 50_000 });
    for (let index = 0; index < 1_000; index++) exporter.write(event(1_000));
    expect(exporter.counters.sent).toBeLessThan(50);
    expect(exporter.counters.dropped).toBeGreaterThan(950);
    await exporter.close();
  });
});

describe('EventLoopOverload', () => {
  it('tells when the event loop lags, and when it does no more', async () => {
    const load = new EventLoopOverload({ limit: 50 });
    cleanUp.push(() => load.close());
    expect(load.overloaded).toBe(false);
    const block = setInterval(() => {
      const end = performance.now() + 150;
      while (performance.now() < end);
    }, 1);
    await expect.poll(() => load.overloaded, { timeout: 5_000, interval: 1 }).toBe(true);
    clearInterval(block);
    await expect.poll(() => load.overloaded, { timeout: 5_000, interval: 100 }).toBe(false);
  });
});
