import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { memoryRegistrar } from '../testing/memory-registrar';
import type { ConnectionOptions } from './connection-options';

async function line(options: Partial<ConnectionOptions> = {}) {
  const lab = new MemoryLab();
  const registrar = await memoryRegistrar(lab);
  const endpoint = await lab.endpoint('alice');
  const connection = endpoint.addConnection({
    user: 'sip:alice@lab.example',
    server: '10.0.0.100',
    password: 'secret',
    ...options,
  });
  return { lab, registrar, endpoint, connection };
}

describe('registering over the wire', () => {
  test('answers the challenge, asks the domain of the user, binds our address', async () => {
    const { lab, registrar, connection } = await line();
    await lab.until(connection.register());
    expect(connection.snapshot).toMatchObject({ state: 'registered', status: 200 });
    expect(registrar.requests.map(({ uri }) => uri.toString())).toEqual(['sip:lab.example', 'sip:lab.example']);
    expect(registrar.bound).toBe('sip:alice@10.0.0.1:5060');
  });

  test('is refreshed before it expires, for as long as the endpoint is there', async () => {
    const { lab, registrar, connection } = await line();
    await lab.until(connection.register());
    await lab.clock.advance(3_600_000);
    expect(registrar.requests.length).toBeGreaterThan(6);
    expect(connection.state).toBe('registered');
  });

  test('is taken back when unregistered, and when the endpoint stops', async () => {
    const { lab, registrar, endpoint, connection } = await line();
    await lab.until(connection.register());
    await lab.until(connection.unregister());
    expect(registrar.bound).toBeUndefined();
    expect(connection.state).toBe('unregistered');
    await lab.until(connection.register());
    expect(registrar.bound).toBeDefined();
    await lab.until(endpoint.close());
    expect(registrar.bound).toBeUndefined();
    await lab.clock.advance(40_000);
    expect(lab.clock.pending).toBe(0);
  });

  test('with a wrong password fails at once and is not tried again', async () => {
    const { lab, registrar, connection } = await line({ password: 'wrong' });
    await expect(lab.until(connection.register())).rejects.toMatchObject({
      code: 'ERR_REGISTER_UNAUTHORIZED',
      status: 401,
      message: expect.stringContaining('password'),
    });
    const { length } = registrar.requests;
    await lab.clock.advance(600_000);
    expect(registrar.requests).toHaveLength(length);
    expect(connection.state).toBe('failed');
  });

  test('at a server that does not answer fails after 32 seconds, and comes about once it does', async () => {
    const { lab, registrar, connection } = await line();
    registrar.silent = true;
    await expect(lab.until(connection.register())).rejects.toMatchObject({
      code: 'ERR_REGISTER_NO_ANSWER',
      status: 408,
    });
    expect(connection.state).toBe('failed');
    registrar.silent = false;
    await lab.clock.advance(120_000);
    expect(connection.state).toBe('registered');
  });

  test('is tried again after the interval that is asked for, or not at all', async () => {
    const { lab, registrar, connection } = await line({ retryInterval: 60_000 });
    registrar.refuse = 503;
    await expect(lab.until(connection.register())).rejects.toMatchObject({ status: 503 });
    const { length } = registrar.requests;
    // Scattered from half the interval on (RFC 5626 §4.5), so that a thousand phones do not come at once.
    await lab.clock.advance(29_000);
    expect(registrar.requests).toHaveLength(length);
    await lab.clock.advance(32_000);
    expect(registrar.requests.length).toBeGreaterThan(length);

    const never = await line({ retryInterval: 0 });
    never.registrar.refuse = 503;
    await expect(never.lab.until(never.connection.register())).rejects.toMatchObject({ status: 503 });
    const { length: once } = never.registrar.requests;
    await never.lab.clock.advance(3_600_000);
    expect(never.registrar.requests).toHaveLength(once);
    await expect(line({ retryInterval: -1 })).rejects.toThrow(/`retryInterval` of a connection cannot be used/);
  });

  test('survives the loss of its server', async () => {
    const { lab, registrar, connection } = await line();
    const states: string[] = [];
    await lab.until(connection.register());
    connection.on('state', (state) => states.push(state));
    registrar.refuse = 503;
    await lab.clock.advance(620_000);
    expect(connection.reason).toMatchObject({ status: 503, error: { code: 'ERR_REGISTER_REJECTED' } });
    registrar.refuse = 0;
    await lab.clock.advance(120_000);
    expect(states[0]).toBe('failed');
    expect(states.at(-1)).toBe('registered');
  });
});
