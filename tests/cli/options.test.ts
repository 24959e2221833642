import { describe, expect, it } from 'vitest';
import { run, start } from './support/offhook';
import { silentServer } from './support/silent-server';

describe('offhook options', () => {
  it('says what a phone can do', async () => {
    const phone = start('answer', '--host', '127.0.0.1', '--port', '0', '--json');
    const { port } = await phone.line('listening');
    const { code, result } = await run('options', `sip:test@127.0.0.1:${port}`, '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(result).toMatchObject({ command: 'options', ok: true, status: 200 });
    expect(result.allow).toEqual(expect.arrayContaining(['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS']));
    const people = await run('options', `127.0.0.1:${port}`);
    expect(people.code).toBe(0);
    expect(people.stdout).toMatch(/200 OK/);
  });

  it('fails with 3 when the server never answers', async () => {
    const port = await silentServer();
    const { code, stderr, took } = await run('options', `sip:127.0.0.1:${port}`, '--timeout', '1');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^offhook: .*answer.*\n$/);
    expect(took).toBeLessThan(8_000);
  });

  it('fails with 3 when the name leads nowhere', async () => {
    const { code } = await run('options', 'sip:nowhere.invalid', '--timeout', '5', '--json');
    expect(code).toBe(3);
  });
});
