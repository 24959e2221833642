import { allowNextHop, CallReplacement } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
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
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';

const described = { body: sippDescription };
const CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port]>';

type Message = Parameters<SippScenario['send']>[1];

const once = (name: string, method: string, message: Message, status: number, check: string[] = []) =>
  new SippScenario(name.replaceAll(/[^a-z0-9]+/gi, '-'), 'uac').send(method, message).response(status, { check });

describeWithPeers(['sipp'], 'SIPp sends what cannot be served (RFC 3261 §8.2)', () => {
  test('malformed requests that can be answered get 400 with the reason, or what fits better', async () => {
    const stack = await startStack();
    stack.on('request', (transaction) => transaction.reply(200));
    const cases: [name: string, message: Message, status: number, check?: string[]][] = [
      ['To twice', { headers: ['To: <sip:a@127.0.0.1>', 'To: <sip:b@127.0.0.1>'] }, 400],
      ['From without brackets around a comma', { headers: ['From: "unclosed <sip:a@127.0.0.1>;tag=1'] }, 400],
      ['Content-Length beyond the datagram', { headers: ['Content-Length: 9999'] }, 400],
      ['negative Content-Length', { headers: ['Content-Length: -1'] }, 400],
      ['Max-Forwards that is no number', { headers: ['Max-Forwards: many'] }, 400],
      ['a scheme nobody knows', { uri: 'gopher:somewhere' }, 416],
      [
        'an extension nobody knows',
        { headers: ['Require: teleport, sublime'] },
        420,
        ['Unsupported: teleport, sublime'],
      ],
      ['Proxy-Require is for proxies', { headers: ['Proxy-Require: teleport'] }, 200],
      ['a header field nobody knows', { headers: ['X-Mystery: 42', 'Mystery: ;;,,"'] }, 200],
      ['compact forms', { without: ['Contact'], headers: ['m: <sip:sipp@127.0.0.1>', 'k: timer'] }, 200],
      ['odd spacing and case', { headers: ['sUbJeCt  :   odd'] }, 200],
      ['no Max-Forwards at all', { without: ['Max-Forwards'] }, 200],
      ['the last hop', { headers: ['Max-Forwards: 0'] }, 200],
    ];
    const answers = await Promise.all(
      cases.map(async ([name, message, status, check]) => {
        const { successful } = await (await caller(stack, once(name, 'PING', message, status, check))).result;
        return [name, successful];
      }),
    );
    expect(answers).toEqual(cases.map(([name]) => [name, 1]));
  });

  test('another version of SIP: 505; a method nobody takes: 405 with Allow; a body nobody reads: 415 with Accept', async () => {
    const stack = await startStack();
    stack.on('invite', (session) => session.reject(480));
    const { port } = stack.transports[0]!.local;
    await Promise.all([
      expectCaller(
        stack,
        new SippScenario('version', 'uac')
          .raw([
            `OPTIONS sip:offhook@127.0.0.1:${port} SIP/7.0`,
            'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
            'From: <sip:sipp@[local_ip]>;tag=1',
            'To: <sip:offhook@[remote_ip]>',
            'Call-ID: [call_id]',
            'CSeq: 1 OPTIONS',
            'Max-Forwards: 70',
            'Content-Length: 0',
          ])
          .response(505),
      ),
      expectCaller(stack, once('method', 'DANCE', {}, 405, ['Allow: .*INVITE, ACK, CANCEL, BYE, OPTIONS'])),
      ...['BYE', 'UPDATE', 'PRACK'].map((method) => expectCaller(stack, once(`${method} outside`, method, {}, 481))),
      expectCaller(
        stack,
        once('body', 'INVITE', { body: ['text/plain', 'Hello'] }, 415, [
          'Accept: application/sdp',
        ]).acknowledgeRefusal(),
      ),
      expectCaller(
        stack,
        once('packed body', 'INVITE', { headers: ['Content-Encoding: gzip'], body: sippDescription }, 415, [
          'Accept-Encoding: identity',
        ]).acknowledgeRefusal(),
      ),
      expectCaller(
        stack,
        once('extension', 'INVITE', { headers: ['Require: teleport'], body: sippDescription }, 420, [
          'Unsupported: teleport',
        ]).acknowledgeRefusal(),
      ),
      expectCaller(
        stack,
        once('replaces', 'INVITE', { headers: ['Require: replaces'], body: sippDescription }, 420).acknowledgeRefusal(),
      ),
    ]);
    stack.use(new CallReplacement());
    await expectCaller(
      stack,
      once('replaces', 'INVITE', { headers: ['Require: replaces'], body: sippDescription }, 480).acknowledgeRefusal(),
    );
  });

  test('who passes requests on stops those that have come too far: 483 (§16.3)', async () => {
    const stack = await startStack();
    stack.on('request', (transaction) => {
      const allowance = allowNextHop(transaction.request);
      transaction.reply('status' in allowance ? allowance.status : 200);
    });
    await expectCaller(stack, once('last', 'PING', { headers: ['Max-Forwards: 0'] }, 483));
    await expectCaller(stack, once('not yet', 'PING', { headers: ['Max-Forwards: 1'] }, 200));
  });

  test('the same INVITE comes on a second path: 482, while the first is served (§8.2.2.2)', async () => {
    const stack = await startStack();
    stack.on('invite', (session) => void session.ring());
    await expectCaller(
      stack,
      new SippScenario('merged', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(180)
        .send('INVITE', { branch: 'z9hG4bK-another-path', body: sippDescription })
        .response(482)
        .send('ACK', { branch: 'z9hG4bK-another-path' })
        .cancel()
        .response(200)
        .response(487)
        .acknowledgeRefusal(),
    );
    expect(stack.counters.refusals.merged).toBe(1);
  });

  test('requests for dialogs that do not exist: 481; an ACK like that is dropped', async () => {
    const stack = await startStack();
    const lost = { headers: ['To: <sip:offhook@127.0.0.1>;tag=lost'] };
    const scenario = new SippScenario('lost-dialog', 'uac');
    ['BYE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY', 'SUBSCRIBE', 'REFER', 'MESSAGE', 'OPTIONS'].forEach(
      (method, index) => {
        scenario
          .send(method, { ...lost, sequence: index + 1 })
          .response(481, { check: [`CSeq: ${index + 1} ${method}`] });
      },
    );
    scenario
      .send('INVITE', { ...lost, sequence: 20, body: sippDescription })
      .response(481)
      .send('ACK', { ...lost, sequence: 20, branch: 'z9hG4bK-[pid]-[call_number]-20-INVITE' })
      .send('ACK', { ...lost, sequence: 21 });
    await expectCaller(stack, scenario);
    expect(stack.load.transactions).toBeLessThanOrEqual(10);
  });

  test('in a call: a request out of order gets 500, a leap in the numbers is fine, an unknown extension 420', async () => {
    const stack = await startStack();
    answering(stack, (session) => session.on('request', (transaction) => transaction.reply(200)));
    await expectCaller(
      stack,
      new SippScenario('disorderly', 'uac')
        .call({ sequence: 10 })
        .sendInside('INFO', { sequence: 9 })
        .response(500)
        .sendInside('INFO', { sequence: 1_000_000 })
        .response(200)
        .sendInside('INFO', { sequence: 11 })
        .response(500)
        .sendInside('INFO', { sequence: 1_000_001, headers: ['Require: teleport'] })
        .response(420, { check: ['Unsupported: teleport'] })
        .sendInside('INVITE', { sequence: 12, body: sippDescription })
        .response(500)
        .acknowledgeRefusal({ sequence: 12, inside: true })
        .hangUp(1_000_002),
    );
  });

  test('an ACK with a number nobody waits for does not establish the call; the right one does', async () => {
    const stack = await startStack({ timers: { T1: 50 } });
    const sessions = answering(stack);
    let established = 0;
    stack.on('session', (session) => session.on('established', () => established++));
    const sipp = await caller(
      stack,
      new SippScenario('wrong-ack', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(200)
        .sendInside('ACK', { sequence: 7 })
        .sendInside('INFO', { sequence: 8 })
        .response(405)
        .with((it) => it.sendInside('ACK', { sequence: 1 }))
        .hangUp(9),
      { args: ['-rtcheck', 'full'] },
    );
    await expectSuccess(sipp);
    expect([established, sessions.length]).toEqual([1, 1]);
  });

  test('what is too broken to answer is dropped and counted, and the next request served', async () => {
    const stack = await startStack();
    const port = addressOf(stack).split(':')[1];
    const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]';
    await expectCaller(
      stack,
      new SippScenario('broken', 'uac')
        .raw([`OPTIONS sip:offhook@127.0.0.1:${port} SIP/2.0`, via, 'X-Call-ID-Hidden: [call_id]', 'Content-Length: 0'])
        .send('OPTIONS', { without: ['From'], repeated: false })
        .send('OPTIONS', { without: ['To'], repeated: false })
        .raw(['this is no SIP at all, call [call_id]'])
        .raw([
          'SIP/2.0 200 OK',
          via,
          'From: <sip:a@b>;tag=1',
          'To: <sip:c@d>;tag=2',
          'Call-ID: [call_id]',
          'CSeq: 1 OPTIONS',
          'Content-Length: 0',
        ])
        .send('OPTIONS')
        .response(200),
    );
    const { malformed, drops } = stack.counters;
    expect(malformed).toBe(4);
    expect(drops['stray-response']).toBe(1);
  });
});

describeWithPeers(['sipp'], 'SIPp answers what nobody can use', () => {
  test('responses with a wrong branch, two Vias, or nothing of use are dropped; the right one counts', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('odd-callee', 'uas')
        .request('OPTIONS')
        .raw([
          'SIP/2.0 200 OK',
          '[last_From:]',
          '[last_To:];tag=1',
          '[last_Call-ID:]',
          '[last_CSeq:]',
          'Content-Length: 0',
        ])
        .answer('200 OK', { headers: ['Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKnobody'] })
        .answer('200 OK', { headers: ['CSeq: 1 INVITE'] })
        .raw([
          'SIP/2.0 200 OK',
          '[last_Via:]',
          'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKelse',
          '[last_From:]',
          '[last_To:];tag=1',
          '[last_Call-ID:]',
          '[last_CSeq:]',
          'Content-Length: 0',
        ])
        .answer('299 The Right One'),
    );
    const response = await stack.request({ method: 'OPTIONS', uri: uriOf(sipp), from: OFFHOOK });
    expect(response.status).toBe(299);
    await expectSuccess(sipp);
    const { drops } = stack.counters;
    expect([drops['malformed-response'], drops['misrouted-response'], drops['stray-response']]).toEqual([1, 1, 2]);
  });

  test('calls that are answered carelessly are calls all the same', async () => {
    const stack = await startStack();
    const answers: [name: string, part: (it: SippScenario) => void][] = [
      ['a 200 without Contact', (it) => it.answer('200 OK', { ...described, without: ['Contact'] })],
      ['a 180 without Contact', (it) => it.answer('180 Ringing', { without: ['Contact'] }).answer('200 OK', described)],
      ['a 200 without a tag (RFC 2543)', (it) => it.answer('200 OK', { ...described, tagged: false })],
      [
        'two Contacts',
        (it) => it.answer('200 OK', { ...described, headers: [`${CONTACT}, <sip:elsewhere@192.0.2.1>`] }),
      ],
      [
        'a reliable 180 with a number that is none',
        (it) => it.answer('180 Ringing', { headers: ['Require: 100rel', 'RSeq: x'] }).answer('200 OK', described),
      ],
      [
        'a session timer that is none',
        (it) => it.answer('200 OK', { ...described, headers: ['Require: timer', 'Session-Expires: soon'] }),
      ],
      ['lists that are none', (it) => it.answer('200 OK', { ...described, headers: ['Allow: ,,', 'Supported: ;;'] })],
    ];
    const done = await Promise.all(
      answers.map(async ([name, part]) => {
        const scenario = new SippScenario('careless', 'uas').request('INVITE').with(part).request('ACK').hungUp();
        const sipp = await callee(scenario);
        const session = call(stack, sipp);
        await established(session);
        await session.terminate();
        return [name, (await sipp.result).successful];
      }),
    );
    expect(done).toEqual(answers.map(([name]) => [name, 1]));
  });

  test('refusals whose header fields nobody can read are refusals all the same', async () => {
    const stack = await startStack();
    const refusals: [status: number, headers: string[]][] = [
      [401, ['WWW-Authenticate: Digest realm=', 'WWW-Authenticate: ,,']],
      [422, ['Min-SE: soon']],
      [486, ['Reason: ;;;', 'Retry-After: soon']],
      [503, ['Retry-After: soon']],
    ];
    const told = await Promise.all(
      refusals.map(async ([status, headers]) => {
        const sipp = await callee(
          new SippScenario(`careless-${status}`, 'uas')
            .request('INVITE')
            .answer(`${status} Refused`, { headers })
            .request('ACK'),
        );
        const end = await ended(call(stack, sipp, { credentials: { username: 'alice', password: 'secret' } }));
        await expectSuccess(sipp);
        return end.status;
      }),
    );
    expect(told).toEqual(refusals.map(([status]) => status));
  });

  test('a BYE with a Reason that nobody can read ends the call', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('careless-leaver', 'uas')
        .answerCall()
        .sendInside('BYE', { headers: ['Reason: ;;;', 'Warning: 399'] })
        .response(200),
    );
    const session = call(stack, sipp);
    expect(await ended(session)).toMatchObject({ by: 'remote' });
    await expectSuccess(sipp);
  });
});
