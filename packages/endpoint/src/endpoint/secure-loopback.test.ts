import { levelDbfs, toneSource } from '@offhook/rtp-media';
import { type Flow, type NameAddr, type OfferAnswerHandler, SipStack } from '@offhook/sip-core';
import { type TlsSettings, TlsTransport } from '@offhook/sip-core/node';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CertificateAuthority } from '../../../sip-core/src/node/testing/certificates';
import { shareOfTone } from '../testing/tone-share';
import { Endpoint } from './endpoint';
import type { EndpointOptions } from './endpoint-options';
import type { TransportProtocolName } from './transport-options';

let authority: CertificateAuthority;
let trust: TlsSettings;

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  trust = { ca: authority.certificate };
});

const certificate = () => authority.issue({ dns: ['localhost'], addresses: ['127.0.0.1', '::1'] });

async function started(options: EndpointOptions): Promise<Endpoint> {
  const endpoint = await new Endpoint({ codecs: ['PCMU'], ...options }).start();
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** Keeps what is heard, once it is loud. */
function ear(samples: number) {
  const heard: number[] = [];
  let enough: () => void;
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const sink = {
    sampleRate: 8000,
    write(frame: Int16Array) {
      if (heard.length === 0 && levelDbfs(frame) < -40) return;
      heard.push(...frame);
      if (heard.length >= samples) enough();
    },
  };
  return { sink, done, pcm: () => Int16Array.from(heard.slice(0, samples)) };
}

describe('calls with audio over', () => {
  test.each<[TransportProtocolName, string, string, string]>([
    ['tls', '127.0.0.1', 'sip', 'tls'],
    ['tls', '127.0.0.1', 'sips', ''],
    ['ws', '127.0.0.1', 'sip', 'ws'],
    ['wss', '127.0.0.1', 'sips', 'ws'],
    ['tls', '::1', 'sip', 'tls'],
    ['ws', '::1', 'sip', 'ws'],
  ])('%s at %s, called by %s: and transport=%s', async (protocol, host, scheme, transport) => {
    const tls = { ...trust, certificate: await certificate() };
    const bob = await started({ transports: [{ protocol, host }], tls });
    const alice = await started({ transports: [{ protocol, host, listen: false }], tls: trust });
    const [atAlice, atBob] = [ear(4_000), ear(4_000)];
    bob.on('call', (call) => call.answer({ source: toneSource({ frequencies: [1000] }), sink: atBob.sink }));
    const { port } = bob.addresses[0]!;
    const place = host.includes(':') ? `[${host}]` : host;
    const call = alice.call(`${scheme}:bob@${place}:${port}${transport && `;transport=${transport}`}`, {
      source: toneSource({ frequencies: [440] }),
      sink: atAlice.sink,
    });
    await call.established;
    await Promise.all([atAlice.done, atBob.done]);
    expect(shareOfTone(atAlice.pcm(), 1000)).toBeGreaterThan(0.6);
    expect(shareOfTone(atBob.pcm(), 440)).toBeGreaterThan(0.6);
    // Alice takes no connections: Bob's requests reach her over the one she has made.
    expect(alice.addresses).toEqual([]);
    const [back] = bob.calls;
    await back!.hold();
    await back!.hangup();
    expect((await call.ended).by).toBe('remote');
  });
});

test('a phone that takes no connections is called over the one it has made', async () => {
  const tls = { ...trust, certificate: await certificate() };
  const server = new SipStack({ transports: [new TlsTransport({ host: '127.0.0.1', ...tls })] });
  const registered = new Promise<{ flow: Flow; contact: NameAddr }>((resolve) =>
    server.on('request', (transaction) => {
      const { flow, request } = transaction;
      transaction.reply(200, { headers: [['Contact', request.contact!.toString()]] });
      resolve({ flow, contact: request.contact! });
    }),
  );
  await server.start();
  onTestFinished(() => server.close());
  const bob = await started({ transports: [{ protocol: 'tls' }], tls: trust });
  bob.on('call', (call) => call.answer());
  const line = bob.addConnection({
    user: 'sips:bob@localhost',
    server: `sips:localhost:${server.transports[0]!.local.port}`,
  });
  await line.register();
  const { flow, contact } = await registered;
  const session = server.invite({
    uri: contact.uri,
    from: 'sips:alice@localhost',
    flow,
    offerAnswer: new ScriptedOffer(),
  });
  await new Promise<void>((resolve, reject) => {
    session.on('established', resolve);
    session.on('ended', ({ error }) => reject(error));
  });
  expect(bob.calls).toHaveLength(1);
  await session.terminate();
});

/** Offers plain audio, and takes any answer. */
class ScriptedOffer implements OfferAnswerHandler {
  createOffer() {
    const text = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';
    return { contentType: 'application/sdp', body: new TextEncoder().encode(text) };
  }
  createAnswer(): never {
    throw new Error('Nobody offers anything here.');
  }
  acceptAnswer() {}
  rollback() {}
}

/** A registrar over TLS that takes everybody. */
async function registrar(options: { dns: readonly string[]; days?: number; client?: 'require' }): Promise<string> {
  const { dns, days = 30, client = 'none' } = options;
  const own = await authority.issue({ dns, to: days, from: -2 });
  const transport = new TlsTransport({
    host: '127.0.0.1',
    certificate: own,
    ca: authority.certificate,
    clientCertificate: client,
  });
  const stack = new SipStack({ transports: [transport] });
  stack.on('request', (transaction) => {
    const { contact } = transaction.request;
    transaction.reply(200, { headers: contact ? [['Contact', contact.toString()]] : [] });
  });
  await stack.start();
  onTestFinished(() => stack.close());
  return `sips:localhost:${transport.local.port}`;
}

describe('a line at a server that has to prove who it is (RFC 5922)', () => {
  test('is registered when it does', async () => {
    const endpoint = await started({ tls: trust });
    const server = await registrar({ dns: ['localhost'] });
    const line = endpoint.addConnection({ user: 'sips:alice@localhost', server });
    await line.register();
    expect(line.state).toBe('registered');
  });

  test.each<[string, Parameters<typeof registrar>[0], TlsSettings | undefined, string, RegExp]>([
    ['of another name', { dns: ['elsewhere.example'] }, undefined, 'ERR_SIP_TLS_IDENTITY', /elsewhere\.example/],
    ['too old', { dns: ['localhost'], days: -1 }, undefined, 'ERR_SIP_TLS_EXPIRED', /expired/],
    ['of nobody we trust', { dns: ['localhost'] }, {}, 'ERR_SIP_TLS_UNTRUSTED', /authority|trust/],
    [
      'that wants ours',
      { dns: ['localhost'], client: 'require' },
      undefined,
      'ERR_SIP_TLS_CLIENT_CERTIFICATE',
      /certificate/,
    ],
  ])('a certificate %s: refused, and the line says why', async (_, options, tls, code, words) => {
    const endpoint = await started({ tls: tls ?? trust });
    const line = endpoint.addConnection({ user: 'sips:alice@localhost', server: await registrar(options) });
    await expect(line.register()).rejects.toThrow(words);
    expect(line.state).toBe('failed');
    const { error } = line.reason;
    expect([(error as { code?: string }).code, (error!.cause as { code?: string } | undefined)?.code]).toContain(code);
    expect(error!.message).toMatch(words);
  });
});

test.each<[string, EndpointOptions, string, RegExp]>([
  [
    'a TLS server without a certificate',
    { transports: [{ protocol: 'tls', listen: true }] },
    'ERR_OPTION',
    /certificate/,
  ],
  ['UDP that does not listen', { transports: [{ protocol: 'udp', listen: false }] }, 'ERR_OPTION', /udp/],
  ['a path without a slash', { transports: [{ protocol: 'ws', path: 'sip' }] }, 'ERR_OPTION', /slash/],
  [
    'a key that is none',
    { transports: [{ protocol: 'tls' }], tls: { certificate: { cert: 'x', key: 'y' } } },
    'ERR_TLS_SETTINGS',
    /key/,
  ],
])('%s cannot be', async (_, options, code, words) => {
  const attempt = async () => {
    const endpoint = new Endpoint(options);
    onTestFinished(() => endpoint.close());
    await endpoint.start();
  };
  await expect(attempt()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});
