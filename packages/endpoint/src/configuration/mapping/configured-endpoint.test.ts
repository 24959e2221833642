import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DigestServer, EventServer, type IncomingSubscription, SipStack } from '@offhook/sip-core';
import { seededRandomBytes } from '@offhook/sip-core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { Endpoint } from '../../endpoint/endpoint';
import type { EndpointOptions } from '../../endpoint/endpoint-options';
import { rtpMediaProvider } from '../../media/rtp-media-provider';
import { sipCoreProvider } from '../../sip/sip-core-provider';
import { MemoryLab } from '../../testing/memory-lab';
import { memoryRegistrar } from '../../testing/memory-registrar';
import { Configuration } from '../configuration';
import { loadConfiguration } from '../load';
import type { SettingValue } from '../settings/value-kind';
import { configuredEndpoint } from './configured-endpoint';
import { endpointOptions } from './endpoint-options';

const loopback = { addresses: () => [{ adapter: 'lo', address: '127.0.0.1', family: 4 as const }] };

async function free(): Promise<number> {
  const endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  const { port } = endpoint.addresses[0]!;
  await endpoint.close();
  return port;
}

const settingsOf = (changes: Record<string, SettingValue>): Configuration => {
  const configuration = Configuration.fromJson({ connectivity: [{ user: '1001', server: '127.0.0.1' }] });
  configuration.apply(changes);
  return configuration;
};

test('an endpoint of a file listens at the first free port of its range and has a line for each Connectivity', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'configuration-'));
  const port = await free();
  const other = await new Endpoint({ transports: [{ protocol: 'udp', host: '0.0.0.0', port }] }).start();
  const file = join(folder, 'SipEndpoint.config');
  await writeFile(
    file,
    `\uFEFF<SipEndpoint><Container name="Basic"><Connectivity user="1001" server="127.0.0.1:5999" protocol="udp"/>
    <Connectivity user="1002" server="127.0.0.1:5998"/></Container><Container name="Genesys"><settings><domain name="policy">
    <section name="endpoint"><setting name="sip_port_min" value="${port}"/><setting name="sip_port_max" value="${port + 9}"/></section>
    </domain><domain name="proxies"><section name="proxy1"><setting name="reg_timeout" value="0"/></section></domain></settings></Container></SipEndpoint>`,
  );
  const { endpoint, lines, close } = await configuredEndpoint(await loadConfiguration(file), { environment: loopback });
  onTestFinished(async () => {
    await Promise.all([close(), other.close()]);
    await rm(folder, { recursive: true });
  });
  const found = endpoint.addresses[0]!.port;
  expect(found).toBeGreaterThan(port);
  expect(found).toBeLessThan(port + 10);
  expect(lines.map(({ line }) => [line.user, line.standalone])).toEqual([
    ['sip:1001@127.0.0.1', false],
    ['sip:1002@127.0.0.1', true],
  ]);
  expect(endpoint.connections).toEqual(lines.map(({ line }) => line));
});

test('no free port is an error of the endpoint', async () => {
  const port = await free();
  const other = await new Endpoint({ transports: [{ protocol: 'udp', host: '0.0.0.0', port }] }).start();
  onTestFinished(() => other.close());
  const configuration = settingsOf({ 'policy.endpoint.sip_port_min': port, 'policy.endpoint.sip_port_max': port });
  await expect(configuredEndpoint(configuration, { environment: loopback })).rejects.toMatchObject({
    code: 'ERR_PORT_IN_USE',
  });
});

test('JSON files, and files in UTF-16, are read as well', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'configuration-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const xml = settingsOf({ 'proxies.proxy0.display_name': 'Jürgen' }).toXml();
  await writeFile(join(folder, 'a.config'), `\uFEFF${xml}`, 'utf16le');
  const configuration = await loadConfiguration(join(folder, 'a.config'));
  expect(configuration.get('proxies.proxy0.display_name')).toBe('Jürgen');
  await writeFile(join(folder, 'b.json'), `\n ${JSON.stringify(configuration)}`);
  expect((await loadConfiguration(join(folder, 'b.json'))).toJSON()).toEqual(configuration.toJSON());
  await writeFile(join(folder, 'c.json'), '{ "connectivity": [');
  await expect(loadConfiguration(join(folder, 'c.json'))).rejects.toThrow(/^is no JSON: .*; give well-formed JSON\.$/);
});

