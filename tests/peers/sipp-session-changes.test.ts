import { SipError } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
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
} from './support/sipp-stack';

const described = { body: sippDescription };

/** A stack that answers calls, and then changes each by a re-INVITE. */
async function changing() {
  const stack = await startStack();
  const media = new ScriptedMedia('offhook');
  const changes: Promise<unknown>[] = [];
  stack.on('invite', (session) => {
    session.offerAnswer = media;
    session.on('established', () => changes.push(session.reinvite().catch((error: SipError) => error)));
    session.accept().catch(() => {});
  });
  return { stack, media, outcome: () => Promise.all(changes).then(([only]) => only as SipError | undefined) };
}

describeWithPeers(['sipp'], 'SIPp and re-INVITEs (RFC 3261 §14)', () => {
  test('SIPp changes the call, without an offer too, and then has the other end refuse a change: the call goes on', async () => {
    const stack = await startStack();
    const media = new ScriptedMedia('offhook');
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.on('reoffered', () => {
        if (media.log.length >= 3) media.refusal = new SipError('Not this.', { code: 'TEST', status: 488 });
      });
      session.accept().catch(() => {});
    });
    await expectCaller(
      stack,
      new SippScenario('changing-caller', 'uac')
        .call()
        .sendInside('INVITE', { sequence: 2, ...described })
        .response(200, { check: ['offhook answer 2'] })
        .sendInside('ACK', { sequence: 2 })
        .sendInside('INVITE', { sequence: 3 })
        .response(200, { check: ['offhook offer 3'] })
        .sendInside('ACK', { sequence: 3, ...described })
        .sendInside('INVITE', { sequence: 4, ...described })
        .response(488, { check: ['Warning: '] })
        .acknowledgeRefusal({ sequence: 4, inside: true })
        .sendInside('INVITE', { sequence: 5, body: ['text/plain', 'no description'] })
        .response(415, { check: ['Accept: application/sdp'] })
        .acknowledgeRefusal({ sequence: 5, inside: true })
        .hangUp(6),
    );
  });

  test('SIPp begins a second change before the first is answered: 500 with Retry-After (§14.2)', async () => {
    const stack = await startStack();
    const media = new ScriptedMedia('offhook');
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.on('established', () => {
        media.pause = new Promise((resolve) => {
          stack.on('trace', ({ direction, data }) => {
            if (direction === 'out' && new TextDecoder().decode(data).startsWith('SIP/2.0 500')) resolve();
          });
        });
      });
      session.accept().catch(() => {});
    });
    await expectCaller(
      stack,
      new SippScenario('hurried-caller', 'uac')
        .call()
        .sendInside('INVITE', { sequence: 2, repeated: false, ...described })
        .sendInside('INVITE', { sequence: 3, ...described })
        .response(500, { check: ['Retry-After: [0-9]', 'CSeq: 3 INVITE'] })
        .acknowledgeRefusal({ sequence: 3, inside: true })
        .response(200, { check: ['CSeq: 2 INVITE'] })
        .sendInside('ACK', { sequence: 2 })
        .hangUp(4),
    );
  });

  test('we change the call, with an offer and without', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('changed-callee', 'uas')
        .answerCall()
        .request('INVITE', { check: ['offhook offer 2', 'Contact: <sip:offhook@'] })
        .reply('200 OK', described)
        .request('ACK')
        .request('INVITE', { never: ['Content-Type'] })
        .reply('200 OK', described)
        .request('ACK', { check: ['offhook answer 3'] })
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.reinvite();
    await session.reinvite({ delayedOffer: true });
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp refuses our change: the session is as it was before', async () => {
    const { stack, media, outcome } = await changing();
    await expectCaller(
      stack,
      new SippScenario('unyielding-caller', 'uac')
        .call()
        .request('INVITE')
        .reply('488 Not Acceptable Here')
        .request('ACK')
        .hangUp(),
    );
    expect(await outcome()).toMatchObject({ status: 488 });
    expect(media.log.slice(-2)).toEqual(['offhook offer 2', 'rollback']);
  });

  test.each([
    ['481 Call/Transaction Does Not Exist', 481],
    ['408 Request Timeout', 408],
  ])('SIPp has lost the call: our change is answered %s, and it is over (§12.2.1.2)', async (line, status) => {
    const { stack, outcome } = await changing();
    const over = new Promise<unknown>((resolve) => stack.on('session', (session) => session.on('ended', resolve)));
    const scenario = new SippScenario(`forgetful-caller-${status}`, 'uac')
      .call()
      .request('INVITE')
      .reply(line)
      .request('ACK');
    // Who answers 408 may still have the call: it is told by BYE.
    if (status === 408) scenario.hungUp();
    await expectCaller(stack, scenario);
    expect(await over).toMatchObject({ by: 'remote', status });
    expect(await outcome()).toMatchObject({ status });
  });

  test('glare: both begin a change at once, both are told 491, and ours is tried again (§14.1)', async () => {
    const { stack, outcome } = await changing();
    await expectCaller(
      stack,
      new SippScenario('glaring-caller', 'uac')
        .call()
        .request('INVITE', { as: 'theirs' })
        .sendInside('INVITE', { sequence: 2, ...described })
        .response(491)
        .acknowledgeRefusal({ sequence: 2, inside: true })
        .reply('491 Request Pending', { to: 'theirs' })
        .request('ACK')
        // Who did not begin the call tries again within two seconds.
        .request('INVITE')
        .reply('200 OK', described)
        .request('ACK')
        .hangUp(3),
    );
    expect(await outcome()).toBeUndefined();
  });

  test('glare in a call of ours: we wait 2.1 to 4 s, so that SIPp is through by then', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('glaring-callee', 'uas')
        .answerCall()
        .request('INVITE')
        .reply('491 Request Pending')
        .request('ACK')
        .sendInside('INVITE', { sequence: 1, ...described })
        .response(200)
        .sendInside('ACK', { sequence: 1 })
        .request('INVITE')
        .reply('200 OK', described)
        .request('ACK')
        .hungUp(),
    );
    const media = new ScriptedMedia('offhook');
    const session = call(stack, sipp, { offerAnswer: media });
    await established(session);
    await session.reinvite();
    await session.terminate();
    await expectSuccess(sipp);
    expect(media.log).toEqual([
      'offhook offer 1',
      expect.stringMatching(/^accepted/),
      'offhook offer 2',
      'rollback',
      expect.stringMatching(/^offhook answer 3/),
      'offhook offer 4',
      expect.stringMatching(/^accepted/),
    ]);
  });

  test('SIPp is not ready for our change: 500 with Retry-After, and it is tried again then', async () => {
    const { stack, outcome } = await changing();
    await expectCaller(
      stack,
      new SippScenario('busy-caller', 'uac')
        .call()
        .request('INVITE')
        .reply('500 Server Internal Error', { headers: ['Retry-After: 1'] })
        .request('ACK')
        .request('INVITE')
        .reply('200 OK', described)
        .request('ACK')
        .hangUp(),
    );
    expect(await outcome()).toBeUndefined();
  });

  test('SIPp hangs up while our change is under way: 487 is nobody’s business any more', async () => {
    const { stack, outcome } = await changing();
    await expectCaller(
      stack,
      new SippScenario('leaving-caller', 'uac')
        .call()
        .request('INVITE', { as: 'theirs' })
        .hangUp(2)
        .reply('487 Request Terminated', { to: 'theirs' })
        .request('ACK'),
    );
    expect(await outcome()).toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('each side changes its Contact by a re-INVITE: later requests go there (§12.2.1.2)', async () => {
    const stack = await startStack();
    const elsewhere = await callee(new SippScenario('elsewhere', 'uas').request('BYE').reply('200 OK'));
    const sessions = answering(stack);
    const moving = await caller(
      stack,
      new SippScenario('moving-caller', 'uac')
        .call()
        .sendInside('INVITE', {
          sequence: 2,
          headers: [`Contact: <sip:moved@127.0.0.1:${elsewhere.port}>`],
          ...described,
        })
        .response(200)
        .sendInside('ACK', { sequence: 2 }),
    );
    await new Promise((resolve) => stack.on('invite', (session) => session.on('reoffered', resolve)));
    await sessions[0]!.terminate();
    await expectSuccess(moving, elsewhere);
  });
});

