import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run, runWith } from './support/offhook';

const message = [
  'OPTIONS sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:bob@example.com>',
  'Call-ID: 1',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

describe('offhook parse', () => {
  it('prints the message on its standard input as one line of JSON for programs', async () => {
    const { code, result, stderr } = await runWith(message, 'parse', '--json');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(result).toMatchObject({ type: 'result', command: 'parse', ok: true, exitCode: 0 });
    expect(result.message).toMatchObject({ kind: 'request', method: 'OPTIONS', callId: '1' });
  });

  it('prints the message in a file as JSON for people', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'message.sip');
    await writeFile(file, message);
    const { code, stdout } = await run('parse', file);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'request', uri: 'sip:bob@example.com' });
  });

  it('exits with 1 and the reason when it is not valid SIP', async () => {
    const people = await runWith('GET / HTTP/1.1\r\n\r\n', 'parse');
    expect(people.code).toBe(1);
    expect(people.stdout).toBe('');
    expect(people.stderr).toMatch(/^offhook: This is not valid SIP: .+\.\n$/);
    const programs = await runWith(message.replace('1 OPTIONS', '1 INVITE'), 'parse', '--json');
    expect(programs.code).toBe(1);
    expect(programs.result).toMatchObject({ ok: false, error: { code: 'ERR_SIP_SYNTAX' } });
    expect(programs.result.error?.message).toContain('CSeq');
  });

  it('exits with 1 for no bytes and for random ones', async () => {
    expect((await runWith('', 'parse')).code).toBe(1);
    expect(
      (
        await runWith(
          new Uint8Array(300).map((_, i) => (i * 167) & 0xff),
          'parse',
        )
      ).code,
    ).toBe(1);
  });

  it('exits with 2 when the file cannot be read', async () => {
    const { code, stderr } = await run('parse', '/nowhere/message.sip');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^offhook: The file \/nowhere\/message\.sip cannot be read: .+\n$/);
  });
});
