import { SipResponse, SipResponseError, SipTimeoutError, SipTransportError } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import type { ConnectionOptions } from './connection-options';

const refused = (status: number, reason: string) =>
  new SipResponseError(status, reason, SipResponse.create({ status, reason }));

async function line(options: Partial<ConnectionOptions> = {}, outcome: () => Promise<void> = async () => {}) {
  const rig = await scriptedEndpoint();
  const register = rig.sip.register.bind(rig.sip);
  rig.sip.register = (options) => {
    const registration = register(options);
    registration.outcome = outcome;
    return registration;
  };
  const connection = rig.endpoint.addConnection({ user: 'sip:alice@example.com', ...options });
  const states: string[] = [];
  connection.on('state', (state, reason) => states.push(`${state} ${reason.status ?? ''}`.trim()));
  return { ...rig, connection, states };
}

describe('a connection', () => {
  test('registers its user at the domain of the user, or at the server named', async () => {
    const { connection, sip, states } = await line();
    await connection.register();
    expect(sip.registrations[0]!.register).toMatchObject({ expires: 3600 });
    expect(connection.snapshot.server).toBe('sip:example.com');
    expect(states).toEqual(['registering', 'registered']);

    const other = await line({ server: '10.0.0.1:5070', password: 'secret', expires: 60, displayName: 'Alice' });
    await other.connection.register();
    const { register } = other.sip.registrations[0]!;
    expect(register.server!.toString()).toBe('sip:10.0.0.1:5070');
    expect(register).toMatchObject({
      expires: 60,
      displayName: 'Alice',
      credentials: { username: 'alice', password: 'secret' },
    });
  });

  test('registers once however often asked', async () => {
    const { connection, sip } = await line();
    await Promise.all([connection.register(), connection.register()]);
    await connection.register();
    expect(sip.registrations).toHaveLength(1);
  });

  test.each([
    ['a wrong password', () => refused(401, 'Unauthorized'), 'ERR_REGISTER_UNAUTHORIZED', 401],
    ['a user that is not allowed', () => refused(403, 'Forbidden'), 'ERR_REGISTER_UNAUTHORIZED', 403],
    ['a refusal', () => refused(404, 'Not Found'), 'ERR_REGISTER_REJECTED', 404],
    ['silence', () => new SipTimeoutError('Nobody answered.'), 'ERR_REGISTER_NO_ANSWER', 408],
    ['a name nobody knows', () => new SipTransportError('No such host.'), 'ERR_REGISTER_TRANSPORT', undefined],
  ])('says why it failed: %s', async (_, error, code, status) => {
    const { connection, states } = await line({}, async () => {
      throw error();
    });
    await expect(connection.register()).rejects.toMatchObject({ name: 'ConnectionError', code, status });
    expect(connection.snapshot).toMatchObject({ state: 'failed', error: { code } });
    expect(states).toEqual(['registering', `failed ${status ?? ''}`.trim()]);
  });

  test('can try again after it failed', async () => {
    let attempts = 0;
    const { connection } = await line({}, async () => {
      if (attempts++ === 0) throw new SipTimeoutError('Nobody answered.');
    });
    await expect(connection.register()).rejects.toThrow();
    await connection.register();
    expect(connection.state).toBe('registered');
  });

  test('follows what its registration does by itself', async () => {
    const { connection, sip, states } = await line();
    await connection.register();
    const error = new SipTimeoutError('Nobody answered.');
    sip.registrations[0]!.emit('state', 'failed', { error });
    expect(connection.reason.error).toMatchObject({ code: 'ERR_REGISTER_NO_ANSWER' });
    sip.registrations[0]!.emit('state', 'registered', { status: 200, reason: 'OK' });
    expect(states).toEqual(['registering', 'registered', 'failed 408', 'registered 200']);
  });

  test('takes its registration back', async () => {
    const { connection, sip } = await line();
    await connection.unregister();
    await connection.register();
    await connection.unregister();
    expect(sip.registrations[0]).toMatchObject({ removed: true, stopped: true });
    expect(connection.state).toBe('unregistered');
  });

  test('without a registrar places calls all the same', async () => {
    const { connection, sip } = await line({ expires: 0, server: '10.0.0.1' });
    await expect(connection.register()).rejects.toMatchObject({ code: 'ERR_CONNECTION_STANDALONE' });
    expect(connection.snapshot).toMatchObject({ standalone: true, state: 'unregistered' });
    const call = connection.call('1001');
    expect(sip.sessions[0]!.invite.uri.toString()).toBe('sip:1001@example.com');
    expect(call.snapshot.user).toBe('sip:alice@example.com');
  });

  test.each([
    ['bob', 'sip:bob@example.com'],
    ['+43 1 234', 'sip:+43%201%20234@example.com'],
    ['tel:+43-1-234', 'sip:+431234@example.com;user=phone'],
    ['bob@192.0.2.7', 'sip:bob@192.0.2.7'],
    ['sip:bob@192.0.2.7;transport=tcp', 'sip:bob@192.0.2.7;transport=tcp'],
    ['sips:bob@192.0.2.7', 'sips:bob@192.0.2.7'],
  ])('completes %s to %s', async (text, uri) => {
    const { connection, sip } = await line();
    connection.call(text);
    expect(sip.sessions[0]!.invite.uri.toString()).toBe(uri);
  });

  test.each(['', 'mailto:bob@example.com', 'http://example.com', 'sip:'])('cannot call "%s"', async (text) => {
    const { connection } = await line();
    expect(() => connection.call(text)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  test.each(['sip:example.com', 'tel:1', 'sip:al ice@', ''])('is not made for the user "%s"', async (user) => {
    const { endpoint } = await scriptedEndpoint();
    expect(() => endpoint.addConnection({ user })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  test.each<[string, Partial<ConnectionOptions>]>([
    ['flows', { flows: 0 }],
    ['flows', { flows: 1.5 }],
    ['instanceId', { instanceId: 'my phone' }],
    ['instanceId', { instanceId: 'urn:uuid:1>;reg-id=7' }],
    ['keepAlive', { keepAlive: { interval: 0 } }],
    ['keepAlive', { keepAlive: { interval: Number.NaN } }],
    ['server', { servers: ['10.0.0.1', ''] }],
  ])('says that its option %s cannot be', async (option, options) => {
    const { endpoint } = await scriptedEndpoint();
    expect(() => endpoint.addConnection({ user: 'sip:alice@example.com', ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(`\`${option}\``) }),
    );
  });

  test('gets the calls to its user', async () => {
    const { endpoint, sip, connection } = await line();
    endpoint.addConnection({ user: 'sip:bob@example.com' });
    sip.incoming({ to: 'sip:alice@192.0.2.1' });
    sip.incoming({ to: 'sip:stranger@192.0.2.1' });
    expect(endpoint.calls.map((call) => call.snapshot.user)).toEqual([connection.user, undefined]);
  });

  test('removed is gone, and registers no more', async () => {
    const { endpoint, connection } = await line();
    await connection.register();
    await endpoint.removeConnection(connection);
    expect(endpoint.connections).toEqual([]);
    await expect(connection.register()).rejects.toMatchObject({ code: 'ERR_CONNECTION_REMOVED' });
  });
});
