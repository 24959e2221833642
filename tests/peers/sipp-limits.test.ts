import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
  answering,
  call,
  callee,
  established,
  expectCaller,
  expectSuccess,
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';

const ping = (name: string) => new SippScenario(name, 'uac').send('PING');
/** A 503 has a tag too: what follows in the call names that of its 200. */
const peer = { keep: { peer: 'To: [^;]*;tag=([a-z0-9]+)' } };
const toPeer = ['To: <sip:offhook@[remote_ip]:[remote_port]>;tag=[$peer]'];
const RETRY = 'Retry-After: [0-9]+';

describeWithPeers(['sipp'], 'SIPp asks for more than we take on', () => {
  test('messages that are too long, in one way or another: 413, 513, 414', async () => {
    const stack = await startStack({
      limits: { maxBodySize: 500, maxHeaderLength: 300, maxHeaderCount: 20, maxMessageSize: 2_000 },
    });
    const tooMany = Array.from({ length: 20 }, (_, index) => `X-Header-${index}: ${index}`);
    const text = (length: number) => ['text/plain', 'x'.repeat(length)] as const;
    await Promise.all([
      expectCaller(stack, new SippScenario('body', 'uac').send('PING', { body: text(600) }).response(413)),
      expectCaller(stack, new SippScenario('message', 'uac').send('PING', { body: text(3_000) }).response(413)),
      expectCaller(
        stack,
        new SippScenario('line', 'uac').send('PING', { headers: [`X-Long: ${'x'.repeat(400)}`] }).response(513),
      ),
      expectCaller(stack, new SippScenario('lines', 'uac').send('PING', { headers: tooMany }).response(513)),
      expectCaller(
        stack,
        new SippScenario('uri', 'uac').send('PING', { uri: `sip:${'x'.repeat(400)}@127.0.0.1` }).response(414),
      ),
      expectCaller(stack, ping('ordinary').response(405)),
    ]);
    expect(stack.counters.refusals['too-large']).toBe(5);
  });

  test('more requests than wait for an answer: 503 with Retry-After; a known call is served beyond that', async () => {
    const stack = await startStack({ limits: { maxServerTransactions: 2 } });
    const sessions = answering(stack);
    const waiting: (() => void)[] = [];
    stack.on('request', (transaction) => waiting.push(() => transaction.reply(200)));
    const inCall = new SippScenario('in-call', 'uac')
      .call({}, peer)
      .send('PING', { sequence: 2, repeated: false })
      .send('PING', { sequence: 3, repeated: false, headers: ['Call-ID: other-[call_id]'] })
      .send('PING', { sequence: 4 })
      .response(503, { check: [RETRY] })
      .sendInside('BYE', { sequence: 5, headers: toPeer })
      .response(200, { check: ['CSeq: 5 BYE'] });
    await expectCaller(stack, inCall);
    for (const answer of waiting) answer();
    expect(waiting).toHaveLength(2);
    expect(sessions.map(({ state }) => state)).toEqual(['terminated']);
    expect(stack.counters.refusals.transactions).toBe(1);
  });

  test('more calls than we take: 503; when one has ended there is room again', async () => {
    const stack = await startStack({ limits: { maxSessions: 1 } });
    answering(stack);
    const first = await callee(new SippScenario('first', 'uas').answerCall().hungUp());
    const session = call(stack, first);
    await established(session);
    await expectCaller(
      stack,
      new SippScenario('second', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(503, { check: [RETRY] })
        .acknowledgeRefusal(),
    );
    expect(() => call(stack, first)).toThrow(expect.objectContaining({ code: 'ERR_SIP_LIMIT' }));
    await session.terminate();
    await expectSuccess(first);
    await expectCaller(stack, new SippScenario('third', 'uac').call().hangUp());
  });

  test('more dialogs than we take: subscriptions get 503', async () => {
    const stack = await startStack({ limits: { maxDialogs: 1 } });
    stack.serveEvent({ event: 'dialog' }).on('subscribe', (subscription) => subscription.accept());
    const subscribe = { headers: ['Event: dialog', 'Expires: 600'] };
    await expectCaller(
      stack,
      new SippScenario('subscriber', 'uac')
        .send('SUBSCRIBE', subscribe)
        .response(200)
        .request('NOTIFY')
        .reply('200 OK'),
    );
    await expectCaller(
      stack,
      new SippScenario('one-too-many', 'uac').send('SUBSCRIBE', subscribe).response(503, { check: [RETRY] }),
    );
  });

  test('one source begins too much: 503, or nothing at all; in a call it is served', async () => {
    const [refusing, dropping] = await Promise.all([
      startStack({ limits: { sourceRate: 0.05, sourceBurst: 2 } }),
      startStack({ limits: { sourceRate: 0.5, sourceBurst: 2, overRate: 'drop' } }),
    ]);
    answering(refusing);
    await Promise.all([
      expectCaller(
        refusing,
        new SippScenario('too-fast', 'uac')
          .call({}, peer)
          .send('PING', { sequence: 2 })
          .response(405)
          .send('PING', { sequence: 4 })
          .response(503, { check: [RETRY] })
          .sendInside('BYE', { sequence: 5, headers: toPeer })
          .response(200),
      ),
      expectCaller(
        dropping,
        ping('fast')
          .response(405)
          .send('PING', { sequence: 2 })
          .response(405)
          // Dropped, until two seconds have gone by.
          .send('PING', { sequence: 3 })
          .response(405),
      ),
    ]);
    expect(dropping.counters.drops.rate).toBeGreaterThan(0);
  });

  test('the whole element has too much to do: 503 to what is new, as long as it says so', async () => {
    let busy = true;
    const stack = await startStack({ limits: { overload: () => busy, retryAfter: 7 } });
    await expectCaller(stack, ping('early').response(503, { check: ['Retry-After: ([789]|1[0-4])'] }));
    busy = false;
    await expectCaller(stack, ping('later').response(405));
    expect(stack.counters.refusals.overload).toBe(1);
  });

  test('requests of our own beyond the limit fail at once, and do not go out', async () => {
    const stack = await startStack({ limits: { maxClientTransactions: 1 } });
    const sipp = await callee(new SippScenario('slow', 'uas').request('PING').pause(100).answer('200 OK'));
    const request = () => stack.request({ method: 'PING', uri: uriOf(sipp), from: OFFHOOK });
    const first = request();
    await expect(request()).rejects.toMatchObject({ code: 'ERR_SIP_LIMIT', status: 503 });
    expect((await first).status).toBe(200);
    await expectSuccess(sipp);
  });
});
