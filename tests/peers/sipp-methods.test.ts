import { SipStack, type SipStackOptions } from '@offhook/sip-core';
import { TcpTransport, UdpTransport } from '@offhook/sip-core/node';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { type SippResult, startSipp } from './support/sipp';
import { SippScenario, sippDescription } from './support/sipp-scenario';

const OFFHOOK = 'sip:offhook@127.0.0.1';

async function startStack(options: Partial<SipStackOptions> = {}): Promise<SipStack> {
  const local = { host: '127.0.0.1' };
  const stack = new SipStack({ transports: [new UdpTransport(local), new TcpTransport(local)], ...options });
  await stack.start();
  onTestFinished(() => stack.close());
  return stack;
}

const addressOf = (stack: SipStack) => `127.0.0.1:${stack.transports[0]!.local.port}`;

/** SIPp as a caller of this stack. */
const from = (scenario: SippScenario, stack: SipStack) =>
  startSipp({ scenario, remote: addressOf(stack), service: 'offhook', timeout: 20 });

const expectSuccess = (result: SippResult) =>
  expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });

describeWithPeers(['sipp'], 'SIPp, method by method', () => {
  test('MESSAGE to us and from us (RFC 3428)', async () => {
    const stack = await startStack();
    const texts: string[] = [];
    stack.on('request', (transaction) => {
      texts.push(transaction.request.text);
      transaction.reply(200);
    });
    const sender = await from(
      new SippScenario('uac-message', 'uac')
        .send('MESSAGE', { body: ['text/plain', 'Watson, come here.'] })
        .response(200),
      stack,
    );
    expectSuccess(await sender.result);
    expect(texts).toEqual([expect.stringContaining('Watson, come here.')]);

    const receiver = await startSipp({
      scenario: new SippScenario('uas-message', 'uas')
        .request('MESSAGE', { check: ['Content-Type: text/plain', 'I am coming'] })
        .answer('202 Accepted'),
      timeout: 20,
    });
    const response = await stack.request({
      method: 'MESSAGE',
      uri: `sip:sipp@127.0.0.1:${receiver.port}`,
      from: OFFHOOK,
      body: { contentType: 'text/plain', body: new TextEncoder().encode('I am coming.') },
    });
    expect(response.status).toBe(202);
    expectSuccess(await receiver.result);
  });

  test('SUBSCRIBE from us: NOTIFY before and after a refresh, unsubscribed (RFC 6665)', async () => {
    const stack = await startStack();
    const state = (text: string, subscription: string, sequence: number) => ({
      sequence,
      headers: ['Event: message-summary', `Subscription-State: ${subscription}`],
      body: ['application/simple-message-summary', text] as const,
    });
    const notifier = await startSipp({
      scenario: new SippScenario('uas-subscribe', 'uas')
        .request('SUBSCRIBE', { check: ['Event: message-summary', 'Expires: 3600'] })
        .answer('200 OK', { headers: ['Expires: 3600'] })
        .sendInside('NOTIFY', state('Messages-Waiting: no', 'active;expires=3600', 1))
        .response(200)
        .sendInside('NOTIFY', state('Messages-Waiting: yes', 'active;expires=3599', 2))
        .response(200)
        .request('SUBSCRIBE', { check: ['Expires: 0'] })
        .reply('200 OK', { headers: ['Expires: 0'] })
        .sendInside('NOTIFY', state('Messages-Waiting: yes', 'terminated;reason=timeout', 3))
        .response(200),
      timeout: 20,
    });
    const subscription = stack.subscribe({
      uri: `sip:sipp@127.0.0.1:${notifier.port}`,
      from: OFFHOOK,
      event: 'message-summary',
    });
    const bodies: string[] = [];
    const second = new Promise<void>((resolve) => {
      subscription.on('notify', ({ request: { text } }) => {
        bodies.push(text.trim());
        if (bodies.length === 2) resolve();
      });
    });
    await subscription.established;
    await second;
    await subscription.unsubscribe();
    expectSuccess(await notifier.result);
    expect(bodies.slice(0, 2)).toEqual(['Messages-Waiting: no', 'Messages-Waiting: yes']);
  });

  test('SUBSCRIBE to us: 489 for what we do not serve, NOTIFY for what we do', async () => {
    const stack = await startStack();
    const server = stack.serveEvent({ event: 'dialog', accept: ['application/dialog-info+xml'] });
    server.on('subscribe', (subscription) =>
      subscription.accept({
        body: { contentType: 'application/dialog-info+xml', body: new TextEncoder().encode('<dialog-info/>') },
      }),
    );
    const stranger = await from(
      new SippScenario('uac-unknown-event', 'uac')
        .send('SUBSCRIBE', { headers: ['Event: weather', 'Expires: 60'] })
        .response(489, { check: ['Allow-Events: dialog'] }),
      stack,
    );
    expectSuccess(await stranger.result);
    const subscriber = await from(
      new SippScenario('uac-subscribe', 'uac')
        .send('SUBSCRIBE', {
          headers: ['Event: dialog', 'Expires: 600', 'Accept: application/dialog-info+xml'],
        })
        .response(200, { check: ['Expires: 600'] })
        .request('NOTIFY', { check: ['Subscription-State: active;expires=', '<dialog-info/>'] })
        .reply('200 OK')
        .sendInside('SUBSCRIBE', { sequence: 2, headers: ['Event: dialog', 'Expires: 0'] })
        .response(200)
        .request('NOTIFY', { check: ['Subscription-State: terminated'] })
        .reply('200 OK'),
      stack,
    );
    expectSuccess(await subscriber.result);
    expect(server.size).toBe(0);
  });

  test('INFO and OPTIONS inside a call', async () => {
    const stack = await startStack();
    const seen: string[] = [];
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('offhook');
      session.on('request', (transaction) => {
        seen.push(transaction.request.method);
        transaction.reply(200);
      });
      session.accept().catch(() => {});
    });
    const caller = await from(
      new SippScenario('uac-info', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(100, { optional: true })
        .response(200)
        .sendInside('ACK')
        .sendInside('INFO', { sequence: 2, body: ['application/dtmf-relay', 'Signal=5\nDuration=160'] })
        .response(200)
        .sendInside('OPTIONS', { sequence: 3 })
        .response(200, { check: ['Allow: .*INVITE'] })
        .sendInside('BYE', { sequence: 4 })
        .response(200),
      stack,
    );
    expectSuccess(await caller.result);
    expect(seen).toEqual(['INFO']);
  });
});
