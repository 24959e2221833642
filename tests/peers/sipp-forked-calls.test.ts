import { type NameAddr, parseUri } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import { call, callee, ended, established, expectCaller, expectSuccess, startStack, uriOf } from './support/sipp-stack';

describeWithPeers(['sipp'], 'SIPp as several phones behind a forking proxy (RFC 3261 §13.2.2)', () => {
  test('two ring, one of them answers: its dialog is the call', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('fork-rings', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing', { to: 'invite', fork: 'a' })
        .answer('183 Session Progress', { to: 'invite', fork: 'b', body: sippDescription })
        .answer('200 OK', { to: 'invite', fork: 'b', body: sippDescription })
        .request('ACK', { check: ['To: .*SIPpTag011b'] })
        .hungUp({ check: ['To: .*SIPpTag011b'] }),
    );
    const session = call(stack, sipp);
    const rung: [number, number][] = [];
    session.on('provisional', ({ status }) => rung.push([status, session.dialogs.length]));
    await established(session);
    expect(rung).toEqual([
      [180, 1],
      [183, 2],
    ]);
    expect(session.dialogs.map(({ remoteTag }) => remoteTag)).toEqual([expect.stringMatching(/b$/)]);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('both answer: the second is acknowledged too, and ended at once', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('fork-answers', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing', { to: 'invite', fork: 'a' })
        .answer('180 Ringing', { to: 'invite', fork: 'b' })
        .answer('200 OK', { to: 'invite', fork: 'a', body: sippDescription })
        .request('ACK', { check: ['To: .*SIPpTag011a'] })
        .answer('200 OK', { to: 'invite', fork: 'b', body: sippDescription })
        .request('ACK', { check: ['To: .*SIPpTag011b'] })
        .request('BYE', { check: ['To: .*SIPpTag011b'] })
        .reply('200 OK')
        // The first is repeated, as its ACK was lost on the way through the proxy: it is acknowledged again, no more.
        .answer('200 OK', { to: 'invite', fork: 'a', body: sippDescription })
        .request('ACK', { check: ['To: .*SIPpTag011a'] })
        .hungUp({ check: ['To: .*SIPpTag011a'] }),
    );
    const session = call(stack, sipp);
    await established(session);
    await new Promise<void>((resolve) => {
      let acknowledged = 0;
      stack.on('trace', ({ direction, data }) => {
        if (direction === 'out' && new TextDecoder().decode(data).startsWith('ACK') && ++acknowledged === 2) resolve();
      });
    });
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('one has refused, as the proxy tells us by 199 (RFC 6228): its early dialog is gone, the other goes on', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('fork-199', 'uas')
        .request('INVITE', { as: 'invite', check: ['Supported: .*199'] })
        .answer('180 Ringing', { to: 'invite', fork: 'a' })
        .answer('180 Ringing', { to: 'invite', fork: 'b' })
        .answer('199 Early Dialog Terminated', { to: 'invite', fork: 'a' })
        .answer('200 OK', { to: 'invite', fork: 'b', body: sippDescription })
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    const early: number[] = [];
    session.on('provisional', () => early.push(session.dialogs.length));
    await established(session);
    expect(early).toEqual([1, 2, 1]);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('all refuse: the best response is what counts, though two have rung', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('fork-refuses', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing', { to: 'invite', fork: 'a' })
        .answer('180 Ringing', { to: 'invite', fork: 'b' })
        .answer('486 Busy Here', { to: 'invite', fork: 'a' })
        .request('ACK', { check: ['To: .*SIPpTag011a'] }),
    );
    const session = call(stack, sipp);
    expect(await ended(session)).toMatchObject({ by: 'remote', status: 486 });
    expect(session.dialogs).toEqual([]);
    await expectSuccess(sipp);
  });
});

describeWithPeers(['sipp'], 'SIPp and what comes before an answer', () => {
  test('early media: 183 with a description, and a 200 that has none any more', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('early-media', 'uas')
        .request('INVITE')
        .answer('183 Session Progress', { body: sippDescription })
        .answer('180 Ringing')
        .answer('200 OK')
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    const statuses: number[] = [];
    session.on('provisional', ({ status }) => statuses.push(status));
    await established(session);
    expect(statuses).toEqual([183, 180]);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('a 200 without any description at all: the call is ended', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('no-answer', 'uas').request('INVITE').answer('200 OK').request('ACK').hungUp(),
    );
    const session = call(stack, sipp);
    expect(await ended(session)).toMatchObject({ by: 'error', error: { code: 'ERR_SIP_NO_ANSWER' } });
    await expectSuccess(sipp);
  });

  test('we give early media before we answer: 183 with our answer, and 200 with the same', async () => {
    const stack = await startStack();
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('offhook');
      void session.ring({ earlyMedia: true }).then(() => session.accept());
    });
    await expectCaller(
      stack,
      new SippScenario('listening-caller', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(183, { check: ['offhook answer 1'] })
        .response(200, { check: ['offhook answer 1'] })
        .sendInside('ACK')
        .hangUp(),
    );
  });

  test('SIPp sends us elsewhere: 302 with its Contacts is told, and the next place is called', async () => {
    const stack = await startStack();
    const there = await callee(new SippScenario('there', 'uas').answerCall().hungUp());
    const sipp = await callee(
      new SippScenario('moved', 'uas')
        .request('INVITE')
        .answer('302 Moved Temporarily', {
          headers: [`Contact: <${uriOf(there)}>;q=0.9, <sip:nobody@127.0.0.1>;q=0.1`],
        })
        .request('ACK'),
    );
    const end = await ended(call(stack, sipp));
    expect(end).toMatchObject({ by: 'remote', status: 302 });
    const places = (end.message!.contacts as NameAddr[]).map(({ uri, params }) => [uri.toString(), params.get('q')]);
    expect(places).toEqual([
      [uriOf(there), '0.9'],
      ['sip:nobody@127.0.0.1', '0.1'],
    ]);
    const session = call(stack, places[0]![0]!);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp, there);
  });

  test('we send SIPp elsewhere: 302 with the Contacts, the best first', async () => {
    const stack = await startStack();
    stack.on('invite', (session) =>
      session.redirect([parseUri('sip:carol@127.0.0.1:6000'), parseUri('tel:+15551234')]),
    );
    await expectCaller(
      stack,
      new SippScenario('redirected', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(302, { check: ['Contact: <sip:carol@127.0.0.1:6000>.*Contact: <tel:[+]15551234>'] })
        .acknowledgeRefusal(),
    );
  });
});
