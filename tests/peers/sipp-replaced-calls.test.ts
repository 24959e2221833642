import { CallJoin, CallReplacement, type InviteSession, type SipStack } from '@offhook/sip-core';
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

/** Names a dialog of ours as its peer would in Replaces or Join (RFC 3891 §3). */
const reference = ({ dialog }: InviteSession) =>
  `${dialog!.callId};to-tag=${dialog!.localTag};from-tag=${dialog!.remoteTag}`;

/** SIPp asks to take a call over, or to join it, and is refused. */
const refused = (header: string, status: number) =>
  new SippScenario(`uac-refused-${status}`, 'uac')
    .send('INVITE', { headers: [header], body: sippDescription })
    .response(status)
    .acknowledgeRefusal();

async function startReplaceable(): Promise<{ stack: SipStack; sessions: InviteSession[] }> {
  const stack = await startStack();
  stack.use(new CallReplacement());
  return { stack, sessions: answering(stack) };
}

describeWithPeers(['sipp'], 'SIPp replaces and joins calls', () => {
  test('its second half takes over a call: the first is told by BYE (RFC 3891)', async () => {
    const { stack, sessions } = await startReplaceable();
    const first = await callee(new SippScenario('replaced', 'uas').answerCall().hungUp());
    const session = call(stack, first);
    await established(session);
    await expectCaller(
      stack,
      new SippScenario('replacing', 'uac')
        .call(
          { headers: [`Replaces: ${reference(session)}`, 'Require: replaces'] },
          { check: ['Supported: .*replaces'] },
        )
        .hangUp(),
    );
    await expectSuccess(first);
    expect(session.state).toBe('terminated');
    expect(sessions).toHaveLength(1);
  });

  test('it takes over a call of ours that rings elsewhere: that one is cancelled', async () => {
    const { stack } = await startReplaceable();
    const first = await callee(
      new SippScenario('ringing', 'uas').request('INVITE', { as: 'invite' }).answer('180 Ringing').cancelled('invite'),
    );
    const session = call(stack, first);
    await new Promise((resolve) => session.on('provisional', resolve));
    await expectCaller(
      stack,
      new SippScenario('replacing', 'uac').call({ headers: [`Replaces: ${reference(session)};early-only`] }).hangUp(),
    );
    await expectSuccess(first);
  });

  test('it is refused: 481 for no call, 486 for one that is past ringing, 603 for one that is over, 400 with Join', async () => {
    const { stack } = await startReplaceable();
    stack.use(new CallJoin());
    const first = await callee(new SippScenario('kept', 'uas').answerCall().hungUp());
    const session = call(stack, first);
    await established(session);
    const named = reference(session);
    await Promise.all([
      expectCaller(stack, refused('Replaces: nobody@127.0.0.1;to-tag=1;from-tag=2', 481)),
      expectCaller(stack, refused(`Replaces: ${named};early-only`, 486)),
      expectCaller(stack, refused(`Replaces: ${named}\nJoin: ${named}`, 400)),
      expectCaller(stack, refused(`Replaces: ${named}\nReplaces: ${named}`, 400)),
      expectCaller(stack, refused('Join: nobody@127.0.0.1;to-tag=1;from-tag=2', 481)),
    ]);
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(first);
    await expectCaller(stack, refused(`Replaces: ${named}`, 603));
  });

  test('it joins a call: we are told which (RFC 3911)', async () => {
    const stack = await startStack();
    stack.use(new CallJoin());
    const joined: (InviteSession | undefined)[] = [];
    stack.on('invite', (session) => joined.push(session.joins));
    answering(stack);
    const first = await callee(new SippScenario('joined', 'uas').answerCall().hungUp());
    const session = call(stack, first);
    await established(session);
    await expectCaller(
      stack,
      new SippScenario('joining', 'uac').call({ headers: [`Join: ${reference(session)}`, 'Require: join'] }).hangUp(),
    );
    expect(joined).toEqual([session]);
    // Both go on; who joins takes nothing away.
    expect(session.state).toBe('confirmed');
    await session.terminate();
    await expectSuccess(first);
  });

  test('we take over a call of SIPp: it finds its own dialog in our Replaces, and ends it', async () => {
    const { stack, sessions } = await startReplaceable();
    const first = await caller(stack, new SippScenario('consulting', 'uac').call().request('BYE').reply('200 OK'));
    await new Promise<void>((resolve) => stack.on('invite', (session) => session.on('established', resolve)));
    const session = sessions[0]!;
    const over = ended(session);
    const second = await callee(
      new SippScenario('replaced', 'uas')
        .answerCall({ check: [`Replaces: ${session.dialog!.callId};to-tag=.*;from-tag=.*`] })
        .hungUp(),
    );
    const replacing = call(stack, second, {
      headers: [['Replaces', session.replacesHeader()]],
      offerAnswer: new ScriptedMedia('replacing'),
    });
    await established(replacing);
    await session.terminate();
    await over;
    await replacing.terminate();
    await expectSuccess(first, second);
  });
});
