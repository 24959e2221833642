import { reasonPhrase, SipError, type SipStack } from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
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

const statuses = [
  400, 403, 404, 405, 408, 410, 415, 420, 480, 481, 484, 486, 488, 500, 501, 502, 504, 600, 603, 604, 606,
];

describeWithPeers(['sipp'], 'SIPp and refusals (RFC 3261 §21)', () => {
  test('SIPp refuses our INVITE, in every way there is: each is acknowledged and told, and there is no call', async () => {
    const stack = await startStack();
    await Promise.all(
      statuses.map(async (status) => {
        const sipp = await callee(
          new SippScenario(`refuses-${status}`, 'uas')
            .request('INVITE')
            .answer(`${status} ${reasonPhrase(status)}`, { headers: ['Reason: Q.850;cause=17;text="User busy"'] })
            .request('ACK', { check: ['CSeq: [0-9]+ ACK', 'To: .*;tag='] }),
        );
        const end = await ended(call(stack, sipp));
        expect(end).toMatchObject({ by: 'remote', status, error: { code: 'ERR_SIP_RESPONSE', status } });
        await expectSuccess(sipp);
      }),
    );
    expect(stack.load.sessions).toBe(0);
  });

  test('SIPp refuses our MESSAGE and OPTIONS: the responses are given as they are', async () => {
    const stack = await startStack();
    await Promise.all(
      [404, 405, 408, 480, 488, 500, 501, 600].map(async (status) => {
        const method = status % 2 ? 'MESSAGE' : 'OPTIONS';
        const sipp = await callee(
          new SippScenario(`refuses-${status}`, 'uas').request(method).answer(`${status} Because I say so`),
        );
        const response = await stack.request({ method, uri: uriOf(sipp), from: OFFHOOK });
        expect([response.status, response.reason]).toEqual([status, 'Because I say so']);
        await expectSuccess(sipp);
      }),
    );
  });

  test('we refuse the INVITE of SIPp, in every way there is', async () => {
    const stack = await startStack();
    stack.on('invite', (session) => {
      const status = Number(session.invite.headers.get('X-Refuse'));
      session.reject(status, undefined, [['Retry-After', '30']]);
    });
    await Promise.all(
      statuses.map((status) =>
        expectCaller(
          stack,
          new SippScenario(`refused-${status}`, 'uac')
            .send('INVITE', { headers: [`X-Refuse: ${status}`], body: sippDescription })
            .response(status, {
              check: [`SIP/2.0 ${status} ${reasonPhrase(status)}`, 'Retry-After: 30', 'To: .*;tag='],
            })
            .acknowledgeRefusal(),
        ),
      ),
    );
    expect(stack.load.sessions).toBe(0);
  });

  test('nobody takes calls here: 480; our media refuse: 488, or as they say, with the reason in a Warning', async () => {
    const [nobody, failing, picky] = await Promise.all([startStack(), startStack(), startStack()]);
    const refusing = (stack: SipStack, refusal: Error) =>
      stack.on('invite', (session) => {
        session.offerAnswer = Object.assign(new ScriptedMedia('offhook'), { refusal });
        session.accept().catch(() => {});
      });
    refusing(failing, new Error('No media today.'));
    refusing(picky, new SipError('Only with video.', { code: 'TEST', status: 606 }));
    const refused = (status: number, check: string[] = []) =>
      new SippScenario(`refused-${status}`, 'uac')
        .send('INVITE', { body: sippDescription })
        .response(status, { check })
        .acknowledgeRefusal();
    await Promise.all([
      expectCaller(nobody, refused(480)),
      expectCaller(failing, refused(488, ['Warning: 399 .*"No media today."'])),
      expectCaller(picky, refused(606, ['Warning: 399 .*"Only with video."'])),
    ]);
  });

  test.each(['481 Call/Transaction Does Not Exist', '403 Forbidden', '500 Server Internal Error'])(
    'SIPp does not even accept our BYE: %s; the call is over all the same (§15.1.1)',
    async (line) => {
      const stack = await startStack();
      const sipp = await callee(new SippScenario('stubborn', 'uas').answerCall().request('BYE').reply(line));
      const session = call(stack, sipp);
      await established(session);
      await session.terminate();
      expect([session.state, stack.load.sessions]).toEqual(['terminated', 0]);
      await expectSuccess(sipp);
    },
  );
});
