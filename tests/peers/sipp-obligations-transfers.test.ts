import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import { changed, described, established, notify, Party, startPhone, until } from './support/sipp-server';
import { callee, expectSuccess, uriOf } from './support/sipp-stack';

/** The phone tells how it goes, in the dialog of the REFER. */
const told =
  (status: string, state: string) =>
  (scenario: SippScenario): void =>
    void scenario
      .request('NOTIFY', {
        check: ['Event: refer', `Subscription-State: ${state}`, 'message/sipfrag', `SIP/2.0 ${status}`],
      })
      .reply('200 OK');

const refer = (to: string, headers: readonly string[] = []) => ({
  sequence: 3,
  headers: [`Refer-To: <${to}>`, ...headers],
});

describeWithPeers(['sipp'], 'SIPp as the server: REFER in the dialog of a call', () => {
  test('202, NOTIFY 100, the INVITE to Refer-To, NOTIFY 180 and 200; the old dialog is kept until BYE, the new one stays', async () => {
    const { call, endpoint } = await startPhone();
    const party = await Party.open();
    const target = await callee(
      new SippScenario('target', 'uas')
        .request('INVITE', { check: ['Referred-By: <sip:agent@127.0.0.1>', 'm=audio [1-9]'] })
        .answer('180 Ringing')
        .pause(200)
        .answer('200 OK', described({ port: party.port }))
        .request('ACK')
        .pause(2500)
        .sendInside('BYE', { sequence: 1 })
        .response(200),
    );
    const server = await call(
      new SippScenario('referrer', 'uac')
        .with(established())
        .sendInside('REFER', refer(uriOf(target), ['Referred-By: <sip:agent@127.0.0.1>']))
        .response(202)
        .with(told('100 Trying', 'active'))
        .with(told('180 Ringing', 'active'))
        .with(told('200 OK', 'terminated'))
        .pause(500)
        .hangUp(4),
    );
    await expectSuccess(server);
    expect(endpoint.calls.map(({ state, direction }) => [state, direction])).toEqual([['connected', 'outgoing']]);
    await party.hears();
    await expectSuccess(target);
  });

  test('a target that is busy: NOTIFY 486, and the call goes on', async () => {
    const { controlled } = await startPhone();
    const target = await callee(
      new SippScenario('busy-target', 'uas').request('INVITE').answer('486 Busy Here').request('ACK'),
    );
    await controlled(
      new SippScenario('referrer-to-busy', 'uac')
        .with(established())
        .sendInside('REFER', refer(uriOf(target)))
        .response(202)
        .with(told('100 Trying', 'active'))
        .with(told('486 Busy Here', 'terminated'))
        .with(changed(4, described()))
        .hangUp(5),
    );
    await expectSuccess(target);
  });

  test('Refer-To with Replaces goes into the INVITE; BYE of the old dialog meanwhile ends that only', async () => {
    const { controlled } = await startPhone();
    const target = await callee(
      new SippScenario('replaced-target', 'uas')
        .request('INVITE', { check: ['Replaces: 12345@host;to-tag=t;from-tag=f'] })
        .answer('180 Ringing')
        .pause(800)
        .answer('200 OK', described())
        .request('ACK')
        .sendInside('BYE', { sequence: 1 })
        .response(200),
    );
    await controlled(
      new SippScenario('attended-referrer', 'uac')
        .with(established())
        .sendInside('REFER', refer(`${uriOf(target)}?Replaces=12345%40host%3Bto-tag%3Dt%3Bfrom-tag%3Df`))
        .response(202)
        .with(told('100 Trying', 'active'))
        .with(told('180 Ringing', 'active'))
        .hangUp(4)
        .with(told('200 OK', 'terminated')),
    );
    await expectSuccess(target);
  });

  test('refer_to_proxy: the INVITE goes to the server of the line, wherever Refer-To may be', async () => {
    const { controlled, endpoint } = await startPhone({ referToProxy: true });
    const proxy = await callee(
      new SippScenario('proxy', 'uas')
        .request('INVITE', { check: ['^INVITE sip:carol@192.0.2.66', 'From: .*<sip:bob@127.0.0.1>'] })
        .answer('486 Busy Here')
        .request('ACK'),
    );
    endpoint.addConnection({ user: 'sip:bob@127.0.0.1', server: `sip:127.0.0.1:${proxy.port}`, expires: 0 });
    await controlled(
      new SippScenario('referrer-by-proxy', 'uac')
        .with(established())
        .sendInside('REFER', refer('sip:carol@192.0.2.66'))
        .response(202)
        .with(told('100 Trying', 'active'))
        .with(told('486 Busy Here', 'terminated'))
        .hangUp(4),
    );
    await expectSuccess(proxy);
  });

  test.each([
    ['without-refer-to', [], 400],
    ['to-no-sip-address', ['Refer-To: <tel:+123>'], 603],
  ])('one that cannot be followed is refused: %s', async (name, headers, status) => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario(name, 'uac')
        .with(established())
        .sendInside('REFER', { sequence: 3, headers })
        .response(status)
        .hangUp(4),
    );
  });

  test('in a dialog nobody knows: 481', async () => {
    const { controlled } = await startPhone();
    const headers = ['Refer-To: <sip:carol@127.0.0.1>', 'To: <sip:bob@127.0.0.1>;tag=nobody'];
    await controlled(new SippScenario('in-no-dialog', 'uac').send('REFER', { headers }).response(481));
  });
});

