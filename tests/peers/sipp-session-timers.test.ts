import type { SipStackOptions } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
  answering,
  call,
  callee,
  ended,
  established,
  expectCaller,
  expectSuccess,
  hastyClock,
  startStack,
} from './support/sipp-stack';

const described = { body: sippDescription };
const ALLOW = 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE';

/** So many times as fast the least interval of 90 s is over in three: refreshed after half of that, ended after two thirds. */
const HASTE = 30;

const hasty: Partial<SipStackOptions> = {
  clock: hastyClock(HASTE),
  timers: { T1: 500 * HASTE, T2: 4_000 * HASTE, T4: 5_000 * HASTE },
};

const offered = (interval: number, refresher?: 'uac' | 'uas') => [
  'Supported: timer',
  `Session-Expires: ${interval}${refresher ? `;refresher=${refresher}` : ''}`,
  ALLOW,
];
const granted = (interval: number, refresher: 'uac' | 'uas') => [
  'Require: timer',
  `Session-Expires: ${interval};refresher=${refresher}`,
  ALLOW,
];

describeWithPeers(['sipp'], 'SIPp and session timers (RFC 4028)', () => {
  test('SIPp asks for less than we take: 422 with Min-SE, and then for enough', async () => {
    const stack = await startStack();
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('short-caller', 'uac')
        .send('INVITE', { headers: offered(60), ...described })
        .response(422, { check: ['Min-SE: 90'] })
        .acknowledgeRefusal()
        .call(
          { sequence: 2, headers: [...offered(120), 'Min-SE: 90'] },
          { check: ['Session-Expires: 120;refresher=uac', 'Require: timer'] },
        )
        .hangUp(3),
    );
    expect(sessions[0]!.sessionTimer).toEqual({ interval: 120, refresher: 'remote' });
  });

  test('SIPp knows no timers: we grant one all the same, and see to it ourselves', async () => {
    const stack = await startStack();
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('plain-caller', 'uac').call({}, { never: ['Require: .*timer', 'Session-Expires'] }).hangUp(),
    );
    await expectCaller(
      stack,
      new SippScenario('proxied-caller', 'uac')
        // A proxy on the way has asked for it.
        .call({ headers: ['Session-Expires: 600', 'Min-SE: 300'] }, { check: ['Session-Expires: 600;refresher=uas'] })
        .hangUp(),
    );
    expect(sessions.map(({ sessionTimer }) => sessionTimer)).toEqual([
      undefined,
      { interval: 600, refresher: 'local' },
    ]);
  });

  test('SIPp does not know timers, where all calls must have one: 421', async () => {
    const stack = await startStack({ sessionTimer: { required: true } });
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('plain-caller', 'uac')
        .send('INVITE', described)
        .response(421, { check: ['Require: timer'] })
        .acknowledgeRefusal(),
    );
  });

  test('SIPp refreshes by re-INVITE and by UPDATE, then no more: we end the call a little before its time', async () => {
    const stack = await startStack(hasty);
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('refreshing-caller', 'uac')
        .call({ headers: offered(90, 'uac') }, { check: ['Session-Expires: 90;refresher=uac'] })
        .sendInside('INVITE', { sequence: 2, headers: offered(90, 'uac'), ...described })
        .response(200, { check: ['Session-Expires: 90;refresher=uac'] })
        .sendInside('ACK', { sequence: 2 })
        .sendInside('UPDATE', { sequence: 3, headers: offered(90, 'uac') })
        .response(200, { check: ['Session-Expires: 90;refresher=uac', 'CSeq: 3 UPDATE'] })
        .hungUp({ check: ['Reason: SIP.*cause=408'] }),
    );
    expect(sessions.map(({ state }) => state)).toEqual(['terminated']);
  });

  test('we are the ones to refresh a call of SIPp: by UPDATE without a description, twice', async () => {
    const stack = await startStack(hasty);
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('refreshed-caller', 'uac')
        .call({ headers: offered(90, 'uas') }, { check: ['Session-Expires: 90;refresher=uas'] })
        .request('UPDATE', { check: ['Session-Expires: 90;refresher=uac'], never: ['Content-Type'] })
        .reply('200 OK', { headers: granted(90, 'uac') })
        .request('UPDATE', { check: ['Session-Expires: 90;refresher=uac'] })
        .reply('200 OK', { headers: granted(90, 'uac') })
        .hangUp(),
    );
  });

  test('SIPp does not take UPDATE after all: we refresh by re-INVITE', async () => {
    const stack = await startStack(hasty);
    answering(stack);
    await expectCaller(
      stack,
      new SippScenario('update-less-caller', 'uac')
        .call({ headers: offered(90, 'uas') })
        .request('UPDATE')
        .reply('405 Method Not Allowed', { headers: ['Allow: INVITE, ACK, BYE'] })
        .request('INVITE', { check: ['Session-Expires: 90;refresher=uac'] })
        .reply('200 OK', { headers: granted(90, 'uac'), ...described })
        .request('ACK')
        .hangUp(),
    );
  });

  test('our call is too short for SIPp: 422, and it is placed again in the same Call-ID with its Min-SE', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('long-callee', 'uas')
        .request('INVITE', { check: ['Session-Expires: 1800', 'Supported: .*timer'] })
        .answer('422 Session Interval Too Small', { headers: ['Min-SE: 3600'] })
        .request('ACK')
        .request('INVITE', { check: ['Session-Expires: 3600', 'Min-SE: 3600'] })
        .answer('200 OK', { headers: granted(3600, 'uas'), repeated: true, ...described })
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    expect(session.sessionTimer).toEqual({ interval: 3600, refresher: 'remote' });
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp refreshes our call, and then no more: we end it', async () => {
    const stack = await startStack({ ...hasty, sessionTimer: { expires: 90 } });
    const sipp = await callee(
      new SippScenario('refreshing-callee', 'uas')
        .request('INVITE', { check: ['Session-Expires: 90'] })
        .answer('200 OK', { headers: granted(90, 'uas'), repeated: true, ...described })
        .request('ACK')
        .sendInside('UPDATE', { sequence: 1, headers: offered(90, 'uac') })
        .response(200, { check: ['Session-Expires: 90;refresher=uac'] })
        .hungUp({ check: ['Reason: SIP.*cause=408'] }),
    );
    const session = call(stack, sipp);
    const over = ended(session);
    await established(session);
    await expectSuccess(sipp);
    expect(await over).toMatchObject({ by: 'error', error: { code: 'ERR_SIP_SESSION_EXPIRED' } });
  });

  test('we refresh our call: SIPp wants longer (422), then it is over for SIPp (481)', async () => {
    const stack = await startStack({ ...hasty, sessionTimer: { expires: 90 } });
    const sipp = await callee(
      new SippScenario('refreshed-callee', 'uas')
        .request('INVITE')
        .answer('200 OK', { headers: granted(90, 'uac'), repeated: true, ...described })
        .request('ACK')
        .request('UPDATE', { check: ['Session-Expires: 90;refresher=uac'] })
        .reply('422 Session Interval Too Small', { headers: ['Min-SE: 100'] })
        .request('UPDATE', { check: ['Session-Expires: 100;refresher=uac', 'Min-SE: 100'] })
        .reply('200 OK', { headers: granted(100, 'uac') })
        .request('UPDATE')
        .reply('481 Call/Transaction Does Not Exist'),
    );
    const session = call(stack, sipp);
    const over = ended(session);
    await established(session);
    expect(await over).toMatchObject({ by: 'remote', status: 481 });
    await expectSuccess(sipp);
  });

  test('SIPp answers our call without a timer, and a call that wants none does not speak of it', async () => {
    const stack = await startStack();
    const [silent, plain] = await Promise.all([
      callee(new SippScenario('timerless-callee', 'uas').answerCall({ check: ['Session-Expires'] }).hungUp()),
      callee(
        new SippScenario('plain-callee', 'uas')
          .answerCall({ never: ['Session-Expires', 'Supported: .*timer'] })
          .hungUp(),
      ),
    ]);
    const sessions = [call(stack, silent!), call(stack, plain!, { sessionTimer: false })];
    for (const session of sessions) {
      await established(session);
      expect(session.sessionTimer).toBeUndefined();
      await session.terminate();
    }
    await expectSuccess(silent!, plain!);
  });
});
