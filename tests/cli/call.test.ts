import { readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { correlateSegments, loadResampler, readWav, resample } from '@offhook/rtp-media';
import { describe, expect, it } from 'vitest';
import { folder, speech } from './support/files';
import { run, start } from './support/offhook';
import { silentServer } from './support/silent-server';

/** `offhook answer` on a port of its own. */
async function answering(...options: string[]) {
  const phone = start('answer', '--host', '127.0.0.1', '--port', '0', '--json', ...options);
  const { port } = await phone.line('listening');
  return { phone, uri: `sip:test@127.0.0.1:${port}` };
}

/** How alike a recording is to the speech it should hold. */
async function likeness(recording: string): Promise<number> {
  const sent = readWav(await readFile(speech));
  const came = readWav(await readFile(recording));
  await loadResampler();
  const reference = resample(sent.samples, sent.sampleRate, came.sampleRate);
  const segment = came.sampleRate / 5;
  return correlateSegments(reference, came.samples, { segment, maxLag: came.sampleRate / 4 }).correlation;
}

describe('offhook call and offhook answer', () => {
  const hasIPv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));
  it.skipIf(!hasIPv6)(`talk over IPv6${hasIPv6 ? '' : ' [skipped: this machine has no ::1]'}`, async () => {
    const file = await folder();
    const phone = start('answer', '--host', '::1', '--port', '0', '--echo', '--count', '1', '--json');
    const { port } = await phone.line('listening');
    const call = ['call', `sip:echo@[::1]:${port}`, '--play', speech, '--record', file('echo.wav'), '--duration', '6'];
    const { code, result } = await run(...call, '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(await likeness(file('echo.wav'))).toBeGreaterThan(0.8);
  });

  it('talk: what one plays the other records, both ways at once', async () => {
    const file = await folder();
    const { phone, uri } = await answering('--play', speech, '--record', file('answered.wav'), '--count', '1');
    const { code, lines, result } = await run(
      'call',
      uri,
      '--play',
      speech,
      '--record',
      file('called.wav'),
      '--codec',
      'PCMA',
      '--json',
    );
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['calling', 'established', 'ended', 'result']),
    );
    expect(result).toMatchObject({ command: 'call', ok: true, codec: 'PCMA', endedBy: 'local' });
    expect(result.packetsSent).toBeGreaterThan(200);
    expect(result.packetsReceived).toBeGreaterThan(200);
    const far = await phone.ended;
    expect(far.code).toBe(0);
    expect(far.result).toMatchObject({ calls: 1, established: 1, failed: 0 });
    expect(await likeness(file('called.wav'))).toBeGreaterThan(0.9);
    expect(await likeness(file('answered.wav'))).toBeGreaterThan(0.9);
  });

  it('echo: the caller hears himself', async () => {
    const file = await folder();
    const { uri } = await answering('--echo');
    const { code } = await run('call', uri, '--play', speech, '--record', file('echo.wav'), '--json');
    expect(code).toBe(0);
    expect(await likeness(file('echo.wav'))).toBeGreaterThan(0.8);
  });

  it('send and report digits', async () => {
    const { phone, uri } = await answering('--count', '1');
    const { code } = await run('call', uri, '--dtmf', '159#', '--json');
    expect(code).toBe(0);
    const { lines } = await phone.ended;
    expect(lines.filter(({ type }) => type === 'dtmf').map(({ digit }) => digit)).toEqual(['1', '5', '9', '#']);
  });

  it('hang up after the seconds asked for, over TCP as well', async () => {
    const { uri } = await answering('--transport', 'tcp');
    const { code, result } = await run('call', `${uri};transport=tcp`, '--duration', '0.5', '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(result.durationMs).toBeGreaterThanOrEqual(490);
  });

  it('end with the other side', async () => {
    const { uri } = await answering('--duration', '0.5');
    const { code, result } = await run('call', uri, '--json');
    expect(code).toBe(0);
    expect(result).toMatchObject({ endedBy: 'remote' });
  });

  it('say what happens to people too, with a ladder on request', async () => {
    const { uri } = await answering();
    const { code, stdout, stderr } = await run('call', uri, '--duration', '0.3', '--ladder');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/── INVITE ─+▶.*SDP opus/);
    expect(stdout).toMatch(/◀─ 200 OK \(INVITE\)/);
    expect(stdout).toMatch(/answered/i);
  });
});

describe('offhook call', () => {
  it('fails with 1 and 486 when the callee is busy', async () => {
    const { uri } = await answering('--reject', '486');
    const { code, result } = await run('call', uri, '--json');
    expect(code).toBe(1);
    expect(result).toMatchObject({ ok: false, error: { status: 486 } });
    const people = await run('call', uri);
    expect(people.code).toBe(1);
    expect(people.stderr).toMatch(/^offhook: .*busy.*486.*\n$/i);
  });

  it('fails with 1 and 488 when there is no common codec', async () => {
    const { uri } = await answering('--codec', 'PCMA');
    const { code, result } = await run('call', uri, '--codec', 'PCMU', '--json');
    expect(code).toBe(1);
    expect(result).toMatchObject({ error: { status: 488 } });
  });

  it('fails with 3 when nobody answers at all', async () => {
    const port = await silentServer();
    const { code, result, took } = await run('call', `sip:bob@127.0.0.1:${port}`, '--timeout', '1', '--json');
    expect(code).toBe(3);
    expect(result.error?.status).toBeUndefined();
    expect(result.error?.message).toMatch(/answer/);
    expect(took).toBeLessThan(8_000);
  });

  it('fails with 3 when nobody picks up in time, and gives the call up', async () => {
    const { phone, uri } = await answering('--delay', '20', '--count', '1');
    const { code } = await run('call', uri, '--timeout', '1', '--json');
    expect(code).toBe(3);
    const { lines } = await phone.ended;
    expect(lines.find(({ type }) => type === 'ended')).toMatchObject({ status: 487 });
  });

  it('fails with 2 for a WAV that is not one, before it calls', async () => {
    const file = await folder();
    await writeFile(file('not.wav'), 'This is no WAV.');
    const { code, stderr } = await run('call', 'sip:bob@127.0.0.1:9', '--play', file('not.wav'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^offhook: .*WAV.*\n$/);
    const missing = await run('call', 'sip:bob@127.0.0.1:9', '--play', file('none.wav'), '--json');
    expect(missing.code).toBe(2);
    const place = await run('call', 'sip:bob@127.0.0.1:9', '--record', file('no/such/folder.wav'), '--json');
    expect(place.code).toBe(2);
  });

  it('hangs up on Ctrl-C and says so', async () => {
    const { phone, uri } = await answering('--count', '1');
    const call = start('call', uri, '--json');
    await call.line('established');
    call.signal('SIGINT');
    const { code, result } = await call.ended;
    expect([code, result.ok]).toEqual([0, true]);
    expect(await phone.ended).toMatchObject({ code: 0, result: { established: 1, failed: 0 } });
  });

  it('gives up on Ctrl-C while it rings', async () => {
    const { phone, uri } = await answering('--delay', '20', '--count', '1');
    const call = start('call', uri, '--json');
    await phone.line('incoming');
    call.signal('SIGINT');
    const { code, result } = await call.ended;
    expect(code).toBe(130);
    expect(result).toMatchObject({ ok: false, error: { code: 'ERR_INTERRUPTED' } });
    expect(await phone.ended).toMatchObject({ result: { established: 0 } });
  });
});