describeWithPeers(['sipp'], 'SIPp as the server: several calls', () => {
  test('a second call rings while the first talks, is answered in its own dialog, and ends before it, as at the end of a transfer', async () => {
    const { call, endpoint } = await startPhone();
    const ends: string[] = [];
    endpoint.on('call', (each) => each.on('ended', () => ends.push(each.headers.get('Subject') ?? '')));
    const [customer, colleague] = [await Party.open(), await Party.open()];
    const named = (name: string, party: Party) => ({
      headers: [`Subject: ${name}`],
      ...described({ port: party.port }),
    });
    const main = await call(
      new SippScenario('main', 'uac')
        .with(established(named('main', customer)))
        .pause(1000)
        .with(notify('hold', 3))
        .request('INVITE', { check: ['a=sendonly'] })
        .reply('200 OK', described({ port: customer.port, direction: 'inactive' }))
        .request('ACK')
        .pause(5000)
        .hangUp(4),
    );
    await customer.hears();
    await until(() => endpoint.calls[0]?.heldBy !== undefined, 'the main call is held');
    const consultation = await call(
      new SippScenario('consultation', 'uac')
        .with(established(named('consultation', colleague)))
        .pause(1500)
        .hangUp(3),
    );
    await colleague.hears();
    expect(endpoint.calls.map(({ state }) => state)).toEqual(['held', 'connected']);
    expect(await customer.during(300)).toBe(0);
    await expectSuccess(consultation, main);
    expect(ends).toEqual(['consultation', 'main']);
  });

  test('a phone without call waiting refuses the second: 486; one without a headset every: 480', async () => {
    const { rejectUnlessAvailable, rejectWhenBusy } = await import('@offhook/endpoint');
    const refused = (name: string, status: number) =>
      new SippScenario(name, 'uac').send('INVITE', described()).response(status).acknowledgeRefusal();
    const busy = await startPhone({ admission: rejectWhenBusy() });
    const first = await busy.call(new SippScenario('first', 'uac').with(established()).pause(1500).hangUp(3));
    await until(() => busy.endpoint.calls[0]?.state === 'connected', 'the first call is there');
    await busy.controlled(refused('second', 486));
    await expectSuccess(first);
    const deaf = await startPhone({ admission: rejectUnlessAvailable(() => false) });
    await deaf.controlled(refused('no-headset', 480));
  });
});
