import { type IncomingReferral, ReferServer, type SipStack } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
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

/** A NOTIFY about a referral (RFC 3515 §2.4.5). */
const report = (status: string, state: string, sequence: number) => ({
  sequence,
  headers: ['Event: refer', `Subscription-State: ${state}`],
  body: ['message/sipfrag;version=2.0', `SIP/2.0 ${status}`] as const,
});

/** A stack that takes REFERs, and calls whom it is referred to. */
async function startFollower(): Promise<{ stack: SipStack; referrals: IncomingReferral[] }> {
  const stack = await startStack();
  stack.use(new ReferServer());
  const referrals: IncomingReferral[] = [];
  stack.on('refer', (referral) => {
    referrals.push(referral);
    referral.follow({ from: OFFHOOK, offerAnswer: new ScriptedMedia('second call') });
  });
  return { stack, referrals };
}

describeWithPeers(['sipp'], 'SIPp and transfers (RFC 3515)', () => {
  test('SIPp refers us in a call: it hears each step, and hangs up when we have got through', async () => {
    const { stack, referrals } = await startFollower();
    answering(stack);
    const target = await callee(
      new SippScenario('transfer-target', 'uas')
        .request('INVITE', { check: ['Referred-By: <sip:sipp@127.0.0.1>'] })
        .answer('180 Ringing')
        .answer('200 OK', { body: sippDescription })
        .request('ACK')
        .hungUp(),
    );
    await expectCaller(
      stack,
      new SippScenario('transferor', 'uac')
        .call()
        .sendInside('REFER', {
          sequence: 2,
          headers: [`Refer-To: <${uriOf(target)}>`, 'Referred-By: <sip:sipp@127.0.0.1>'],
        })
        .response(202)
        .request('NOTIFY', { check: ['Event: refer', 'Subscription-State: active;expires=', 'SIP/2.0 100 Trying'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['Subscription-State: active', 'SIP/2.0 180 Ringing'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['Subscription-State: terminated;reason=noresource', 'SIP/2.0 200 OK'] })
        .reply('200 OK')
        .hangUp(3),
    );
    expect(referrals).toHaveLength(1);
    await stack.close();
    await expectSuccess(target);
  });

  test('SIPp refers us to who refuses: it hears that', async () => {
    const { stack } = await startFollower();
    answering(stack);
    const target = await callee(
      new SippScenario('busy-target', 'uas').request('INVITE').answer('486 Busy Here').request('ACK'),
    );
    await expectCaller(
      stack,
      new SippScenario('transferor', 'uac')
        .call()
        .sendInside('REFER', { sequence: 2, headers: [`Refer-To: <${uriOf(target)}>`] })
        .response(202)
        .request('NOTIFY', { check: ['SIP/2.0 100 Trying'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['Subscription-State: terminated', 'SIP/2.0 486 Busy Here'] })
        .reply('200 OK')
        .hangUp(3),
    );
    await expectSuccess(target);
  });

  test('SIPp refers us and hangs up at once: it hears how it goes in the dialog of the call that is over', async () => {
    const { stack } = await startFollower();
    answering(stack);
    const target = await callee(
      new SippScenario('slow-target', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing')
        .pause(150)
        .answer('200 OK', { to: 'invite', body: sippDescription })
        .request('ACK')
        .hungUp(),
    );
    await expectCaller(
      stack,
      new SippScenario('leaving-transferor', 'uac')
        .call()
        .sendInside('REFER', { sequence: 2, headers: [`Refer-To: <${uriOf(target)}>`] })
        .response(202)
        .request('NOTIFY', { check: ['100 Trying'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['180 Ringing'] })
        .reply('200 OK')
        .hangUp(3)
        .request('NOTIFY', { check: ['Subscription-State: terminated', 'SIP/2.0 200 OK'] })
        .reply('200 OK'),
    );
    await stack.close();
    await expectSuccess(target);
  });

  test('we refer SIPp and hang up at once: its NOTIFYs still find us', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('abandoned-transferee', 'uas')
        .answerCall()
        .request('REFER')
        .reply('202 Accepted')
        .hungUp()
        .sendInside('NOTIFY', report('100 Trying', 'active;expires=60', 1))
        .response(200)
        .sendInside('NOTIFY', report('200 OK', 'terminated;reason=noresource', 2))
        .response(200),
    );
    const session = call(stack, sipp);
    await established(session);
    const referral = session.refer('sip:carol@example.com');
    await referral.accepted;
    await session.terminate();
    expect(await referral.done).toMatchObject({ outcome: 'succeeded' });
    await expectSuccess(sipp);
  });

  test('SIPp refers us outside any call: the subscription has a dialog of its own', async () => {
    const { stack } = await startFollower();
    const target = await callee(new SippScenario('transfer-target', 'uas').answerCall().hungUp());
    await expectCaller(
      stack,
      new SippScenario('click-to-dial', 'uac')
        .send('REFER', { headers: [`Refer-To: <${uriOf(target)}>`] })
        .response(202, { check: ['Contact: <sip:offhook@'] })
        .request('NOTIFY', { check: ['SIP/2.0 100 Trying'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['Subscription-State: terminated', 'SIP/2.0 200 OK'] })
        .reply('200 OK'),
    );
    await stack.close();
    await expectSuccess(target);
  });

  test('SIPp wants no reports (RFC 4488): there is no subscription', async () => {
    const { stack } = await startFollower();
    answering(stack);
    const target = await callee(new SippScenario('transfer-target', 'uas').answerCall().hungUp());
    await expectCaller(
      stack,
      new SippScenario('silent-transferor', 'uac')
        .call()
        .sendInside('REFER', {
          sequence: 2,
          headers: [`Refer-To: <${uriOf(target)}>`, 'Refer-Sub: false', 'Supported: norefersub'],
        })
        .response(202, { check: ['Refer-Sub: false'] })
        // A NOTIFY would end the scenario as a failure.
        .pause(300)
        .hangUp(3),
    );
    await stack.close();
    await expectSuccess(target);
  });

  test('SIPp refers us again while we are at it: the second subscription has an id', async () => {
    const { stack } = await startFollower();
    answering(stack);
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) =>
        callee(
          new SippScenario(`${name}-target`, 'uas')
            .request('INVITE', { as: 'invite' })
            .answer('180 Ringing')
            .cancelled('invite'),
        ),
      ),
    );
    const quiet = (scenario: SippScenario) => scenario.reply('200 OK');
    await expectCaller(
      stack,
      new SippScenario('impatient-transferor', 'uac')
        .call()
        .sendInside('REFER', { sequence: 2, headers: [`Refer-To: <${uriOf(first!)}>`] })
        .response(202)
        .request('NOTIFY', { check: ['100 Trying'], never: ['Event: refer;id'] })
        .with(quiet)
        .request('NOTIFY', { check: ['180 Ringing'], never: ['Event: refer;id'] })
        .with(quiet)
        .sendInside('REFER', { sequence: 3, headers: [`Refer-To: <${uriOf(second!)}>`] })
        .response(202)
        .request('NOTIFY', { check: ['Event: refer;id=3', '100 Trying'] })
        .with(quiet)
        .request('NOTIFY', { check: ['Event: refer;id=3', '180 Ringing'] })
        .with(quiet)
        .hangUp(4),
    );
    const closed = stack.close();
    await expectSuccess(first!, second!);
    await closed;
  });

  test('a REFER is refused: 603 when nobody wants it, 400 with two targets or none, 405 where none is taken', async () => {
    const stack = await startStack();
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('unwelcome-transferor', 'uac')
        .call()
        .sendInside('REFER', { sequence: 2, headers: ['Refer-To: <sip:bob@127.0.0.1>'] })
        .response(405, { never: ['Allow: .*REFER'] })
        .hangUp(3),
    );
    stack.use(new ReferServer());
    await expectCaller(
      stack,
      new SippScenario('refused-transferor', 'uac')
        .call({}, { check: ['Allow: .*REFER'] })
        .sendInside('REFER', { sequence: 2, headers: ['Refer-To: <sip:bob@127.0.0.1>'] })
        .response(603)
        .sendInside('REFER', { sequence: 3 })
        .response(400)
        .sendInside('REFER', {
          sequence: 4,
          headers: ['Refer-To: <sip:bob@127.0.0.1>', 'Refer-To: <sip:carol@127.0.0.1>'],
        })
        .response(400)
        .hangUp(5),
    );
  });

  test('we refer SIPp: its NOTIFYs tell how it goes', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('transferee', 'uas')
        .answerCall()
        .request('REFER', {
          check: [
            'Refer-To: <sip:carol@example.com>',
            'Referred-By: <sip:offhook@127.0.0.1>',
            'Contact: <sip:offhook@',
          ],
        })
        .reply('202 Accepted')
        .sendInside('NOTIFY', report('100 Trying', 'active;expires=60', 1))
        .response(200)
        .sendInside('NOTIFY', report('180 Ringing', 'active;expires=59', 2))
        .response(200)
        .sendInside('NOTIFY', report('200 OK', 'terminated;reason=noresource', 3))
        .response(200)
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    const referral = session.refer('sip:carol@example.com', { referredBy: OFFHOOK });
    const progress: number[] = [];
    referral.on('progress', (status) => progress.push(status));
    expect(await referral.done).toMatchObject({ outcome: 'succeeded', status: 200 });
    expect(progress).toEqual([100, 180, 200]);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('we refer SIPp, which tells of it before it accepts: a NOTIFY may overtake the 202 (RFC 6665 §4.4.1)', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('hasty-transferee', 'uas')
        .answerCall()
        .request('REFER', { as: 'refer' })
        .sendInside('NOTIFY', report('100 Trying', 'active;expires=60', 1))
        .response(200)
        .reply('202 Accepted', { to: 'refer' })
        .sendInside('NOTIFY', report('603 Decline', 'terminated;reason=noresource', 2))
        .response(200)
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    const referral = session.refer('sip:carol@example.com');
    expect(await referral.done).toMatchObject({ outcome: 'failed', status: 603, reason: 'Decline' });
    // A transfer that fails leaves the call as it was.
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('we refer SIPp without wanting reports; it agrees, or refuses', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('silent-transferee', 'uas')
        .answerCall()
        .request('REFER', { check: ['Refer-Sub: false', 'Supported: .*norefersub'] })
        .reply('200 OK', { headers: ['Refer-Sub: false'] })
        .request('REFER')
        .reply('603 Decline')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    expect(await session.refer('sip:carol@example.com', { referSub: false }).done).toMatchObject({
      outcome: 'unknown',
    });
    const refused = session.refer('sip:dave@example.com');
    await expect(refused.accepted).rejects.toMatchObject({ status: 603 });
    expect(await refused.done).toMatchObject({ outcome: 'refused', status: 603 });
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('we refer SIPp outside any call', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('click-to-dial', 'uas')
        .request('REFER', { check: ['Refer-To: <sip:carol@example.com>'] })
        .answer('202 Accepted')
        .sendInside('NOTIFY', report('100 Trying', 'active;expires=60', 1))
        .response(200)
        .sendInside('NOTIFY', report('200 OK', 'terminated;reason=noresource', 2))
        .response(200),
    );
    const referral = stack.refer({ uri: uriOf(sipp), from: OFFHOOK, target: 'sip:carol@example.com' });
    expect(await referral.done).toMatchObject({ outcome: 'succeeded' });
    await expectSuccess(sipp);
  });

  test('attended: SIPp is referred to the party of our second call, which the new call is to replace', async () => {
    const stack = await startStack();
    const second = await callee(new SippScenario('consulted', 'uas').answerCall().hungUp());
    const consultation = call(stack, second);
    await established(consultation);
    const { dialog } = consultation;
    const replaces = `Replaces=${encodeURIComponent(dialog!.callId).replaceAll('.', '\\.')}%3Bto-tag%3D.*%3Bfrom-tag%3D`;
    const first = await callee(
      new SippScenario('transferee', 'uas')
        .answerCall()
        .request('REFER', { check: [`Refer-To: <sip:sipp@127.0.0.1:${second.port}[^>]*[?]${replaces}[^>]*>`] })
        .reply('202 Accepted')
        .sendInside('NOTIFY', report('200 OK', 'terminated;reason=noresource', 1))
        .response(200)
        .hungUp(),
    );
    const session = call(stack, first);
    await established(session);
    expect(await session.refer(consultation).done).toMatchObject({ outcome: 'succeeded' });
    await Promise.all([session.terminate(), consultation.terminate()]);
    await expectSuccess(first, second);
  });

  test('attended: SIPp refers us to a call of its other half, and we call with Replaces (RFC 3891)', async () => {
    const { stack } = await startFollower();
    answering(stack);
    const target = await callee(
      new SippScenario('transfer-target', 'uas')
        .answerCall({ check: ['Replaces: 12345@example.com;to-tag=1;from-tag=2'] })
        .hangUp(1),
    );
    const header = encodeURIComponent('12345@example.com;to-tag=1;from-tag=2');
    await expectCaller(
      stack,
      new SippScenario('transferor', 'uac')
        .call()
        .sendInside('REFER', {
          sequence: 2,
          headers: [`Refer-To: <${uriOf(target)}?Replaces=${header}>`],
        })
        .response(202)
        .request('NOTIFY', { check: ['100 Trying'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['200 OK'] })
        .reply('200 OK')
        .hangUp(3),
    );
    await expectSuccess(target);
  });
});
