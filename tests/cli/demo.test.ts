import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readWav } from '@offhook/rtp-media';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder } from './support/files';
import { run, start } from './support/offhook';

describe('offhook demo', () => {
  it('makes a registered call, audio both ways, by itself', async () => {
    const file = await folder();
    const { code, lines, result, took } = await run('demo', '--record', file('echo.wav'), '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(took).toBeLessThan(20_000);
    expect(result).toMatchObject({
      type: 'result',
      command: 'demo',
      ok: true,
      registered: true,
      established: true,
      holdConfirmed: true,
      retrieved: true,
      dtmfReceived: '0123456789*#',
      recording: file('echo.wav'),
    });
    expect(result.audioCorrelation).toBeGreaterThan(0.9);
    expect(result.packetsSent).toBeGreaterThan(300);
    expect(result.packetsReceived).toBeGreaterThan(300);
    const methods = lines.filter(({ type }) => type === 'sip').map(({ label }) => label);
    expect(methods).toEqual(
      expect.arrayContaining(['REGISTER', '401 Unauthorized (REGISTER)', 'INVITE', '200 OK (INVITE)', 'ACK', 'BYE']),
    );
    const { samples, sampleRate } = readWav(await readFile(file('echo.wav')));
    expect(samples.length / sampleRate).toBeGreaterThan(4);
  });

  it('draws the ladder and a report for people', async () => {
    const { code, stdout, stderr } = await run('demo');
    const recording = /(\S+\.wav)/.exec(stdout)?.[1];
    if (recording) onTestFinished(() => rm(dirname(recording), { recursive: true }));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Phone +Server +Echo/);
    expect(stdout).toMatch(/── REGISTER ─+▶/);
    expect(stdout).toMatch(/✓ hung up/);
    expect(stdout).not.toContain('✗');
    expect(stdout).toMatch(/audio correlation +(0\.9\d+|1\.000)/);
    expect(recording).toBeTruthy();
  });

  it('hangs up, unregisters and says so when it is stopped', async () => {
    const demo = start('demo', '--json');
    await demo.line('established');
    demo.signal('SIGINT');
    const { code, lines, result } = await demo.ended;
    expect(code).toBe(130);
    expect(result).toMatchObject({ ok: false, established: true, error: { code: 'ERR_INTERRUPTED' } });
    expect(lines.filter(({ label }) => label === 'BYE').length).toBeGreaterThan(0);
  });
});
