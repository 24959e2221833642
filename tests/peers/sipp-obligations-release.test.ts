import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import { changed, described, established, notify, ring, startPhone, until } from './support/sipp-server';

const reliable = { headers: ['Require: 100rel'] };

/** What the server has brought about when it hangs up, the CSeq of its BYE, and what is still answered after. */
const moments: Record<
  string,
  [reach: (scenario: SippScenario) => void, bye: number, after?: (s: SippScenario) => void]
> = {
  'while-it-rings': [
    (scenario) => void scenario.with(ring()),
    2,
    (scenario) => void scenario.response(487).acknowledgeRefusal(),
  ],
  'while-it-rings-reliably': [
    (scenario) => void scenario.send('INVITE', reliable).response(180, { check: ['Require: 100rel'] }),
    2,
    (scenario) => void scenario.response(487).acknowledgeRefusal(),
  ],
  'before-the-ack': [
    (scenario) =>
      void scenario
        .with(ring({}))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE'] }),
    3,
  ],
  'while-it-talks': [(scenario) => void scenario.with(established()), 3],
  'while-the-server-holds-it': [
    (scenario) => void scenario.with(established()).with(changed(3, described({ address: '0.0.0.0' }))),
    4,
  ],
  'before-the-ack-of-a-re-invite': [
    (scenario) => void scenario.with(established()).sendInside('INVITE', { sequence: 3 }).response(200),
    4,
  ],
  'while-the-phone-holds-it': [
    (scenario) =>
      void scenario
        .with(established())
        .with(notify('hold', 3))
        .request('INVITE')
        .reply('200 OK', described({ direction: 'recvonly' }))
        .request('ACK'),
    4,
  ],
  'while-a-hold-is-on-its-way': [
    (scenario) => void scenario.with(established()).with(notify('hold', 3)).request('INVITE', { as: 'hold' }),
    4,
    (scenario) => void scenario.reply('487 Request Terminated', { to: 'hold' }).request('ACK'),
  ],
};

describeWithPeers(['sipp'], 'SIPp as the server: release', () => {
  test.each(Object.entries(moments))('BYE %s: 200, and the call is over', async (name, [reach, bye, after]) => {
    const { endpoint, controlled } = await startPhone();
    const ends: unknown[] = [];
    endpoint.on('call', (call) => call.on('ended', ({ by }) => ends.push(by)));
    const scenario = new SippScenario(name, 'uac')
      .with(reach)
      .sendInside('BYE', { sequence: bye })
      .response(200, { check: [`CSeq: ${bye} BYE`] });
    after?.(scenario);
    await controlled(scenario);
    await until(() => endpoint.calls.length === 0, 'the call is gone');
    expect(ends).toEqual(['remote']);
  });

  test('CANCEL while it rings: 200 and 487; talk after that: 481', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('cancelled', 'uac')
        .with(ring())
        .cancel()
        .response(200, { check: ['CSeq: 1 CANCEL'] })
        .response(487)
        .acknowledgeRefusal()
        .sendInside('NOTIFY', { sequence: 2, headers: ['Event: talk', 'Subscription-State: active'] })
        .response(481),
    );
  });

  test('CANCEL that crosses our 200: 200 for it, and the call stays until BYE', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('crossing-cancel', 'uac')
        .with(ring())
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .cancel()
        .response(200, { check: ['CSeq: 1 CANCEL'] })
        .sendInside('ACK', { sequence: 1 })
        .with(changed(3, described()))
        .hangUp(4),
    );
  });
});
