import type { SipStack } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import { call, callee, ended, established, expectCaller, expectSuccess, startStack } from './support/sipp-stack';

const described = { body: sippDescription };
const reliable = (rseq: number) => ['Require: 100rel', `RSeq: ${rseq}`];

/** Calls ring as this says, and are answered when `answered` resolves, or at once. */
function ringing(
  stack: SipStack,
  options: { earlyMedia?: boolean; reliable?: boolean; status?: number } = {},
  answer = true,
): ScriptedMedia {
  const media = new ScriptedMedia('offhook');
  stack.on('invite', (session) => {
    session.offerAnswer = media;
    session
      .ring(options)
      .then(() => (answer ? session.accept() : undefined))
      .catch(() => {});
  });
  return media;
}

/** Takes the RSeq of a response, for the RAck of its PRACK. */
const rseq = { keep: { rseq: 'RSeq: ([0-9]+)' } };
const prack = (sequence: number, invite = 1) => ({ sequence, headers: [`RAck: [$rseq] ${invite} INVITE`] });

describeWithPeers(['sipp'], 'SIPp and provisional responses that are acknowledged (RFC 3262)', () => {
  test('SIPp demands it: our 180 is acknowledged by PRACK, and the call answered after that', async () => {
    const stack = await startStack();
    ringing(stack);
    await expectCaller(
      stack,
      new SippScenario('demanding-caller', 'uac')
        .send('INVITE', { headers: ['Require: 100rel'], ...described })
        .response(180, { check: ['Require: 100rel'], ...rseq })
        // The call is answered while the 180 waits for its PRACK: there is no description in it that would have to come first.
        .response(200, { check: ['CSeq: 1 INVITE', 'offhook answer 1'] })
        .sendInside('PRACK', prack(2))
        .response(200, { check: ['CSeq: 2 PRACK'] })
        .sendInside('ACK')
        .hangUp(3),
    );
  });

  test('early media: our answer goes reliably in the 183 and is not said again in the 200; SIPp offers once more in its PRACK', async () => {
    const stack = await startStack();
    ringing(stack, { earlyMedia: true });
    await expectCaller(
      stack,
      new SippScenario('listening-caller', 'uac')
        .send('INVITE', { headers: ['Supported: 100rel'], ...described })
        .response(183, { check: ['offhook answer 1', 'Require: 100rel'], ...rseq })
        .sendInside('PRACK', { ...prack(2), ...described })
        .response(200, { check: ['offhook answer 2', 'CSeq: 2 PRACK'] })
        .response(200, { check: ['CSeq: 1 INVITE'], never: ['Content-Type'] })
        .sendInside('ACK')
        .hangUp(3),
    );
  });

  test('without an offer from SIPp we offer in the 183, and find the answer in its PRACK', async () => {
    const stack = await startStack();
    const media = ringing(stack, { earlyMedia: true });
    await expectCaller(
      stack,
      new SippScenario('offerless-caller', 'uac')
        .send('INVITE', { headers: ['Supported: 100rel'] })
        .response(183, { check: ['offhook offer 1'], ...rseq })
        .sendInside('PRACK', { ...prack(2), ...described })
        .response(200, { check: ['CSeq: 2 PRACK'], never: ['Content-Type'] })
        .response(200, { check: ['CSeq: 1 INVITE'], never: ['Content-Type'] })
        .sendInside('ACK')
        .hangUp(3),
    );
    expect(media.log).toEqual(['offhook offer 1', expect.stringMatching(/^accepted v=0/)]);
  });

  test('no PRACK comes: our 180 is repeated; a PRACK that fits none is answered 481, one without RAck 481', async () => {
    const stack = await startStack({ timers: { T1: 100 } });
    ringing(stack, { reliable: true }, false);
    await expectCaller(
      stack,
      new SippScenario('forgetful-caller', 'uac')
        .send('INVITE', { headers: ['Supported: 100rel'], ...described })
        .response(180, rseq)
        .sendInside('PRACK', { sequence: 2, headers: ['RAck: 1 77 INVITE'] })
        .response(481, { check: ['CSeq: 2 PRACK'] })
        .sendInside('PRACK', { sequence: 3 })
        .response(481, { check: ['CSeq: 3 PRACK'] })
        .sendInside('PRACK', prack(4))
        .response(200, { check: ['CSeq: 4 PRACK'] })
        .cancel()
        .response(200, { check: ['CSeq: 1 CANCEL'] })
        .response(487)
        .acknowledgeRefusal(),
      // The 180s that come meanwhile are no business of the scenario.
      { args: ['-default_behaviors', 'none'] },
    );
  });

  test('no PRACK comes at all: the INVITE is refused (§3)', async () => {
    const stack = await startStack({ timers: { T1: 10 } });
    const ends: unknown[] = [];
    stack.on('invite', (session) => session.on('ended', ({ by, status }) => ends.push([by, status])));
    ringing(stack, { reliable: true }, false);
    await expectCaller(
      stack,
      new SippScenario('deaf-caller', 'uac')
        .send('INVITE', { headers: ['Supported: 100rel'], ...described })
        .response(180)
        .response(504)
        .acknowledgeRefusal(),
    );
    expect(ends).toEqual([['error', 504]]);
  });

  test('SIPp demands it from one who never does, or cannot where all must: 420, 421', async () => {
    const never = await startStack({ reliableProvisional: 'off' });
    const always = await startStack({ reliableProvisional: 'required' });
    ringing(always);
    await Promise.all([
      expectCaller(
        never,
        new SippScenario('demanding-caller', 'uac')
          .send('INVITE', { headers: ['Require: 100rel'], ...described })
          .response(420, { check: ['Unsupported: 100rel'] })
          .acknowledgeRefusal(),
      ),
      expectCaller(
        always,
        new SippScenario('unable-caller', 'uac')
          .send('INVITE', described)
          .response(421, { check: ['Require: 100rel'] })
          .acknowledgeRefusal(),
      ),
    ]);
  });

  test('SIPp rings reliably: each response is acknowledged in its order, and a repeated one not told again', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('reliable-callee', 'uas')
        .request('INVITE', { as: 'invite', check: ['Supported: .*100rel'] })
        .answer('180 Ringing', { headers: reliable(7) })
        .request('PRACK', { check: ['RAck: 7 [0-9]+ INVITE', 'CSeq: [0-9]+ PRACK'] })
        .reply('200 OK')
        .answer('183 Session Progress', { to: 'invite', headers: reliable(8), ...described })
        .request('PRACK', { check: ['RAck: 8 [0-9]+ INVITE'] })
        .reply('200 OK')
        .answer('200 OK', { to: 'invite' })
        .request('ACK')
        .hungUp(),
    );
    const media = new ScriptedMedia('offhook');
    const session = call(stack, sipp, { offerAnswer: media });
    const statuses: number[] = [];
    session.on('provisional', ({ status }) => statuses.push(status));
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
    expect(statuses).toEqual([180, 183]);
    expect(media.log).toEqual(['offhook offer 1', expect.stringMatching(/^accepted v=0/)]);
  });

  test('SIPp repeats a reliable response, and sends one too early: neither is acknowledged (§4)', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('stuttering-callee', 'uas')
        .request('INVITE', { as: 'invite' })
        .answer('180 Ringing', { headers: reliable(7) })
        .request('PRACK', { as: 'first', check: ['RAck: 7 '] })
        .answer('180 Ringing', { to: 'invite', headers: reliable(7) })
        .answer('181 Call Is Being Forwarded', { to: 'invite', headers: reliable(9) })
        // A PRACK of either would end the scenario as a failure.
        .pause(200)
        .reply('200 OK', { to: 'first' })
        .answer('182 Queued', { to: 'invite', headers: reliable(8) })
        .request('PRACK', { check: ['RAck: 8 '] })
        .reply('200 OK')
        .answer('200 OK', { to: 'invite', ...described })
        .request('ACK')
        .hungUp(),
    );
    const session = call(stack, sipp);
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp offers in its reliable 183 as we have not: our PRACK has the answer; then UPDATEs go both ways before it answers', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('early-offerer', 'uas')
        .request('INVITE', { as: 'invite', never: ['Content-Type'] })
        .answer('183 Session Progress', {
          headers: [...reliable(1), 'Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE'],
          ...described,
        })
        .request('PRACK', { check: ['RAck: 1 ', 'offhook answer 1'] })
        .reply('200 OK')
        .sendInside('UPDATE', { sequence: 1, ...described })
        .response(200, { check: ['offhook answer 2'] })
        .request('UPDATE', { check: ['offhook offer 3'] })
        .reply('200 OK', described)
        .answer('200 OK', { to: 'invite' })
        .request('ACK', { never: ['Content-Type'] })
        .hungUp(),
    );
    const session = call(stack, sipp, { delayedOffer: true });
    await new Promise((resolve) => session.on('reoffered', resolve));
    await session.update();
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('SIPp lets us know by UPDATE before we answer: it is too early without an answer, and fits after a PRACK', async () => {
    const stack = await startStack();
    const media = new ScriptedMedia('offhook');
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.on('reoffered', () => void session.accept().catch(() => {}));
      void session.ring({ earlyMedia: true });
    });
    await expectCaller(
      stack,
      new SippScenario('updating-caller', 'uac')
        .send('INVITE', { headers: ['Supported: 100rel'], ...described })
        .response(183, rseq)
        .sendInside('PRACK', prack(2))
        .response(200, { check: ['CSeq: 2 PRACK'] })
        .sendInside('UPDATE', { sequence: 3, ...described })
        .response(200, { check: ['CSeq: 3 UPDATE', 'offhook answer 2'] })
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .sendInside('ACK')
        .hangUp(4),
    );
  });

  test('SIPp refuses us because we do not promise it: 421, which is told; our INVITE demands it when we say so', async () => {
    const stack = await startStack();
    const [unwilling, able] = await Promise.all([
      callee(
        new SippScenario('strict-callee', 'uas')
          .request('INVITE', { never: ['100rel'] })
          .answer('421 Extension Required', { headers: ['Require: 100rel'] })
          .request('ACK'),
      ),
      callee(new SippScenario('able-callee', 'uas').answerCall({ check: ['Require: .*100rel'] }).hungUp()),
    ]);
    const end = ended(call(stack, unwilling!, { reliableProvisional: 'off' }));
    expect(await end).toMatchObject({ status: 421 });
    const session = call(stack, able!, { reliableProvisional: 'required' });
    await established(session);
    await session.terminate();
    await expectSuccess(unwilling!, able!);
  });
});