test('a line that is changed is replaced, and registers anew when it was registered', async () => {
  const lab = new MemoryLab();
  const registrar = await memoryRegistrar(lab);
  const configuration = Configuration.fromJson({
    connectivity: [{ user: 'alice', server: '10.0.0.100' }],
    proxies: { proxy0: { password: 'wrong' } },
  });
  const phone = await configuredEndpoint(configuration, { environment: loopback, options: inLab(lab, '10.0.0.2') });
  const [first] = phone.lines;
  await expect(lab.until(first!.line.register())).rejects.toMatchObject({ status: 401 });
  expect(configuration.set('proxies.proxy0.password', 'secret')).toMatchObject({ effect: 'immediately' });
  configuration.set('proxies.proxy0.display_name', 'Alice');
  const [second] = phone.lines;
  expect(second!.line).not.toBe(first!.line);
  expect(phone.endpoint.connections).toContain(second!.line);
  await lab.clock.advance(2000);
  expect(second!.line.state).toBe('registered');
  expect(phone.endpoint.connections).toEqual([second!.line]);
  expect(registrar.requests.at(-1)!.from.toString()).toMatch(/^"?Alice"? </);
  expect(registrar.bound).toBe('sip:alice@10.0.0.2:5060');

  // What is no matter of the line leaves it as it is, and is seen in `further`.
  configuration.apply({ 'policy.endpoint.gui_call_lines': 5, 'proxies.proxy0.mailbox.user': '2001' });
  expect(phone.lines[0]!.line).toBe(second!.line);
  expect(phone.lines[0]!.mailbox?.uri).toBe('sip:2001@10.0.0.100');
  expect(phone.further.display.callLines).toBe(5);

  configuration.apply({ 'user:1': 'bob', 'server:1': '10.0.0.101' });
  expect(phone.lines.map(({ line }) => [line.user, line.state])).toEqual([
    ['sip:alice@10.0.0.100', 'registered'],
    ['sip:bob@10.0.0.101', 'unregistered'],
  ]);
  configuration.set('proxies.proxy0.reg_timeout', 0);
  configuration.apply({ 'user:1': undefined, 'server:1': undefined });
  await lab.clock.advance(2000);
  expect(registrar.bound).toBeUndefined();
  expect(phone.endpoint.connections.map(({ standalone }) => standalone)).toEqual([true]);
  await lab.until(phone.close(), 3000);
  configuration.set('user:0', 'carol');
  expect(phone.lines[0]!.line.user).toBe('sip:alice@10.0.0.100');
});

test('the mailbox of a line is watched once it is registered, at its own server and with its own password', async () => {
  const lab = new MemoryLab();
  await memoryRegistrar(lab);
  const subscriptions: IncomingSubscription[] = [];
  const digest = new DigestServer({
    realm: 'mail',
    password: (user) => (user === '2001' ? 'other' : undefined),
    clock: lab.clock,
    random: seededRandomBytes(7),
  });
  const events = new EventServer({ event: 'message-summary', digest });
  events.on('subscribe', (subscription) => {
    subscription.accept();
    subscriptions.push(subscription);
  });
  const server = new SipStack({
    transports: [lab.sipNetwork.transport('UDP', { host: '10.0.0.101', port: 5060 })],
    clock: lab.clock,
    random: seededRandomBytes(8),
  });
  server.use(events);
  await server.start();
  const configuration = Configuration.fromJson({
    connectivity: [{ user: 'alice', server: '10.0.0.100' }],
    proxies: { proxy0: { password: 'secret', mailbox: { user: '2001', server: '10.0.0.101', password: 'other' } } },
  });
  const told: unknown[] = [];
  const phone = await configuredEndpoint(configuration, {
    environment: loopback,
    options: inLab(lab, '10.0.0.2'),
    onMessages: ({ counts }, line) => told.push([counts.voice?.new, line.user]),
  });
  await lab.clock.advance(1000);
  expect(subscriptions).toHaveLength(0);
  await lab.until(phone.lines[0]!.line.register(), 1000);
  await lab.clock.advance(1000);
  expect(subscriptions).toHaveLength(1);
  const body = new TextEncoder().encode('Messages-Waiting: yes\r\nVoice-Message: 3/1\r\n');
  void subscriptions[0]!.notify({ contentType: 'application/simple-message-summary', body });
  await lab.clock.advance(1000);
  expect(told).toEqual([[3, 'sip:alice@10.0.0.100']]);
  expect(phone.lines[0]!.messages).toMatchObject({ waiting: true });

  // Another mailbox takes its place; the line stays.
  const { line } = phone.lines[0]!;
  configuration.set('proxies.proxy0.mailbox.timeout', 600);
  await lab.clock.advance(2000);
  expect(phone.lines[0]!.line).toBe(line);
  expect(subscriptions.map(({ state }) => state)).toEqual(['terminated', 'active']);
  await lab.until(phone.close(), 3000);
});

