import { fileURLToPath } from 'node:url';
import { Registrar } from '@offhook/call-control';
import { DigestServer, SipStack, SipUri } from '@offhook/sip-core';
import { WsTransport } from '@offhook/sip-core/node';
import { expect, onTestFinished, test } from 'vitest';
import type { PhonePage } from './browser/phone-page';
import { bundleForBrowser, openPage } from './support/chromium';
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
