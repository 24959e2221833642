import { type IncomingSubscription, SipStack } from '@offhook/sip-core';
import { UdpTransport } from '@offhook/sip-core/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run, start } from './support/offhook';
import { silentServer } from './support/silent-server';

const body = (text: string) => ({
  contentType: 'application/simple-message-summary',
  body: new TextEncoder().encode(text),
});

/** Somebody whose waiting messages can be watched. */
async function mailbox() {
  const transport = new UdpTransport({ host: '127.0.0.1' });
  const stack = new SipStack({ transports: [transport] });
  const server = stack.serveEvent({ event: 'message-summary', accept: ['application/simple-message-summary'] });
  let watcher: (subscription: IncomingSubscription) => void;
  const watched = new Promise<IncomingSubscription>((resolve) => {
    watcher = resolve;
  });
  server.on('subscribe', (subscription) => {
    subscription.accept({ body: body('Messages-Waiting: no') });
    watcher(subscription);
  });
  await stack.start();
  onTestFinished(() => stack.close());
  return { uri: `sip:alice@127.0.0.1:${transport.local.port}`, watched };
}

describe('offhook watch', () => {
  it('prints each state until it is stopped, and unsubscribes', async () => {
    const { uri, watched } = await mailbox();
    const watch = start('watch', uri, '--event', 'message-summary', '--json');
    await watch.line('notify');
    const subscription = await watched;
    const ended = new Promise((resolve) => subscription.on('ended', resolve));
    await subscription.notify(body('Messages-Waiting: yes'));
    await watch.line('notify', ({ text }) => String(text).includes('yes'));
    watch.signal('SIGINT');
    const { code, lines, result } = await watch.ended;
    expect(code).toBe(0);
    expect(lines.filter(({ type }) => type === 'notify').map(({ text }) => text)).toEqual(
      expect.arrayContaining(['Messages-Waiting: no', 'Messages-Waiting: yes']),
    );
    expect(result).toMatchObject({ command: 'watch', ok: true, event: 'message-summary' });
    await ended;
  });

  it('ends by itself after --duration, or when the other side ends it and says why', async () => {
    const { uri, watched } = await mailbox();
    const timed = await run('watch', uri, '--event', 'message-summary', '--duration', '0.3');
    expect([timed.code, timed.stdout]).toEqual([0, expect.stringContaining('Messages-Waiting: no')]);
    const other = await mailbox();
    const watch = start('watch', other.uri, '--event', 'message-summary', '--json');
    await watch.line('notify');
    await (await other.watched).terminate('noresource');
    const { code, result } = await watch.ended;
    expect([code, result.endedBy, result.reason]).toEqual([0, 'remote', 'noresource']);
    await watched;
  });

  it('fails with 1 when the state is not told there, with 3 when nobody is', async () => {
    const { uri } = await mailbox();
    const { code, result } = await run('watch', uri, '--event', 'dialog', '--json');
    expect([code, result.error?.status]).toEqual([1, 489]);
    const port = await silentServer();
    expect((await run('watch', `sip:127.0.0.1:${port}`, '--timeout', '1')).code).toBe(3);
  });
});
