import { Endpoint } from '@offhook/endpoint';
import { MessageServer } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { startSipp } from './support/sipp';
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

describeWithPeers(['sipp'], 'SIPp, method by method', () => {
  test.each(['u1', 't1'] as const)('MESSAGE to us and from us (RFC 3428), %s', async (transport) => {
    const stack = await startStack();
    const server = new MessageServer();
    stack.use(server);
    const texts: string[] = [];
    server.on('message', ({ text }) => texts.push(text));
    await expectCaller(
      stack,
      new SippScenario('uac-message', 'uac')
        .send('MESSAGE', { body: ['text/plain', 'Watson, come here.'] })
        .response(200),
      { transport },
    );
    expect(texts).toEqual([expect.stringContaining('Watson, come here.')]);

    const receiver = await callee(
      new SippScenario('uas-message', 'uas')
        .request('MESSAGE', { check: ['Content-Type: text/plain', 'I am coming'], never: ['Contact:'] })
        .answer('202 Accepted'),
      { transport },
    );
    const uri = uriOf(receiver, transport === 't1' ? ';transport=tcp' : '');
    const response = await stack.message({ uri, from: OFFHOOK, content: 'I am coming.' });
    expect(response.status).toBe(202);
    await expectSuccess(receiver);
  });

  test('MESSAGE refused: 480 when nobody reads, 415 for a picture, 603 by the reader; and SIPp refuses ours', async () => {
    const stack = await startStack();
    const server = new MessageServer();
    stack.use(server);
    await expectCaller(
      stack,
      new SippScenario('unread', 'uac').send('MESSAGE', { body: ['text/plain', 'Anybody?'] }).response(480),
    );
    server.on('message', (message) => message.reject(603));
    await expectCaller(
      stack,
      new SippScenario('refused', 'uac')
        .send('MESSAGE', { body: ['image/png', 'no picture'] })
        .response(415, { check: ['Accept: text/plain'] })
        .send('MESSAGE', { sequence: 2, body: ['text/plain', 'Please?'] })
        .response(603),
    );
    const receiver = await callee(new SippScenario('refusing', 'uas').request('MESSAGE').answer('404 Not Found'));
    const response = await stack.message({ uri: uriOf(receiver), from: OFFHOOK, content: 'Hello?' });
    expect(response.status).toBe(404);
    await expectSuccess(receiver);
  });

  test('OPTIONS to us outside a call (RFC 3261 §11): what we can do; and from us', async () => {
    const stack = await startStack({ userAgent: 'Offhook test' });
    stack.serveEvent({ event: 'dialog', accept: ['application/dialog-info+xml'] });
    await expectCaller(
      stack,
      new SippScenario('curious', 'uac').send('OPTIONS', { headers: ['Accept: application/sdp'] }).response(200, {
        check: [
          'Allow: .*INVITE',
          'Accept: application/sdp',
          'Allow-Events: dialog',
          'Server: Offhook test',
          'Supported:',
        ],
        never: ['Content-Type'],
      }),
    );
    const asked = await callee(
      new SippScenario('asked', 'uas')
        .request('OPTIONS', {
          check: ['Accept: application/sdp', 'Contact: <sip:offhook@', 'User-Agent: Offhook test'],
        })
        .answer('200 OK', { headers: ['Allow: INVITE, ACK, BYE', 'Supported: 100rel'] }),
    );
    const response = await stack.request({ method: 'OPTIONS', uri: uriOf(asked), from: OFFHOOK });
    expect([response.status, response.allow, response.supported]).toEqual([200, ['INVITE', 'ACK', 'BYE'], ['100rel']]);
    await expectSuccess(asked);
  });

  test('INFO and OPTIONS inside a call of SIPp; a method that we do not know there is refused', async () => {
    const stack = await startStack();
    const seen: string[] = [];
    answering(stack, (session) => {
      session.on('request', (transaction) => {
        const { method } = transaction.request;
        seen.push(method);
        if (method === 'INFO') transaction.reply(200);
        else transaction.reply(405);
      });
    });
    await expectCaller(
      stack,
      new SippScenario('talkative-caller', 'uac')
        .call()
        .sendInside('INFO', { sequence: 2, body: ['application/dtmf-relay', 'Signal=5\nDuration=160'] })
        .response(200)
        .sendInside('OPTIONS', { sequence: 3 })
        .response(200, { check: ['Allow: .*INVITE'] })
        .sendInside('DANCE', { sequence: 4 })
        .response(405)
        .hangUp(5),
    );
    expect(seen).toEqual(['INFO', 'DANCE']);
  });

  test('INFO and MESSAGE inside a call of ours; a refusal leaves the call as it is', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('listening-callee', 'uas')
        .answerCall()
        .request('INFO', { check: ['Content-Type: application/dtmf-relay', 'Signal=7'] })
        .reply('200 OK')
        .request('MESSAGE', { check: ['Still there'] })
        .reply('200 OK')
        .request('INFO')
        .reply('415 Unsupported Media Type')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    const body = (contentType: string, text: string) => ({ contentType, body: new TextEncoder().encode(text) });
    const info = await session.send('INFO', { body: body('application/dtmf-relay', 'Signal=7\r\nDuration=100') });
    const message = await session.message('Still there?');
    const refused = await session.send('INFO', { body: body('application/unknown', '') });
    expect([info.status, message.status, refused.status]).toEqual([200, 200, 415]);
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('INFO of a package (RFC 6086): told when we receive it, 469 when not; sent to SIPp, which wants it', async () => {
    const stack = await startStack({ infoPackages: ['weather'] });
    const heard: string[] = [];
    answering(stack, (session) => session.on('info', (info) => heard.push(info.package)));
    const about = (name: string) => [`Info-Package: ${name}`, 'Content-Disposition: Info-Package'];
    await expectCaller(
      stack,
      new SippScenario('packaging-caller', 'uac')
        .call({ headers: ['Recv-Info: weather'] }, { check: ['Recv-Info: weather', 'Allow: .*INFO'] })
        .sendInside('INFO', { sequence: 2, headers: about('weather'), body: ['text/plain', 'rain'] })
        .response(200)
        .sendInside('INFO', { sequence: 3, headers: about('football'), body: ['text/plain', '0:0'] })
        .response(469, { check: ['Recv-Info: weather'] })
        .hangUp(4),
    );
    expect(heard).toEqual(['weather']);
    const sipp = await callee(
      new SippScenario('packaging-callee', 'uas')
        .request('INVITE', { check: ['Recv-Info: weather'] })
        .answer('200 OK', { headers: ['Recv-Info: weather'], body: sippDescription, repeated: true })
        .request('ACK')
        .request('INFO', { check: ['Info-Package: weather', 'Content-Disposition: Info-Package', 'snow'] })
        .reply('200 OK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    expect(session.peerInfoPackages).toEqual(['weather']);
    const body = { contentType: 'text/plain', body: new TextEncoder().encode('snow') };
    expect((await session.info({ package: 'weather', body })).status).toBe(200);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('NOTIFY of an event that nobody has subscribed to, in a call: 489 with what is served', async () => {
    const stack = await startStack();
    stack.serveEvent({ event: 'dialog', accept: ['application/dialog-info+xml'] });
    answering(stack);
    const unsolicited = { headers: ['Event: talk', 'Subscription-State: active'] };
    await expectCaller(
      stack,
      new SippScenario('pushing-caller', 'uac')
        .call()
        .sendInside('NOTIFY', { sequence: 2, ...unsolicited })
        .response(489, { check: ['Allow-Events: dialog'] })
        .hangUp(3),
    );
  });

  test('NOTIFY talk answers a ringing endpoint, NOTIFY hold holds the call, and talk retrieves it', async () => {
    await using endpoint = await new Endpoint({
      transports: [{ protocol: 'udp', host: '127.0.0.1' }],
      remoteControl: true,
    }).start();
    endpoint.on('call', (incoming) => incoming.ring());
    const event = (name: string, sequence: number) => ({
      sequence,
      headers: [`Event: ${name}`, 'Subscription-State: active'],
    });
    const { port } = endpoint.addresses[0]!;
    const answer = [
      'application/sdp',
      'v=0\no=sipp 1 [cseq] IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 16000 RTP/AVP 0\na=rtpmap:0 PCMU/8000',
    ] as const;
    const desktop = new SippScenario('call-control-server', 'uac')
      .send('INVITE', { body: sippDescription })
      .response(180, { check: ['Allow-Events: talk, hold'] })
      .sendInside('NOTIFY', event('talk', 2))
      .response(200, { check: ['CSeq: 2 NOTIFY'] })
      .response(200, { check: ['CSeq: 1 INVITE'] })
      .sendInside('ACK')
      .sendInside('NOTIFY', event('hold', 3))
      .response(200, { check: ['CSeq: 3 NOTIFY'] })
      .request('INVITE', { check: ['a=sendonly'] })
      .reply('200 OK', { body: [answer[0], `${answer[1]}\na=recvonly`] })
      .request('ACK')
      .sendInside('NOTIFY', event('talk', 4))
      .response(200, { check: ['CSeq: 4 NOTIFY'] })
      .request('INVITE', { never: ['a=sendonly'] })
      .reply('200 OK', { body: [answer[0], `${answer[1]}\na=sendrecv`] })
      .request('ACK')
      .sendInside('NOTIFY', event('dance', 5))
      .response(489, { check: ['Allow-Events: talk, hold'] })
      .hangUp(6);
    await expectSuccess(
      await startSipp({ scenario: desktop, remote: `127.0.0.1:${port}`, service: 'offhook', timeout: 30 }),
    );
  });
});
