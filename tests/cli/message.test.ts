import { SipStack } from '@offhook/sip-core';
import { UdpTransport } from '@offhook/sip-core/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Offhook, run } from './support/offhook';
import { silentServer } from './support/silent-server';

/** Somebody who takes messages, or refuses them. */
async function somebody(answer: (text: string) => number) {
  const transport = new UdpTransport({ host: '127.0.0.1' });
  const stack = new SipStack({ transports: [transport], allow: ['MESSAGE'] });
  const messages: string[] = [];
  stack.on('request', (transaction) => {
    const { text } = transaction.request;
    messages.push(text);
    transaction.reply(answer(text));
  });
  await stack.start();
  onTestFinished(() => stack.close());
  return { uri: `sip:bob@127.0.0.1:${transport.local.port}`, messages };
}

describe('offhook message', () => {
  it('sends a text, of the command line or of standard input', async () => {
    const { uri, messages } = await somebody(() => 200);
    const { code, result } = await run('message', uri, 'Lunch?', '--json');
    expect([code, result]).toMatchObject([0, { command: 'message', ok: true, delivered: true, status: 200 }]);
    const piped = await new Offhook(['message', uri, '-'], 'from a pipe — ünïcode').ended;
    expect([piped.code, piped.stdout]).toEqual([0, expect.stringContaining('Delivered')]);
    expect(messages).toEqual(['Lunch?', 'from a pipe — ünïcode']);
  });

  it('tells 202 from 200, and a refusal by its status', async () => {
    const { uri } = await somebody((text) => (text === 'later' ? 202 : 403));
    expect((await run('message', uri, 'later')).stdout).toContain('later');
    const { code, result } = await run('message', uri, 'never', '--json');
    expect([code, result.error?.status, result.delivered]).toEqual([1, 403, false]);
  });

  it('is not sent when it is longer than may be sent, and fails with 3 when nobody answers', async () => {
    const { uri, messages } = await somebody(() => 200);
    expect((await run('message', uri, 'x'.repeat(2_000))).code).toBe(1);
    expect(messages).toEqual([]);
    const port = await silentServer();
    expect((await run('message', `sip:127.0.0.1:${port}`, 'hello', '--timeout', '1')).code).toBe(3);
  });
});
