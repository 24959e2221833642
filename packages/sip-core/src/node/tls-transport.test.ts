import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SipStack } from '../stack/sip-stack';
import type { Flow } from '../transport/transport';
import { CertificateAuthority, type CertificateContent } from './testing/certificates';
import type { TlsCertificate } from './tls-options';
import { TlsTransport, type TlsTransportOptions } from './tls-transport';
import { WssTransport } from './ws-transport';

let authority: CertificateAuthority;
let good: TlsCertificate;

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  good = await authority.issue({ uris: ['sip:example.com'] });
});

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** A stack whose targets are all at this port of the loopback address, whatever their name. */
async function stackTo(port: number, options: TlsTransportOptions = {}, protocol: 'TLS' | 'WSS' = 'TLS') {
  const settings = { host: '127.0.0.1', ca: authority.certificate, ...options };
  const transport = protocol === 'TLS' ? new TlsTransport(settings) : new WssTransport({ ...settings, listen: false });
  const stack = new SipStack({
    transports: [transport],
    resolver: ({ host }) => [{ protocol, host: '127.0.0.1', port, domain: host }],
  });
  await stack.start();
  open.push(stack);
  return stack;
}

async function server(options: TlsTransportOptions = {}, protocol: 'TLS' | 'WSS' = 'TLS') {
  const settings = { host: '127.0.0.1', certificate: good, ca: authority.certificate, ...options };
  const transport = protocol === 'TLS' ? new TlsTransport(settings) : new WssTransport(settings);
  const stack = new SipStack({ transports: [transport] });
  const flows: Flow[] = [];
  stack.on('request', (transaction) => {
    flows.push(transaction.flow);
    transaction.reply(200);
  });
  await stack.start();
  open.push(stack);
  return { stack, transport, flows, port: transport.local.port };
}

const ask = (stack: SipStack, uri = 'sips:bob@example.com') =>
  stack.request({ method: 'OPTIONS', uri, from: 'sips:alice@example.org' });

describe.each(['TLS', 'WSS'] as const)('%s', (protocol) => {
  test('a server that proves its domain is spoken to (RFC 5922)', async () => {
    const { port, flows } = await server({}, protocol);
    const stack = await stackTo(port, {}, protocol);
    expect((await ask(stack)).status).toBe(200);
    expect((await ask(stack)).status).toBe(200);
    // One connection for both; the client has proved nothing.
    expect(new Set(flows).size).toBe(1);
    expect(flows[0]!.peer).toBeUndefined();
  });

  test.each<[string, string, CertificateContent | 'self-signed' | 'stranger', string]>([
    ['another domain', 'ERR_SIP_TLS_IDENTITY', { dns: ['other.example.com'] }, 'but for other.example.com'],
    ['a wildcard', 'ERR_SIP_TLS_IDENTITY', { dns: ['*.com'] }, 'Wildcards do not count'],
    ['an expired certificate', 'ERR_SIP_TLS_EXPIRED', { dns: ['example.com'], from: -10, to: -1 }, 'has expired'],
    ['one not valid yet', 'ERR_SIP_TLS_NOT_YET_VALID', { dns: ['example.com'], from: 1, to: 10 }, 'not valid yet'],
    ['an authority that nobody knows', 'ERR_SIP_TLS_UNTRUSTED', 'stranger', 'authority not trusted here'],
  ])('%s is refused: %s', async (_what, code, content, words) => {
    const issuer = typeof content === 'string' ? await CertificateAuthority.create('Stranger') : authority;
    const certificate = await issuer.issue(typeof content === 'string' ? { dns: ['example.com'] } : content);
    const { port } = await server({ certificate }, protocol);
    const stack = await stackTo(port, {}, protocol);
    await expect(ask(stack)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    // In a laboratory all of this may be let through.
    const careless = await stackTo(port, { verify: false }, protocol);
    expect((await ask(careless)).status).toBe(200);
  });

  test('a client without the certificate a server requires is told so', async () => {
    const { port, transport } = await server({ clientCertificate: 'require' }, protocol);
    const stack = await stackTo(port, {}, protocol);
    await expect(ask(stack)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SIP_(TLS_|TRANSPORT|CONNECT)/),
    });
    const certificate = await authority.issue({ uris: ['sip:example.org'] });
    const known = await stackTo(port, { certificate }, protocol);
    expect((await ask(known)).status).toBe(200);
    expect(transport.counters.handshakesFailed).toBeGreaterThan(0);
  });

  test('mutual TLS: both sides know whom they speak with', async () => {
    const { port, flows } = await server({ clientCertificate: 'request' }, protocol);
    const certificate = await authority.issue({ uris: ['sip:example.org'] });
    const stack = await stackTo(port, { certificate }, protocol);
    expect((await ask(stack)).status).toBe(200);
    expect(flows[0]!.peer).toEqual({ domains: ['example.org'] });
  });

  test('the certificate of the domain that is asked for is shown (SNI)', async () => {
    const other = await authority.issue({ dns: ['example.net'] });
    const { port } = await server({ certificates: { 'example.net': other } }, protocol);
    const stack = await stackTo(port, {}, protocol);
    expect((await ask(stack, 'sips:bob@example.net')).status).toBe(200);
    expect((await ask(stack, 'sips:bob@example.com')).status).toBe(200);
  });

  test('an address has to be proved too', async () => {
    const certificate = await authority.issue({ addresses: ['127.0.0.1'] });
    const { port } = await server({ certificate }, protocol);
    const stack = await stackTo(port, {}, protocol);
    expect((await ask(stack, 'sips:bob@127.0.0.1')).status).toBe(200);
    await expect(ask(stack, 'sips:bob@example.com')).rejects.toMatchObject({ code: 'ERR_SIP_TLS_IDENTITY' });
  });

  test('a server of old, or of no TLS at all', async () => {
    const old = createTlsServer({
      ...pem(good),
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const stack = await stackTo(await listening(old), {}, protocol);
    await expect(ask(stack)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SIP_TLS_(VERSION|HANDSHAKE)/) });
    const plain = createServer((socket) => socket.end('220 welcome\r\n'));
    const other = await stackTo(await listening(plain), {}, protocol);
    await expect(ask(other)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SIP_TLS_(VERSION|HANDSHAKE)/) });
  });
});

