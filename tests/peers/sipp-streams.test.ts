import type { ServerTransaction } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
  addressOf,
  answering,
  call,
  callee,
  caller,
  ended,
  established,
  expectCaller,
  expectSuccess,
  hastyClock,
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';
import { TcpRelay } from './support/sipp-wire';

const overTcp = ';transport=tcp';
const tcp = { transport: 't1' } as const;
const portOf = (address: string) => Number(address.split(':')[1]);

/** SIPp is found through the relay, for requests in the call too. */
const behind = ({ port }: TcpRelay) => [`Contact: <sip:sipp@127.0.0.1:${port};transport=tcp>`];

describeWithPeers(['sipp'], 'SIPp over TCP', () => {
  test.each([
    ['in pieces of one byte', { piece: 1 }],
    ['in pieces of 17 bytes', { piece: 17 }],
    ['several at once', { gather: 25 }],
    ['several at once, in pieces of 100 bytes', { gather: 25, piece: 100 }],
  ])('messages arrive %s: calls in both directions are none the worse', async (_how, options) => {
    const stack = await startStack();
    answering(stack, (session) => {
      const waiting: ServerTransaction[] = [];
      session.on('request', (transaction) => {
        // SIPp takes no answer to the first before it has sent the second.
        if (waiting.push(transaction) === 2) for (const each of waiting) each.reply(200);
      });
    });
    const [toUs, toSipp] = await Promise.all([TcpRelay.start(options), TcpRelay.start(options)]);
    toUs.to = portOf(addressOf(stack, 'TCP'));
    await expectCaller(
      stack,
      new SippScenario('caller', 'uac')
        .call()
        // Two at a time: they may travel as one.
        .sendInside('INFO', { sequence: 2, repeated: false, body: ['text/plain', 'one\ntwo'] })
        .sendInside('INFO', { sequence: 3 })
        .response(200, { check: ['CSeq: 2 INFO'] })
        .response(200, { check: ['CSeq: 3 INFO'] })
        .hangUp(4),
      { ...tcp, remote: `127.0.0.1:${toUs.port}` },
    );
    const sipp = await callee(
      new SippScenario('callee', 'uas')
        .request('INVITE')
        .answer('100 Trying', { tagged: false })
        .answer('183 Session Progress', { headers: behind(toSipp), body: sippDescription })
        .answer('180 Ringing', { headers: behind(toSipp) })
        .answer('200 OK', { headers: behind(toSipp), body: sippDescription })
        .request('ACK')
        .hungUp(),
      tcp,
    );
    toSipp.to = sipp.port;
    const session = call(stack, uriOf(toSipp, overTcp));
    const rung: number[] = [];
    session.on('provisional', ({ status }) => rung.push(status));
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
    expect(rung).toEqual([183, 180]);
    expect([toUs.connections, toSipp.connections]).toEqual([1, 1]);
  });

  test('the connection closes before our request is answered: it is made again over a new one, once (RFC 3261 §18.4)', async () => {
    const stack = await startStack();
    const relay = await TcpRelay.start();
    relay.to = (await callee(new SippScenario('silent', 'uas').request('OPTIONS').pause(60_000), tcp)).port;
    const response = stack.request({ method: 'OPTIONS', uri: uriOf(relay, overTcp), from: OFFHOOK });
    await relay.carried;
    const second = await callee(new SippScenario('answers', 'uas').request('OPTIONS').answer('200 OK'), tcp);
    relay.to = second.port;
    relay.cut();
    expect((await response).status).toBe(200);
    await expectSuccess(second);
    expect(relay.connections).toBe(2);
  });

  test('the connection closes after our call has rung: SIPp could still call back, so we wait, but not for ever (§18.2.2)', async () => {
    // Timer C is over three minutes.
    const stack = await startStack({ clock: hastyClock(300), timers: { T1: 150_000, T2: 1_200_000, T4: 1_500_000 } });
    const relay = await TcpRelay.start();
    const sipp = await callee(new SippScenario('rings', 'uas').request('INVITE').answer('180 Ringing'), tcp);
    relay.to = sipp.port;
    const session = call(stack, uriOf(relay, overTcp));
    const end = ended(session);
    await new Promise((resolve) => session.on('provisional', resolve));
    relay.cut();
    expect(await end).toMatchObject({ by: 'error' });
    expect(stack.load.transactions).toBe(0);
  });

  test('the connection of a call closes: the call goes on over a new one', async () => {
    const stack = await startStack();
    const relay = await TcpRelay.start();
    const hears = await callee(new SippScenario('hears', 'uas').request('BYE').reply('200 OK'), tcp);
    const sipp = await callee(
      new SippScenario('answers', 'uas')
        .request('INVITE')
        .answer('200 OK', { headers: behind(relay), body: sippDescription })
        .request('ACK'),
      tcp,
    );
    relay.to = sipp.port;
    const session = call(stack, uriOf(relay, overTcp));
    await established(session);
    await expectSuccess(sipp);
    relay.to = hears.port;
    relay.cut();
    await session.terminate();
    await expectSuccess(hears);
  });

  test('the connection closes before we have answered SIPp: our answer goes nowhere, and nothing is left behind', async () => {
    const stack = await startStack();
    const relay = await TcpRelay.start();
    relay.to = portOf(addressOf(stack, 'TCP'));
    const arrived = new Promise<() => void>((resolve) => {
      stack.on('request', (transaction) => {
        if (transaction.request.method === 'PING') resolve(() => transaction.reply(200));
        else transaction.reply(200);
      });
    });
    const sipp = await caller(stack, new SippScenario('asks', 'uac').send('PING'), {
      ...tcp,
      remote: `127.0.0.1:${relay.port}`,
    });
    const answer = await arrived;
    relay.cut();
    answer();
    await sipp.result;
    await expectCaller(stack, new SippScenario('goes-on', 'uac').send('OPTIONS').response(200), tcp);
  });

  test('a stream without Content-Length cannot be cut into messages: its connection closes, others do not (§18.3)', async () => {
    const stack = await startStack();
    const boundless = new SippScenario('boundless', 'uac').send('OPTIONS', {
      without: ['Content-Length'],
      repeated: false,
    });
    await expectCaller(stack, boundless, tcp);
    await expectCaller(stack, new SippScenario('bounded', 'uac').send('OPTIONS').response(200), tcp);
    expect(stack.counters.drops.noise).toBe(1);
  });

  test('many calls at once over one connection', async () => {
    const stack = await startStack();
    answering(stack);
    const sipp = await caller(stack, new SippScenario('crowd', 'uac').call().hangUp(), {
      ...tcp,
      calls: 50,
      rate: 200,
    });
    await expectSuccess(sipp);
    expect((await sipp.result).successful).toBe(50);
  });
});

