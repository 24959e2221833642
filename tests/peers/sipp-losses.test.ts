import type { SipStack, SipStackOptions } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
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
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';
import { FaultyUdp } from './support/sipp-wire';

const timers = { T1: 60, T2: 480, T4: 500 };

async function startFaulty(options: Partial<SipStackOptions> = {}): Promise<{ stack: SipStack; wire: FaultyUdp }> {
  const wire = new FaultyUdp();
  const stack = await startStack({ transports: [wire], timers, ...options });
  return { stack, wire };
}

const callee200 = () => new SippScenario('callee', 'uas').answerCall().hungUp();

/** Our call to SIPp, from beginning to end. */
async function ourCall(stack: SipStack, scenario = callee200()): Promise<void> {
  const sipp = await callee(scenario);
  const session = call(stack, sipp);
  await established(session);
  await session.terminate();
  await expectSuccess(sipp);
}

describeWithPeers(['sipp'], 'SIPp over a network that loses (RFC 3261 §17)', () => {
  test.each([
    ['our INVITE', /^out INVITE/],
    ['the 200 of SIPp', /^in SIP\/2\.0 200 .*CSeq: \d+ INVITE/s],
    ['our BYE', /^out BYE/],
    ['the 200 to our BYE', /^in SIP\/2\.0 200 .*CSeq: \d+ BYE/s],
  ])('%s is lost: it is sent again, and the call does not notice', async (_what, message) => {
    const { stack, wire } = await startFaulty();
    wire.lose(message, 1);
    const sipp = await callee(
      // What is repeated after the last step finds nobody: SIPp stays a little longer.
      new SippScenario('callee', 'uas').answerCall().hungUp().pause(300),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
    expect(wire.lost).toHaveLength(1);
  });

  test('our ACK is lost: SIPp repeats its 200, and we our ACK', async () => {
    const { stack, wire } = await startFaulty();
    wire.lose(/^out ACK/, 1);
    const sipp = await callee(new SippScenario('callee', 'uas').answerCall().hangUp(1));
    const session = call(stack, sipp);
    const end = ended(session);
    await expectSuccess(sipp);
    expect(await end).toMatchObject({ by: 'remote' });
    expect(wire.lost).toHaveLength(1);
  });

  test.each([
    ['the INVITE of SIPp', /^in INVITE/],
    ['our 200', /^out SIP\/2\.0 200 .*CSeq: \d+ INVITE/s],
    ['the ACK of SIPp', /^in ACK/],
    ['the BYE of SIPp', /^in BYE/],
    ['our 200 to its BYE', /^out SIP\/2\.0 200 .*CSeq: \d+ BYE/s],
  ])('%s is lost: the same', async (_what, message) => {
    const { stack, wire } = await startFaulty();
    wire.lose(message, 1);
    const sessions = answering(stack);
    await expectCaller(stack, new SippScenario('caller', 'uac').call().pause(200).hangUp());
    expect(wire.lost).toHaveLength(1);
    // However often its INVITE came, it was one call.
    expect(sessions.map(({ state }) => state)).toEqual(['terminated']);
  });

  test.each([
    ['our CANCEL', /^out CANCEL/],
    ['the 200 to it', /^in SIP\/2\.0 200 .*CSeq: \d+ CANCEL/s],
    ['the 487', /^in SIP\/2\.0 487/],
    ['our ACK of the 487', /^out ACK/],
  ])('a call is given up and %s is lost', async (_what, message) => {
    const { stack, wire } = await startFaulty();
    wire.lose(message, 1);
    const sipp = await callee(
      new SippScenario('ringing', 'uas').request('INVITE', { as: 'invite' }).answer('180 Ringing').cancelled('invite'),
    );
    const session = call(stack, sipp);
    const end = ended(session);
    await new Promise((resolve) => session.on('provisional', resolve));
    await session.terminate();
    expect(await end).toMatchObject({ by: 'local', status: 487 });
    await expectSuccess(sipp);
    expect(wire.lost).toHaveLength(1);
  });

  test.each([
    ['our 486', /^out SIP\/2\.0 486/],
    ['its ACK', /^in ACK/],
  ])('we refuse and %s is lost: the 486 is repeated', async (_what, message) => {
    const { stack, wire } = await startFaulty();
    wire.lose(message, 1);
    let invites = 0;
    stack.on('invite', (session) => {
      invites++;
      session.reject(486);
    });
    await expectCaller(
      stack,
      new SippScenario('refused', 'uac')
        .send('INVITE', { body: sippDescription })
        .response(486)
        .acknowledgeRefusal()
        .pause(300),
    );
    expect([wire.lost.length, invites]).toEqual([1, 1]);
  });

  test.each([
    ['our request', /^out MESSAGE/],
    ['the response of SIPp', /^in SIP/],
  ])('a MESSAGE and %s lost twice', async (_what, message) => {
    const { stack, wire } = await startFaulty();
    wire.lose(message, 2);
    const sipp = await callee(new SippScenario('reader', 'uas').request('MESSAGE').answer('200 OK').pause(400));
    expect((await stack.message({ uri: uriOf(sipp), from: OFFHOOK, content: 'Hello?' })).status).toBe(200);
    await expectSuccess(sipp);
    expect(wire.lost).toHaveLength(2);
    expect(stack.counters.retransmitted).toBeGreaterThanOrEqual(2);
  });

  test('our response to its MESSAGE is lost: what comes again is answered from memory, and read once', async () => {
    const { stack, wire } = await startFaulty();
    wire.lose(/^out SIP/, 1);
    let read = 0;
    stack.on('request', (transaction) => {
      read++;
      transaction.reply(200);
    });
    await expectCaller(
      stack,
      new SippScenario('writer', 'uac').send('MESSAGE', { body: ['text/plain', 'Once.'] }).response(200),
    );
    expect([read, stack.counters.requestsAbsorbed]).toEqual([1, 1]);
  });

  test('everything comes twice, in both directions: calls, refusals and messages are none the more', async () => {
    const { stack, wire } = await startFaulty();
    wire.copies = 2;
    const seen: string[] = [];
    stack.on('request', (transaction) => {
      seen.push(transaction.request.method);
      transaction.reply(200);
    });
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('doubled-caller', 'uac')
        .send('MESSAGE', { body: ['text/plain', 'Once.'] })
        .response(200)
        .call({ sequence: 2 })
        .sendInside('INVITE', { sequence: 3, body: sippDescription })
        .response(200)
        .sendInside('ACK', { sequence: 3 })
        .hangUp(4),
    );
    expect(seen).toEqual(['MESSAGE']);
    expect(sessions).toHaveLength(1);
    expect(stack.counters.requestsAbsorbed).toBeGreaterThan(2);
    await ourCall(stack);
  });

  test('the ACK of SIPp never comes: our 200 is repeated for 64*T1, then the call is ended by BYE (§13.3.1.4)', async () => {
    const { stack, wire } = await startFaulty({ timers: { T1: 15, T2: 120, T4: 150 } });
    wire.lose(/^in ACK/);
    const media = new ScriptedMedia('offhook');
    const failures: unknown[] = [];
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.accept().catch((error) => failures.push(error));
    });
    await expectCaller(stack, new SippScenario('caller', 'uac').call().hungUp());
    expect(failures).toEqual([expect.objectContaining({ code: 'ERR_SIP_NO_ACK' })]);
    expect(wire.lost.length).toBeGreaterThan(2);
  });

  test('the ACK of SIPp is overtaken by its re-INVITE: that shows well enough that our 200 has come (RFC 5407 §3.1.4)', async () => {
    const { stack, wire } = await startFaulty({ timers: { T1: 5_000, T2: 10_000, T4: 10_000 } });
    wire.lose(/^in ACK/, 1);
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('overtaking-caller', 'uac')
        .call()
        .sendInside('INVITE', { sequence: 2, body: sippDescription })
        .response(200, { check: ['CSeq: 2 INVITE'] })
        .sendInside('ACK', { sequence: 2 })
        .hangUp(3),
    );
    expect([sessions.length, wire.lost.length]).toEqual([1, 1]);
  });

  test('both hang up at once: each BYE is answered (RFC 5407 §3.3.2)', async () => {
    const { stack } = await startFaulty();
    const sipp = await callee(
      new SippScenario('leaves-too', 'uas')
        .answerCall()
        .request('BYE', { as: 'theirs' })
        .sendInside('BYE', { sequence: 1 })
        .response(200)
        .reply('200 OK', { to: 'theirs' }),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp never hears us after its 180: our BYE for a call whose ACK is lost for good', async () => {
    const { stack, wire } = await startFaulty({ timers: { T1: 15, T2: 120, T4: 150 } });
    wire.lose(/^out (ACK|BYE)/);
    const sipp = await callee(
      new SippScenario('unheard', 'uas').request('INVITE').answer('200 OK', { body: sippDescription, repeated: true }),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    expect(stack.load.sessions).toBe(0);
    expect(wire.lost.filter((each) => each.startsWith('out BYE')).length).toBeGreaterThan(3);
  });

  test('SIPp rings and falls silent: nobody waits for ever, and the call can be given up', async () => {
    const { stack, wire } = await startFaulty({ timers: { T1: 15, T2: 120, T4: 150 } });
    const sipp = await callee(new SippScenario('silent', 'uas').request('INVITE').answer('180 Ringing'));
    const session = call(stack, sipp);
    const end = ended(session);
    await new Promise((resolve) => session.on('provisional', resolve));
    wire.lose(/^in /);
    // §9.1: 64*T1 after the CANCEL the call is taken for cancelled.
    await session.terminate();
    expect(await end).toMatchObject({ by: 'local' });
    await expectSuccess(sipp);
  });

  test('a 2xx comes late, long after we gave up before any answer: it is acknowledged and ended', async () => {
    const { stack, wire } = await startFaulty();
    // Our CANCEL is never heard: SIPp answers the call.
    wire.lose(/^out CANCEL/);
    const sipp = await callee(
      new SippScenario('late', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing')
        .pause(300)
        .answer('200 OK', { to: 'invite', body: sippDescription, repeated: true })
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await new Promise((resolve) => session.on('provisional', resolve));
    void session.terminate();
    await expectSuccess(sipp);
    expect(session.state).toBe('terminated');
  });

  test('the NOTIFY of a subscription and our 200 to it are lost', async () => {
    const { stack, wire } = await startFaulty();
    wire.lose(/^in NOTIFY/, 1).lose(/^out SIP\/2\.0 200/, 1);
    const sipp = await callee(
      new SippScenario('notifier', 'uas')
        .request('SUBSCRIBE')
        .answer('200 OK', { headers: ['Expires: 600'] })
        .sendInside('NOTIFY', { headers: ['Event: presence', 'Subscription-State: active;expires=600'] })
        .response(200),
    );
    const subscription = stack.subscribe({ uri: uriOf(sipp), from: OFFHOOK, event: 'presence' });
    let notified = 0;
    subscription.on('notify', () => notified++);
    await subscription.established;
    await expectSuccess(sipp);
    expect([notified, wire.lost.length]).toEqual([1, 2]);
  });
});
