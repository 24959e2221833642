import { describe, expect, it } from 'vitest';
import { Offhook, run, start } from './support/offhook';
import { registrar } from './support/registrar';
import { silentServer } from './support/silent-server';

describe('offhook register', () => {
  it('registers with digest authentication, says for how long, and takes the registration away again', async () => {
    const server = await registrar({ alice: 'secret' });
    const { code, lines, result } = await run('register', server.uri('alice'), '--password', 'secret', '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(lines.map(({ type }) => type)).toEqual(['registered', 'unregistered', 'result']);
    expect(result).toMatchObject({ command: 'register', ok: true, registered: true, contacts: [{ expires: 3600 }] });
    expect(server.registered()).toEqual([]);
  });

  it('stays registered until stopped, then takes the registration away', async () => {
    const server = await registrar({ alice: 'secret' });
    const phone = start('register', server.uri('alice'), '--password', 'secret', '--stay', '--json');
    await phone.line('registered');
    expect(server.registered()).toHaveLength(1);
    phone.signal('SIGINT');
    const { code, result } = await phone.ended;
    expect([code, result.ok]).toEqual([0, true]);
    expect(server.registered()).toEqual([]);
  });

  it('takes the password from the environment', async () => {
    const server = await registrar({ alice: 'secret' });
    const command = ['register', server.uri('alice'), '--json'];
    expect((await new Offhook(command).ended).code).toBe(1);
    expect((await new Offhook(command, undefined, { OFFHOOK_PASSWORD: 'secret' }).ended).code).toBe(0);
  });

  it('fails with 1 and the status when the password is wrong, and does not say which it was', async () => {
    const server = await registrar({ alice: 'secret' });
    const { code, stdout, result } = await run('register', server.uri('alice'), '--password', 'hunter2', '--json');
    expect(code).toBe(1);
    expect([401, 403]).toContain(result.error?.status);
    expect(stdout).not.toContain('hunter2');
    const people = await run('register', server.uri('alice'), '--password', 'hunter2');
    expect(people.code).toBe(1);
    expect(people.stderr).toMatch(/^offhook: .*password.*\n$/);
  });

  it('fails with 3 when the server never answers', async () => {
    const port = await silentServer();
    const { code, result, took } = await run('register', `sip:alice@127.0.0.1:${port}`, '--timeout', '1', '--json');
    expect(code).toBe(3);
    expect(result.error?.status).toBeUndefined();
    expect(took).toBeLessThan(8_000);
  });
});