describeWithPeers(['sipp'], 'SIPp and UPDATE (RFC 3311)', () => {
  test('SIPp changes the call by UPDATE, with an offer and without', async () => {
    const stack = await startStack();
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('updating-caller', 'uac')
        .call({}, { check: ['Allow: .*UPDATE'] })
        .sendInside('UPDATE', { sequence: 2, ...described })
        .response(200, { check: ['offhook answer 2', 'Contact: <sip:offhook@'] })
        .sendInside('UPDATE', { sequence: 3 })
        .response(200, { never: ['Content-Type'] })
        .hangUp(4),
    );
  });

  test('we change a call by UPDATE; SIPp answers, asks us to wait (491), and refuses', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('updated-callee', 'uas')
        .answerCall()
        .request('UPDATE', { check: ['offhook offer 2', 'Contact: <sip:offhook@'] })
        .reply('200 OK', described)
        .request('UPDATE', { never: ['Content-Type'] })
        .reply('200 OK')
        .request('UPDATE')
        .reply('500 Server Internal Error', { headers: ['Retry-After: 0'] })
        .request('UPDATE')
        .reply('200 OK', described)
        .request('UPDATE')
        .reply('488 Not Acceptable Here')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.update();
    await session.update({ offer: false });
    await session.update();
    await expect(session.update()).rejects.toMatchObject({ status: 488 });
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('our UPDATE crosses an offer of SIPp: both are told 491', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('crossing-callee', 'uas')
        .answerCall()
        .request('UPDATE', { as: 'theirs' })
        .sendInside('UPDATE', { sequence: 1, ...described })
        .response(491)
        .reply('488 Not Acceptable Here', { to: 'theirs' })
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    await expect(session.update()).rejects.toMatchObject({ status: 488 });
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp has lost the call: our UPDATE is answered 481, and it is over', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('forgetful-callee', 'uas')
        .answerCall()
        .request('UPDATE')
        .reply('481 Call/Transaction Does Not Exist'),
    );
    const session = call(stack, sipp);
    const over = ended(session);
    await established(session);
    await expect(session.update()).rejects.toMatchObject({ status: 481 });
    expect(await over).toMatchObject({ by: 'remote', status: 481 });
    await expectSuccess(sipp);
  });
});
