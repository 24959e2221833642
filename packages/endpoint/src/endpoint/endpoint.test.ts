import { TypedEmitter } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import { EndpointError } from '../errors/endpoint-error';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import { remoteSdp, ScriptedSipProvider } from '../testing/scripted-sip-provider';
import { Endpoint } from './endpoint';
import type { EndpointOptions } from './endpoint-options';

describe('the life of an endpoint', () => {
  test('inactive, activating, active, deactivating, inactive, and again', async () => {
    const sip = new ScriptedSipProvider();
    const endpoint = new Endpoint({ sip: sip.factory });
    const states: string[] = [endpoint.state];
    endpoint.on('state', (state) => states.push(state));
    expect(await endpoint.start()).toBe(endpoint);
    await endpoint.start();
    await endpoint.stop();
    await endpoint.stop();
    await endpoint.start();
    const cycle = ['activating', 'active', 'deactivating', 'inactive'];
    expect(states).toEqual(['inactive', ...cycle, 'activating', 'active']);
    await endpoint.close();
  });

  test('is inactive again when a transport cannot be opened', async () => {
    const sip = new ScriptedSipProvider();
    sip.starting = async () => {
      throw new EndpointError('ERR_PORT_IN_USE', 'UDP port 5060 is in use; choose another.');
    };
    const endpoint = new Endpoint({ sip: sip.factory });
    await expect(endpoint.start()).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
    expect(endpoint.state).toBe('inactive');
    sip.starting = async () => {};
    await endpoint.start();
    expect(endpoint.state).toBe('active');
  });

  test('places no call and registers nothing unless active', async () => {
    const endpoint = new Endpoint({ sip: new ScriptedSipProvider().factory });
    expect(() => endpoint.call('sip:bob@192.0.2.9')).toThrow(expect.objectContaining({ code: 'ERR_ENDPOINT_STATE' }));
    const connection = endpoint.addConnection({ user: 'sip:alice@example.com' });
    await expect(connection.register()).rejects.toMatchObject({ code: 'ERR_ENDPOINT_STATE' });
    await expect(endpoint.options('sip:bob@192.0.2.9')).rejects.toMatchObject({ code: 'ERR_ENDPOINT_STATE' });
  });

  test('closed stays closed', async () => {
    const endpoint = new Endpoint({ sip: new ScriptedSipProvider().factory });
    await endpoint[Symbol.asyncDispose]();
    await expect(endpoint.start()).rejects.toMatchObject({ code: 'ERR_ENDPOINT_CLOSED' });
  });

  test('stopping hangs up the calls and takes back the registrations', async () => {
    const { endpoint, sip, transports } = await scriptedEndpoint();
    const connection = endpoint.addConnection({ user: 'sip:alice@example.com' });
    await connection.register();
    const session = sip.incoming({ offer: remoteSdp() });
    const [call] = endpoint.calls;
    await call!.answer();
    await endpoint.stop();
    expect(session.log.at(-1)).toBe('terminate');
    expect(sip.registrations[0]!.removed).toBe(true);
    expect(endpoint.snapshot).toMatchObject({ state: 'inactive', calls: [], connections: [{ state: 'unregistered' }] });
    expect(transports.every((transport) => transport.closed)).toBe(true);
  });

  test('does not wait for ever for peers that do not answer', async () => {
    const { endpoint, sip, clock } = await scriptedEndpoint();
    const session = sip.incoming({ offer: remoteSdp() });
    session.terminate = () => new Promise(() => {});
    const stopped = endpoint.stop({ timeout: 500 });
    await clock.until(stopped, 1000);
    expect(clock.now()).toBe(500);
    expect(endpoint.state).toBe('inactive');
    expect(clock.pending).toBe(0);
  });
});

describe('the options of an endpoint', () => {
  test.each<[string, EndpointOptions, string]>([
    ['a codec nobody registered', { codecs: ['PCMU', 'G729'] }, 'ERR_CODEC_UNKNOWN'],
    ['no codec', { codecs: [] }, 'ERR_OPTION'],
    ['no transport', { transports: [] }, 'ERR_OPTION'],
    ['a name for a host', { transports: [{ protocol: 'udp', host: 'localhost' }] }, 'ERR_OPTION'],
    ['a port that is none', { transports: [{ protocol: 'tcp', port: 70_000 }] }, 'ERR_OPTION'],
    ['a protocol of another time', { transports: [{ protocol: 'sctp' as 'udp' }] }, 'ERR_OPTION'],
    ['a public name', { publicAddress: 'pbx.example.com' }, 'ERR_OPTION'],
    ['packets without audio', { ptime: 0 }, 'ERR_OPTION'],
    ['too much of the same', { redundancy: 3 as 2 }, 'ERR_OPTION'],
  ])('are refused with a reason: %s', (_, options, code) => {
    expect(() => new Endpoint(options)).toThrow(expect.objectContaining({ code }));
  });

  test('hand the provider what to listen on, and say how it answers', async () => {
    const { sip } = await scriptedEndpoint({ transports: [{ protocol: 'tcp', host: '::1', port: 5062 }] });
    expect(sip.context.transports).toEqual([{ protocol: 'tcp', host: '::1', port: 5062, listen: true }]);
    expect(sip.context.allow).toEqual(['INFO', 'NOTIFY']);
  });
});

test('the snapshot holds lines and calls, and is another one when either changes', async () => {
  const { endpoint, sip } = await scriptedEndpoint();
  const connection = endpoint.addConnection({ user: 'sip:bob@example.com' });
  sip.incoming({ offer: remoteSdp() });
  const before = endpoint.snapshot;
  expect(before).toMatchObject({
    state: 'active',
    addresses: [{ protocol: 'udp', port: 5060 }],
    connections: [{ user: 'sip:bob@example.com', state: 'unregistered' }],
    calls: [{ state: 'alerting' }],
  });
  await connection.register();
  expect(endpoint.snapshot).not.toBe(before);
  await endpoint.calls[0]!.hangup();
  expect(endpoint.snapshot.calls).toEqual([]);
});

test('a listener that throws stops nothing', async () => {
  const errors: unknown[] = [];
  TypedEmitter.onListenerError((error) => errors.push(error));
  const { endpoint, sip } = await scriptedEndpoint();
  endpoint.on('call', () => {
    throw new Error('in the application');
  });
  const session = sip.incoming({ offer: remoteSdp() });
  TypedEmitter.onListenerError();
  expect(session.log).toEqual(['ring 180']);
  expect(errors).toEqual([new Error('in the application')]);
});