describeWithPeers(['sipp'], 'SIPp and requests too large for a datagram (RFC 3261 §18.1.1)', () => {
  const large = { contentType: 'text/plain', body: new TextEncoder().encode('x'.repeat(1_400)) };

  test('they go over TCP, though the address says UDP; small ones as ever', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('both', 'uas').request('MESSAGE', { check: ['Via: SIP/2.0/TCP'] }).answer('200 OK'),
      tcp,
    );
    const response = await stack.request({ method: 'MESSAGE', uri: uriOf(sipp), from: OFFHOOK, body: large });
    expect(response.status).toBe(200);
    await expectSuccess(sipp);
  });

  test('TCP is refused: they go in datagrams after all, the next at once; and so does a whole call', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('udp-only', 'uas').request('MESSAGE', { check: ['Via: SIP/2.0/UDP'] }).answer('200 OK'),
      { calls: 2 },
    );
    for (let request = 0; request < 2; request++) {
      const response = await stack.request({ method: 'MESSAGE', uri: uriOf(sipp), from: OFFHOOK, body: large });
      expect(response.status).toBe(200);
    }
    await expectSuccess(sipp);
    const answers = await callee(
      new SippScenario('udp-callee', 'uas').answerCall({ check: ['Via: SIP/2.0/UDP'] }).hungUp(),
    );
    const session = call(stack, answers, { headers: [['X-Large', 'x'.repeat(1_400)]] });
    await established(session);
    await session.terminate();
    await expectSuccess(answers);
  });

  test('neither TCP nor UDP is served there: no answer in its time', async () => {
    const stack = await startStack({ timers: { T1: 10, T2: 80, T4: 100 } });
    const uri = `sip:nobody@127.0.0.1:${await freePort()}`;
    const response = stack.request({ method: 'MESSAGE', uri, from: OFFHOOK, body: large });
    await expect(response).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
  });

  test('a large INVITE goes over TCP, its call too; SIPp answers over the same connection', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('tcp-callee', 'uas')
        .answerCall({ check: ['Via: SIP/2.0/TCP'] })
        .hungUp({ check: ['Via: SIP/2.0/TCP'] }),
      tcp,
    );
    const session = call(stack, sipp, { headers: [['X-Large', 'x'.repeat(1_400)]] });
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('large requests of SIPp come in fragments of UDP, and are served', async () => {
    const stack = await startStack();
    stack.on('request', (transaction) =>
      transaction.reply(200, { headers: [['X-Length', String(transaction.request.body.length)]] }),
    );
    await expectCaller(
      stack,
      new SippScenario('fragments', 'uac')
        .send('MESSAGE', { body: ['text/plain', 'y'.repeat(5_000)] })
        .response(200, { check: ['X-Length: 500'] }),
    );
  });
});
