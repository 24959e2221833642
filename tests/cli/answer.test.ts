import { createSocket } from 'node:dgram';
import { writeFile } from 'node:fs/promises';
import { Endpoint } from '@offhook/endpoint';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder } from './support/files';
import { run, start } from './support/offhook';

describe('offhook answer', () => {
  it('answers many calls at once and counts them', async () => {
    const phone = start('answer', '--host', '127.0.0.1', '--port', '0', '--echo', '--count', '12', '--json');
    const { port } = await phone.line('listening');
    const caller = await new Endpoint().start();
    onTestFinished(() => caller.close());
    const calls = Array.from({ length: 12 }, (_, index) => caller.call(`sip:${index}@127.0.0.1:${port}`));
    await Promise.all(calls.map(({ established }) => established));
    await Promise.all(calls.map((call) => call.hangup()));
    const { code, lines, result } = await phone.ended;
    expect(code).toBe(0);
    for (const type of ['incoming', 'established', 'ended']) {
      const about = lines.filter((line) => line.type === type);
      expect(about).toHaveLength(12);
      expect(new Set(about.map(({ call }) => call)).size).toBe(12);
    }
    expect(result).toMatchObject({ calls: 12, established: 12, failed: 0 });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('hangs up, reports and exits with 0 on %s', async (signal) => {
    const phone = start('answer', '--host', '127.0.0.1', '--port', '0', '--json');
    const { port } = await phone.line('listening');
    const caller = start('call', `sip:test@127.0.0.1:${port}`, '--json');
    await caller.line('established');
    phone.signal(signal);
    const { code, result } = await phone.ended;
    expect(code).toBe(0);
    expect(result).toMatchObject({ ok: true, calls: 1, established: 1 });
    expect(await caller.ended).toMatchObject({ code: 0, result: { endedBy: 'remote' } });
  });

  it('fails with 3 when the port is in use', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await new Promise<void>((resolve) => socket.close(resolve));
    });
    const port = String(socket.address().port);
    const { code, stderr } = await run('answer', '--host', '127.0.0.1', '--port', port);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^offhook: .*${port}.*\n$`));
  });

  it('fails with 3 when the address is none of this machine', async () => {
    const { code, result } = await run('answer', '--host', '192.0.2.1', '--port', '0', '--json');
    expect(code).toBe(3);
    expect(result.ok).toBe(false);
  });

  it('fails with 2 for a WAV that is not one, before it listens', async () => {
    const file = await folder();
    await writeFile(file('not.wav'), 'RIFF but no more');
    const { code, lines } = await run('answer', '--port', '0', '--play', file('not.wav'), '--json');
    expect(code).toBe(2);
    expect(lines.map(({ type }) => type)).toEqual(['result']);
  });
});
