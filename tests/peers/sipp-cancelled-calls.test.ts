import type { InviteSession, SipStack } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import { answering, call, callee, ended, expectCaller, expectSuccess, startStack } from './support/sipp-stack';

const REASON = 'Reason: SIP;cause=200;text="Call completed elsewhere"';

/** Resolves when a message that begins like this goes out. */
const sent = (stack: SipStack, start: string) =>
  new Promise<void>((resolve) => {
    const off = stack.on('trace', ({ direction, data }) => {
      if (direction !== 'out' || !new TextDecoder().decode(data).startsWith(start)) return;
      off();
      resolve();
    });
  });

/** Calls that ring and are not answered. */
function ringing(stack: SipStack, status = 180): InviteSession[] {
  const sessions: InviteSession[] = [];
  stack.on('invite', (session) => {
    sessions.push(session);
    session.offerAnswer = new ScriptedMedia('offhook');
    void session.ring({ status });
  });
  return sessions;
}

describeWithPeers(['sipp'], 'SIPp and calls that are given up (RFC 3261 §9)', () => {
  test('we give up before SIPp has said anything: the CANCEL waits for its 180', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('slow-callee', 'uas')
        .request('INVITE', { as: 'invite' })
        // A CANCEL before the 180 would end the scenario as a failure.
        .pause(200)
        .answer('180 Ringing', { to: 'invite' })
        .cancelled('invite'),
    );
    const session = call(stack, sipp);
    const end = ended(session);
    await sent(stack, 'INVITE');
    await session.terminate();
    expect(await end).toMatchObject({ by: 'local' });
    await expectSuccess(sipp);
  });

  test('we give up while it rings: CANCEL with our Reason, 487, and the ACK of that', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('ringing-callee', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing')
        .cancelled('invite', { check: [REASON, 'CSeq: [0-9]+ CANCEL'] }),
    );
    const session = call(stack, sipp);
    const end = ended(session);
    await new Promise((resolve) => session.on('provisional', resolve));
    await session.terminate({ headers: [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']] });
    expect(await end).toMatchObject({ by: 'local', status: 487 });
    await expectSuccess(sipp);
  });

  test('our CANCEL crosses the 200 of the call: that is acknowledged, then ended', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('crossing-callee', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing')
        .request('CANCEL', { as: 'cancel' })
        .answer('200 OK', { to: 'invite', body: sippDescription })
        .request('ACK')
        .request('BYE', { as: 'bye' })
        .answer('481 Call/Transaction Does Not Exist', { to: 'cancel' })
        .reply('200 OK', { to: 'bye' }),
    );
    const session = call(stack, sipp);
    const end = ended(session);
    await new Promise((resolve) => session.on('provisional', resolve));
    void session.terminate();
    await expectSuccess(sipp);
    expect(await end).toMatchObject({ by: 'local' });
  });

  test('SIPp answers our CANCEL first, and then the call all the same (RFC 5407 §3.1.2)', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('contrary-callee', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing')
        .request('CANCEL')
        .answer('200 OK')
        .answer('200 OK', { to: 'invite', body: sippDescription })
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await new Promise((resolve) => session.on('provisional', resolve));
    void session.terminate();
    await expectSuccess(sipp);
    expect(session.state).toBe('terminated');
  });

  test.each([180, 183])('SIPp gives up while we ring (%d): 200 for its CANCEL, 487 for its INVITE', async (status) => {
    const stack = await startStack();
    const sessions = ringing(stack, status);
    await expectCaller(
      stack,
      new SippScenario('impatient-caller', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(status)
        .cancel({ headers: [REASON] })
        .response(200)
        .response(487)
        .acknowledgeRefusal(),
    );
    expect(sessions.map(({ state }) => state)).toEqual(['terminated']);
  });

  test('SIPp gives up before we ring: the same', async () => {
    const stack = await startStack();
    const ends: unknown[] = [];
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('offhook');
      session.on('ended', ({ by, reason }) => ends.push([by, reason]));
    });
    await expectCaller(
      stack,
      new SippScenario('hasty-caller', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(100)
        .cancel({ headers: [REASON] })
        .response(200, { check: ['CSeq: 1 CANCEL'] })
        .response(487, { check: ['CSeq: 1 INVITE'] })
        .acknowledgeRefusal(),
    );
    expect(ends).toEqual([['remote', 'Call completed elsewhere']]);
  });

  test('SIPp cancels a call that is answered: 200, and nothing happens; one that never was: 481', async () => {
    const stack = await startStack();
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('late-caller', 'uac')
        .send('CANCEL')
        .response(481)
        .call({ sequence: 2 })
        .cancel({ sequence: 2 })
        .response(200, { check: ['CSeq: 2 CANCEL'] })
        .hangUp(3),
    );
    expect(sessions).toHaveLength(1);
  });

  test('SIPp ends an early dialog by BYE (RFC 3261 §15): 200 for that, 487 for the INVITE', async () => {
    const stack = await startStack();
    ringing(stack);
    await expectCaller(
      stack,
      new SippScenario('early-bye', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(180)
        .sendInside('BYE', { sequence: 2 })
        .response(200, { check: ['CSeq: 2 BYE'] })
        .response(487, { check: ['CSeq: 1 INVITE'] })
        .acknowledgeRefusal(),
    );
  });

  test('SIPp has us ring for no longer than its INVITE is worth (Expires): 487', async () => {
    const stack = await startStack();
    ringing(stack);
    await expectCaller(
      stack,
      new SippScenario('expiring-caller', 'uac')
        .send('INVITE', { headers: ['Expires: 1'], body: sippDescription })
        .response(180)
        .response(487)
        .acknowledgeRefusal(),
    );
  });
});