test('who does not finish the handshake is left', async () => {
  const { port, transport } = await server({ connectTimeout: 200 });
  const silent = await import('node:net').then(({ connect }) => connect(port, '127.0.0.1').on('error', () => {}));
  await new Promise((resolve) => silent.once('close', resolve));
  expect(transport.counters.handshakesFailed).toBe(1);
});

test('of too many handshakes under way the oldest is broken off; one peer has only so many connections', async () => {
  const { connect } = await import('node:net');
  const limits = { connectTimeout: 60_000, maxHandshakes: 2, maxConnectionsPerPeer: 3 };
  const { port, transport } = await server(limits);
  const client = () => {
    const socket = connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume();
    open.push({ close: () => socket.destroy() });
    return new Promise<Socket>((resolve) => socket.once('connect', () => resolve(socket)));
  };
  const first = await client();
  const gone = new Promise((resolve) => first.once('close', resolve));
  await client();
  await client();
  await gone;
  expect(transport.counters).toEqual({ refused: 0, handshakesFailed: 1 });
  // Who means it gets through, if there are not too many of it.
  const stack = await stackTo(port);
  expect((await ask(stack)).status).toBe(200);
  expect(transport.counters).toEqual({ refused: 0, handshakesFailed: 2 });
  await client();
  const fourth = await client();
  await new Promise((resolve) => fourth.once('close', resolve));
  expect(transport.counters.refused).toBe(1);
});

test('closing breaks off handshakes that are under way', async () => {
  const { port, stack } = await server({ connectTimeout: 60_000 });
  const { connect } = await import('node:net');
  const silent = connect(port, '127.0.0.1')
    .on('error', () => {})
    .resume();
  await new Promise((resolve) => silent.once('connect', resolve));
  const gone = new Promise((resolve) => silent.once('close', resolve));
  await stack.close();
  await gone;
});

const pem = ({ cert, key }: TlsCertificate) => ({ cert: cert as string, key: key as string });

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as { port: number }).port;
}
