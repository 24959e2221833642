import { fileURLToPath } from 'node:url';
import { Registrar } from '@offhook/call-control';
import { DigestServer, type IncomingSession, SipStack, SipUri } from '@offhook/sip-core';
import { UdpTransport, WsTransport } from '@offhook/sip-core/node';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { PhonePage } from './browser/phone-page';
import { bundleForBrowser, openPage } from './support/chromium';
import { startOutboundServers } from './support/kamailio-outbound';
import { describeWithPeers } from './support/peers';

declare const page: PhonePage;

const entry = fileURLToPath(new URL('./browser/phone-page.ts', import.meta.url));

/** A registrar with digest on a WebSocket; it sends whoever has registered a MESSAGE. */
async function startRegistrar() {
  const digest = new DigestServer({ realm: 'example.com', password: () => 'secret' });
  const stack = new SipStack({ transports: [new WsTransport({ host: '127.0.0.1' })], userAgent: 'Registrar' });
  const registrar = new Registrar({ domains: ['example.com'], now: () => performance.now(), date: Date.now });
  const agents: string[] = [];
  stack.on('request', async (transaction) => {
    const { request, toTag, flow } = transaction;
    const verdict = await digest.verify(request);
    if (!verdict.ok) {
      transaction.reply(401, { headers: digest.challenge(verdict.stale) });
      return;
    }
    agents.push(request.userAgent ?? '');
    transaction.respond(registrar.answer(request, { user: verdict.username, toTag }));
    const [binding] = registrar.lookup(SipUri.parse('sip:alice@example.com'));
    if (!binding) return;
    await stack.request({
      method: 'MESSAGE',
      uri: binding.contact.uri,
      from: 'sip:registrar@example.com',
      body: { contentType: 'text/plain', body: new TextEncoder().encode('Welcome, phone.') },
      flow,
    });
  });
  await stack.start();
  onTestFinished(() => stack.close());
  return { url: `ws://127.0.0.1:${stack.transports[0]!.local.port}/`, registrar, agents };
}

describeWithPeers(['chromium'], 'Chromium', () => {
  test('runs sip-core, sdp and codecs: nothing of Node.js is in their bundle', async () => {
    const { code, inputs } = await bundleForBrowser(entry);
    expect(inputs.some((input) => input.startsWith('packages/sip-core/src/stack'))).toBe(true);
    expect(inputs.filter((input) => /\/src\/node\//.test(input))).toEqual([]);
    const opened = await openPage(code);
    const description = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
    expect(await opened.evaluate((text) => page.describe(text), description)).toContain('m=audio 4000 RTP/AVP 0');
    expect(await opened.evaluate(() => page.encode('PCMU'))).toBeGreaterThan(35);
  });

  test('registers over a WebSocket with digest, and is reached over it (RFC 7118)', async () => {
    const { url, registrar, agents } = await startRegistrar();
    const { code } = await bundleForBrowser(entry);
    const opened = await openPage(code);
    const result = await opened.evaluate(
      ([server]) => page.register(server!, 'sip:alice@example.com', 'secret'),
      [url],
    );
    expect(result.states).toEqual(['registering', 'registered', 'unregistered']);
    expect(result.message).toBe('Welcome, phone.');
    // A browser has no address that could be dialled (RFC 7118 §5.2).
    expect(result.contact).toMatch(/\.invalid[;>]/);
    expect(agents[0]).toBe('Offhook in a browser');
    expect(registrar.lookup(SipUri.parse('sip:alice@example.com'))).toEqual([]);
  });
});

describeWithPeers(
  ['chromium', 'kamailio', 'kamailio-outbound', 'kamailio-websocket'],
  'Chromium with Kamailio on the WebSocket',
  () => {
    test('registers a flow, and a MESSAGE comes by it', async () => {
      const { port } = await startOutboundServers();
      const desk = await startDeskPhone(port);
      const opened = await openPage((await bundleForBrowser(entry)).code);
      const registered = opened.evaluate(
        ([url]) => page.register(url!, 'sip:alice@example.com', 'secret-alice'),
        [`ws://127.0.0.1:${port}/`],
      );
      // Nobody is there until the page has registered.
      await expect
        .poll(async () => (await desk.message('sip:alice@example.com', 'Hello, browser.')).status, { timeout: 20_000 })
        .toBe(200);
      expect(await registered).toMatchObject({
        states: ['registering', 'registered', 'unregistered'],
        message: 'Hello, browser.',
      });
    });

    test('calls a phone on UDP', async () => {
      const { port } = await startOutboundServers();
      const desk = await startDeskPhone(port);
      const opened = await openPage((await bundleForBrowser(entry)).code);
      const states = await opened.evaluate(
        ([url]) => page.call(url!, 'sip:alice@example.com', 'secret-alice', 'sip:bob@example.com'),
        [`ws://127.0.0.1:${port}/`],
      );
      expect(states.at(-1)).toBe('terminated');
      expect(states).toContain('confirmed');
      expect(desk.calls.map(({ remote, state }) => [remote.uri.toString(), state])).toEqual([
        ['sip:alice@example.com', 'terminated'],
      ]);
    });
  },
);

/** Bob's phone, over UDP behind the same edge. */
async function startDeskPhone(port: number) {
  const server = `sip:127.0.0.1:${port}`;
  const stack = new SipStack({ transports: [new UdpTransport({ host: '127.0.0.1' })] });
  await stack.start();
  onTestFinished(() => stack.close(100));
  const calls: IncomingSession[] = [];
  stack.on('invite', (session) => {
    calls.push(session);
    session.offerAnswer = new ScriptedMedia('bob');
    session.accept().catch(() => {});
  });
  const credentials = { username: 'bob', password: 'secret-bob' };
  const registration = stack.register({ aor: 'sip:bob@example.com', server, credentials, outbound: true });
  await registration.start();
  const from = 'sip:bob@example.com';
  return { calls, message: (uri: string, content: string) => stack.message({ uri, from, registration, content }) };
}