/** What puts an endpoint of its own into the laboratory. */
const inLab = (lab: MemoryLab, host: string): EndpointOptions => ({
  clock: lab.clock,
  sip: sipCoreProvider({ transports: () => [lab.sipNetwork.transport('UDP', { host, port: 5060 })] }),
  media: rtpMediaProvider({ openTransport: async ({ address }) => lab.rtpNetwork.transport(address) }),
});

/** Bob's phone by a configuration, and Alice who calls it, in memory. */
async function phones(changes: Record<string, SettingValue>, deviceAvailable = () => true) {
  const lab = new MemoryLab();
  const configuration = settingsOf(changes);
  const { options } = await endpointOptions(configuration, { ...loopback, deviceAvailable });
  // The networks are those of the laboratory.
  const { transports: _, registry: __, ...own } = options;
  const bob = await lab.endpoint('bob', own);
  const alice = await lab.endpoint('alice');
  const call = () => {
    const made = alice.call('sip:bob@10.0.0.1');
    return lab.until(
      made.established.then(
        () => 200,
        (error: { status?: number }) => error.status,
      ),
      3000,
    );
  };
  return { lab, alice, bob, call, configuration };
}

test('calls are answered, and refused when busy, as the settings are when they come', async () => {
  const { lab, bob, call, configuration } = await phones({ 'policy.session.auto_answer': true });
  expect(await call()).toBe(200);
  expect(lab.ladder).not.toContain('bob 180 INVITE');
  configuration.set('policy.session.reject_session_when_busy', true);
  expect(await call()).toBe(486);
  configuration.apply({ 'policy.session.sip_code_when_busy': 600, 'policy.session.number_sessions_for_busy': 2 });
  expect(await call()).toBe(200);
  expect(await call()).toBe(600);
  expect(bob.calls).toHaveLength(2);
});

test('without a device calls are not answered by themselves, and refused with 480 when asked for', async () => {
  let available = false;
  const { lab, alice, bob, call, configuration } = await phones(
    { 'policy.session.auto_answer': true },
    () => available,
  );
  const ringing = alice.call('sip:bob@10.0.0.1');
  ringing.established.catch(() => {});
  await lab.clock.advance(2000);
  expect(bob.calls[0]!.state).toBe('alerting');
  configuration.set('policy.session.reject_session_when_headset_na', true);
  expect(await call()).toBe(480);
  configuration.set('policy.session.sip_code_when_headset_na', 503);
  expect(await call()).toBe(503);
  available = true;
  expect(await call()).toBe(200);
});

test('later calls have the codecs and digits that are set later', async () => {
  const configuration = settingsOf({
    'policy.codecs.PCMU/8000': 2,
    'policy.codecs.PCMA/8000': 1,
    'policy.endpoint.sip_port_min': 5060,
  });
  const lab = new MemoryLab();
  const alice = await lab.endpoint('alice');
  const heard: string[] = [];
  alice.on('trace', ({ direction, data }) => {
    const [head = '', body = ''] = new TextDecoder().decode(data).split('\r\n\r\n');
    if (direction === 'received' && head.startsWith('INVITE')) heard.push(/m=audio \d+ \S+ ([\d ]+)/.exec(body)![1]!);
  });
  const environment = { addresses: () => [{ adapter: 'lab', address: '10.0.0.2', family: 4 as const }] };
  const { endpoint, close } = await configuredEndpoint(configuration, {
    environment,
    options: inLab(lab, '10.0.0.2'),
  });
  const place = async () => {
    const call = endpoint.call('sip:alice@10.0.0.1');
    call.established.catch(() => {});
    await lab.clock.advance(100);
    await lab.until(call.hangup(), 2000);
  };
  await place();
  configuration.apply({ 'policy.codecs.PCMU/8000': 1, 'policy.codecs.PCMA/8000': 3 });
  await place();
  configuration.set('policy.codecs.PCMU/8000', undefined);
  await place();
  expect(heard.map((list) => list.split(' ').filter((each) => each === '0' || each === '8'))).toEqual([
    ['0', '8'],
    ['8', '0'],
    ['8'],
  ]);
  await lab.until(close(), 3000);
  configuration.set('policy.session.ptime', 40);
});
