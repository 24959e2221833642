import { LoopDetector, NameAddr } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
  answering,
  call,
  callee,
  caller,
  ended,
  established,
  expectCaller,
  expectSuccess,
  startStack,
  uriOf,
} from './support/sipp-stack';

describeWithPeers(['sipp'], 'SIPp as proxies on the way (RFC 3261 §12.2.1.1, §16.12)', () => {
  test('loose routers: our ACK and BYE name them in Route, the nearest first, and the phone in the Request-URI', async () => {
    const stack = await startStack();
    const routes = ['Record-Route: <sip:far.example.com;lr>', 'Record-Route: <sip:127.0.0.1:[local_port];lr;x=near>'];
    const contact = 'Contact: <sip:phone@192.0.2.7:5070;line=1>';
    const through = {
      check: [
        '(ACK|BYE) sip:phone@192.0.2.7:5070;line=1 SIP/2.0',
        'Route: <sip:127.0.0.1:[0-9]+;lr;x=near>.*<sip:far.example.com;lr>',
      ],
    };
    const sipp = await callee(
      new SippScenario('loose-proxy', 'uas')
        .request('INVITE')
        .answer('200 OK', { headers: [...routes, contact], body: sippDescription, repeated: true })
        .request('ACK', through)
        .hungUp(through),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('a strict router: it is in the Request-URI, and the phone at the end of Route', async () => {
    const stack = await startStack();
    const through = {
      check: [
        '(ACK|BYE) sip:strict@127.0.0.1:[0-9]+ SIP/2.0',
        'Route: <sip:far.example.com;lr>.*<sip:phone@192.0.2.7>',
      ],
    };
    const sipp = await callee(
      new SippScenario('strict-proxy', 'uas')
        .request('INVITE')
        .answer('200 OK', {
          headers: [
            'Record-Route: <sip:far.example.com;lr>, <sip:strict@127.0.0.1:[local_port]>',
            'Contact: <sip:phone@192.0.2.7>',
          ],
          body: sippDescription,
          repeated: true,
        })
        .request('ACK', through)
        .hungUp(through),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp calls through a proxy: our responses keep its Vias and Record-Route, our BYE goes by way of it', async () => {
    const stack = await startStack();
    const sessions = answering(stack);
    const proxy = await callee(
      new SippScenario('proxy', 'uas')
        .request('BYE', { check: ['BYE sip:phone@192.0.2.7 SIP/2.0', 'Route: <sip:127.0.0.1:[0-9]+;lr>'] })
        .reply('200 OK'),
    );
    const sipp = await caller(
      stack,
      new SippScenario('proxied-caller', 'uac')
        .send('INVITE', {
          headers: [
            `Record-Route: <sip:127.0.0.1:${proxy.port};lr>`,
            'Via: SIP/2.0/UDP [local_ip]:[local_port];branch=z9hG4bK-near',
            'Via: SIP/2.0/TCP 192.0.2.7:5070;branch=z9hG4bK-far;received=198.51.100.1, SIP/2.0/WSS df7jal.invalid;branch=z9hG4bK-first',
            'Contact: <sip:phone@192.0.2.7>',
          ],
          body: sippDescription,
        })
        .response(200, {
          check: [
            `Record-Route: <sip:127.0.0.1:${proxy.port};lr>`,
            'branch=z9hG4bK-near.*192.0.2.7:5070;branch=z9hG4bK-far;received=198.51.100.1.*df7jal.invalid;branch=z9hG4bK-first',
            'Contact: <sip:offhook@127.0.0.1:',
          ],
        })
        .sendInside('ACK', { uri: 'sip:offhook@[remote_ip]:[remote_port]' }),
    );
    await expectSuccess(sipp);
    const over = sessions[0]!.terminate();
    await expectSuccess(proxy);
    await over;
  });

  test('SIPp is behind a NAT: our responses go to where it sends from, and tell it that (RFC 3581)', async () => {
    const stack = await startStack();
    const via = (parameters: string) => ({
      headers: [`Via: SIP/2.0/UDP 192.0.2.9:9999;branch=z9hG4bK-nat${parameters}`],
    });
    await expectCaller(
      stack,
      new SippScenario('behind-nat', 'uac')
        .send('OPTIONS', via(';rport'))
        .response(200, { check: ['Via: SIP/2.0/UDP 192.0.2.9:9999;.*rport=[0-9]+', 'received=127.0.0.1'] }),
    );
  });

  test('our first request is sent by routes of our own choice', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('chosen-proxy', 'uas')
        .request('INVITE', { check: ['INVITE sip:bob@example.com SIP/2.0', 'Route: <sip:sipp@127.0.0.1:[0-9]+;lr>'] })
        .answer('404 Not Found')
        .request('ACK', { check: ['ACK sip:bob@example.com', 'Route: <sip:sipp@127.0.0.1:[0-9]+;lr>'] }),
    );
    const session = call(stack, 'sip:bob@example.com', { routes: [NameAddr.parse(`<${uriOf(sipp, ';lr')}>`)] });
    expect(await ended(session)).toMatchObject({ status: 404 });
    await expectSuccess(sipp);
  });

  test('a request that comes back as it was loops: 482; one that has been changed is let through (RFC 5393)', async () => {
    const stack = await startStack();
    const detector = new LoopDetector({ sentBy: () => stack.transports.map(({ local }) => local) });
    stack.on('request', (transaction) => {
      const verdict = detector.admit(transaction.request);
      if ('status' in verdict) transaction.reply(verdict.status);
      else transaction.reply(200, { headers: [['X-Mark', detector.mark(transaction.request)]] });
    });
    const { port } = stack.transports[0]!.local;
    const own = (mark: string) => [
      'Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]',
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${mark}abc`,
    ];
    await expectCaller(
      stack,
      new SippScenario('looping-proxy', 'uac')
        .send('PING')
        .response(200, { keep: { mark: 'X-Mark: ([0-9a-f.]+)' } })
        .send('PING', { headers: own('[$mark]') })
        .response(482)
        .send('PING', { headers: own('[$mark]'), uri: 'sip:elsewhere@[remote_ip]:[remote_port]', sequence: 2 })
        .response(200),
    );
  });
});

describeWithPeers(['sipp'], 'SIPp and what nobody here knows', () => {
  test('unknown and private header fields come through in their order and spelling, both ways', async () => {
    const stack = await startStack();
    const heard: [string, string][] = [];
    stack.on('invite', (session) => {
      for (const [name, value] of session.invite.headers) if (/^x-|^p-/i.test(name)) heard.push([name, value]);
    });
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('private-caller', 'uac')
        .call({
          headers: [
            'X-Genesys-CallUUID: 0123ABCD',
            'x-lower: a;b="c,d" , e',
            'P-Charging-Vector: icid-value=1',
            'X-Genesys-CallUUID: second',
          ],
        })
        .hangUp(),
    );
    expect(heard).toEqual([
      ['X-Genesys-CallUUID', '0123ABCD'],
      ['x-lower', 'a;b="c,d" , e'],
      ['P-Charging-Vector', 'icid-value=1'],
      ['X-Genesys-CallUUID', 'second'],
    ]);
    const sipp = await callee(
      new SippScenario('private-callee', 'uas')
        .answerCall({ check: ['X-Genesys-CallUUID: 1.*x-lOwEr: 2.*X-Genesys-CallUUID: 3'] })
        .hungUp(),
    );
    const session = call(stack, sipp, {
      headers: [
        ['X-Genesys-CallUUID', '1'],
        ['x-lOwEr', '2'],
        ['X-Genesys-CallUUID', '3'],
      ],
    });
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp calls a telephone number, and a name with every odd character', async () => {
    const stack = await startStack();
    const called: string[] = [];
    stack.on('invite', (session) => called.push(session.invite.uri.toString()));
    answering(stack);
    const dialled = (uri: string) => new SippScenario('dialling', 'uac').call({ uri }).hangUp();
    await expectCaller(stack, dialled('tel:+1-555-0100;phone-context=example.com'));
    await expectCaller(stack, dialled("sip:%61lice+1;ext=2!~*'()&=$,?/@[remote_ip]:[remote_port];user=phone"));
    expect(called[0]).toBe('tel:+1-555-0100;phone-context=example.com');
    expect(called[1]).toContain('user=phone');
  });
});
