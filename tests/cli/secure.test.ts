import { readFile, writeFile } from 'node:fs/promises';
import { SipServer } from '@offhook/call-control';
import { TlsTransport, WssTransport } from '@offhook/sip-core/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificates } from './support/certificates';
import { folder, speech } from './support/files';
import { run, start } from './support/offhook';

const here = ['--host', '127.0.0.1', '--port', '0'];

describe('offhook over TLS and WebSockets', () => {
  it.each([
    ['tls', (port: unknown) => `sip:echo@127.0.0.1:${port};transport=tls`],
    ['tls', (port: unknown) => `sips:echo@127.0.0.1:${port}`],
    ['ws', (port: unknown) => `sip:echo@127.0.0.1:${port};transport=ws`],
    ['wss', (port: unknown) => `sips:echo@127.0.0.1:${port};transport=ws`],
  ])('a call over %s, with audio both ways', async (transport, uri) => {
    const { ca, issue } = await certificates();
    const { args } = await issue('bob', { addresses: ['127.0.0.1'] });
    const phone = start('answer', '--echo', '--transport', transport, ...args, ...here, '--json');
    const { port } = await phone.line('listening');
    const { code, result } = await run('call', uri(port), '--play', speech, '--duration', '2', '--ca', ca, '--json');
    expect(result.error).toBeUndefined();
    expect([code, result.established]).toEqual([0, true]);
    expect(Number(result.packetsReceived)).toBeGreaterThan(50);
  });

  it('says which check a certificate has failed, and exits with 3; --insecure takes it all the same, and warns', async () => {
    const { ca, issue } = await certificates();
    const { args } = await issue('bob', { dns: ['elsewhere.example'] });
    const phone = start('answer', '--transport', 'tls', ...args, ...here, '--json');
    const { port } = await phone.line('listening');
    const uri = `sips:bob@127.0.0.1:${port}`;
    const refused = await run('options', uri, '--ca', ca);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^offhook: .*elsewhere\.example.*\n$/);
    const insecure = await run('options', uri, '--insecure');
    expect([insecure.code, insecure.stdout]).toEqual([0, expect.stringContaining('200 OK')]);
    expect(insecure.stderr).toContain('--insecure');
  });

  it('registers with a server over TLS, and is called over that connection though it listens to nobody', async () => {
    const { ca, issue } = await certificates();
    const certificate = await issue('server', { dns: ['localhost'], addresses: ['127.0.0.1'] });
    const transport = new TlsTransport({ host: '127.0.0.1', certificate });
    const server = new SipServer({ transports: [transport], domains: ['localhost'], users: { bob: 'x', alice: 'y' } });
    await server.start();
    onTestFinished(() => server.close());
    const { port } = transport.local;
    const user = (name: string) => `sips:${name}@localhost:${port}`;
    const phone = start(
      'answer',
      '--transport',
      'tls',
      '--register',
      user('bob'),
      '--password',
      'x',
      '--ca',
      ca,
      '--outbound',
      '--echo',
      '--json',
    );
    await phone.line('registered');
    const call = ['call', user('bob'), '--from', user('alice'), '--password', 'y', '--ca', ca];
    const { code, result } = await run(...call, '--play', speech, '--duration', '2', '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
    expect(Number(result.packetsReceived)).toBeGreaterThan(50);
    phone.signal('SIGINT');
    expect((await phone.ended).code).toBe(0);
    expect(server.registrar.registered()).toEqual([]);
  });

  it('registers over a secure WebSocket', async () => {
    const { ca, issue } = await certificates();
    const certificate = await issue('server', { dns: ['localhost'] });
    const transport = new WssTransport({ host: '127.0.0.1', certificate });
    const server = new SipServer({ transports: [transport], domains: ['localhost'], users: { bob: 'x' } });
    await server.start();
    onTestFinished(() => server.close());
    const uri = `sip:bob@localhost:${transport.local.port}`;
    const { code, result } = await run('register', uri, '--transport', 'wss', '--password', 'x', '--ca', ca, '--json');
    expect(result.error).toBeUndefined();
    expect(code).toBe(0);
  });

  it.each([
    ['a certificate without its key', ['--transport', 'tls', '--cert', 'x.pem']],
    ['a file that is not there', ['--ca', '/nowhere/ca.pem']],
    ['a server that shows no certificate', ['--transport', 'tls']],
    ['an authority together with none', ['--ca', 'ca.pem', '--insecure']],
    ['a trace that cannot be written', ['--trace', '/nowhere/calls.pcapng']],
    ['a collector that is none', ['--hep', 'a:b:c']],
  ])('answers %s with one sentence and 2', async (_, args) => {
    const { code, stdout, stderr } = await run('answer', ...here, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^offhook: .+\n$/);
  });

  it('a key that is none is an unusable file too', async () => {
    const file = await folder();
    await writeFile(file('cert.pem'), 'nothing');
    const { code, stderr } = await run(
      'answer',
      '--transport',
      'tls',
      '--cert',
      file('cert.pem'),
      '--key',
      file('cert.pem'),
      ...here,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^offhook: .*certificate.*\n$/);
  });
});

describe('offhook --trace', () => {
  it('writes all messages of a call into a file that Wireshark reads', async () => {
    const file = await folder();
    const phone = start('answer', ...here, '--json');
    const { port } = await phone.line('listening');
    const trace = file('call.pcapng');
    const { code } = await run('call', `sip:bob@127.0.0.1:${port}`, '--duration', '0.5', '--trace', trace, '--json');
    expect(code).toBe(0);
    const bytes = await readFile(trace);
    // A section header block of pcapng, in the byte order of this machine.
    expect([bytes.readUInt32LE(0).toString(16), bytes.readUInt32LE(8).toString(16)]).toEqual(['a0d0d0a', '1a2b3c4d']);
    const text = bytes.toString('latin1');
    for (const begins of ['INVITE sip:bob@', 'SIP/2.0 200 OK', 'ACK sip:', 'BYE sip:']) expect(text).toContain(begins);
  });
});
