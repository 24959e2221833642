import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import { changed, described, established, notify, Party, ring, startPhone, until, wait } from './support/sipp-server';
import { expectSuccess } from './support/sipp-stack';

const timer = ['Supported: timer', 'Session-Expires: 1800;refresher=uac', 'Min-SE: 90'];
const kept = { keep: { rseq: 'RSeq: ([0-9]+)' } };
const prack = (sequence: number) => ({ sequence, headers: ['RAck: [$rseq] 1 INVITE'] });

describeWithPeers(['sipp'], 'SIPp as the server: talk and hold', () => {
  test('talk answers: 200 for the NOTIFY first; hold holds by re-INVITE, talk resumes; neither does anything twice', async () => {
    const { endpoint, controlled } = await startPhone();
    const states: string[] = [];
    endpoint.on('call', (call) => call.on('state', (state) => states.push(state)));
    await controlled(
      new SippScenario('talk-and-hold', 'uac')
        .with(established())
        .with(notify('talk', 3))
        .with(notify('hold', 4))
        .request('INVITE', { check: ['a=sendonly', 'Allow-Events: talk, hold'] })
        .reply('200 OK', described({ direction: 'recvonly' }))
        .request('ACK')
        .with(notify('hold', 5))
        .with(notify('talk', 6))
        .request('INVITE', { check: ['a=sendrecv'] })
        .reply('200 OK', described())
        .request('ACK')
        .with(notify('talk', 7))
        // Nothing more comes: a re-INVITE now would be unexpected.
        .pause(300)
        .hangUp(8),
    );
    expect(states).toEqual(['answering', 'connected', 'held', 'connected', 'disconnected']);
  });

  test('hold on a ringing call does nothing; events and dialogs nobody knows: 489 with those known, and 481', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('unknown-events', 'uac')
        .with(ring())
        .with(notify('hold', 2))
        .sendInside('NOTIFY', { sequence: 3, headers: ['Event: dtmf', 'Subscription-State: active'] })
        .response(489, { check: ['Allow-Events: talk, hold'] })
        .sendInside('NOTIFY', {
          sequence: 4,
          headers: ['To: <sip:bob@127.0.0.1>;tag=nobody', 'Event: talk', 'Subscription-State: active'],
        })
        .response(481)
        .cancel()
        .response(200, { check: ['CANCEL'] })
        .response(487)
        .acknowledgeRefusal(),
    );
  });

  test('talk that is sent four times is answered four times, and answers the call once', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('repeated-talk', 'uac')
        .with(ring())
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .with(notify('talk', 3))
        .with(notify('talk', 4))
        .with(notify('talk', 5))
        .sendInside('ACK', { sequence: 1 })
        .hangUp(6),
    );
  });
});

describeWithPeers(['sipp'], 'SIPp as the server: answering', () => {
  test('an INVITE without an offer: ours in the 200, the answer in the ACK, and audio goes there', async () => {
    const { call } = await startPhone();
    const party = await Party.open();
    const sipp = await call(
      new SippScenario('offerless', 'uac')
        .with(ring({}))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE', 'm=audio [1-9]'] })
        .sendInside('ACK', { sequence: 1, ...described({ port: party.port }) })
        .pause(1500)
        .hangUp(3),
    );
    await party.hears();
    await expectSuccess(sipp);
  });

  test('100rel: our offer in the 180, the answer in the PRACK; talk before it is answered at once, the INVITE after', async () => {
    const { endpoint, controlled } = await startPhone();
    const codecs: unknown[] = [];
    endpoint.on('call', (call) => call.on('media', () => codecs.push(call.snapshot.codec)));
    await controlled(
      new SippScenario('answer-in-prack', 'uac')
        .send('INVITE', { headers: ['Require: 100rel'] })
        .response(180, { check: ['Require: 100rel', 'm=audio [1-9]'], ...kept })
        .with(notify('talk', 2))
        .sendInside('PRACK', { ...prack(3), ...described({ codec: '8 PCMA' }) })
        .response(200, { check: ['CSeq: 3 PRACK'] })
        .response(200, { check: ['CSeq: 1 INVITE'], never: ['m=audio'] })
        .sendInside('ACK', { sequence: 1 })
        .hangUp(4),
    );
    expect(codecs[0]).toBe('PCMA');
  });

  test('a 200 is left without an ACK for 31 s while the server looks for the other party: it is repeated, and then connected', async () => {
    const { endpoint, call } = await startPhone();
    const sipp = await call(
      new SippScenario('late-ack', 'uac')
        .with(ring({}))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .pause(31_000)
        .sendInside('ACK', { sequence: 1, ...described() })
        .pause(300)
        .hangUp(3),
    );
    await until(() => endpoint.calls[0]?.state === 'answering', 'the call is answered');
    const [ours] = endpoint.calls;
    await wait(29_000);
    expect(ours!.state).toBe('answering');
    await ours!.established;
    expect(ours!.snapshot.codec).toBe('PCMU');
    await expectSuccess(sipp);
  });

  test('and without one for 32 s it is hung up', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('no-ack', 'uac')
        .with(ring({}))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .hungUp(),
    );
  });

  test('the session timer as the server asks for it, refreshed by re-INVITE and by UPDATE', async () => {
    const { controlled, endpoint } = await startPhone();
    const states: string[] = [];
    endpoint.on('call', (call) => call.on('state', (state) => states.push(state)));
    const agreed = ['Session-Expires: 1800;refresher=uac'];
    await controlled(
      new SippScenario('session-timer', 'uac')
        .with(ring({ headers: timer, ...described() }))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE', 'Require: timer', ...agreed] })
        .sendInside('ACK', { sequence: 1 })
        .with(changed(3, { headers: timer, ...described() }, agreed))
        .sendInside('UPDATE', { sequence: 4, headers: timer })
        .response(200, { check: ['CSeq: 4 UPDATE', ...agreed] })
        .hangUp(5),
    );
    expect(states).toEqual(['answering', 'connected', 'disconnected']);
  });

  test('X-Genesys-CallUUID is kept, and read again from NOTIFY, re-INVITE and UPDATE', async () => {
    const { endpoint, controlled } = await startPhone();
    const seen: (string | undefined)[] = [];
    endpoint.on('call', (call) => {
      seen.push(call.uuid);
      call.subscribe(() => {
        if (call.uuid !== seen.at(-1)) seen.push(call.uuid);
      });
    });
    const uuid = (value: string) => [`X-Genesys-CallUUID: ${value}`];
    await controlled(
      new SippScenario('call-uuid', 'uac')
        .with(ring({ headers: uuid('A'), ...described() }))
        .with(notify('talk', 2, uuid('B')))
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .sendInside('ACK', { sequence: 1 })
        .with(changed(3, { headers: uuid('C'), ...described() }))
        .sendInside('UPDATE', { sequence: 4, headers: uuid('D') })
        .response(200)
        .hangUp(5),
    );
    expect(seen).toEqual(['A', 'B', 'C', 'D']);
  });

  test.each([
    ['answer-mode', 'Answer-Mode: Auto'],
    ['call-info', 'Call-Info: <sip:127.0.0.1>;answer-after=0'],
    ['alert-info', 'Alert-Info: <http://www.example.com>;info=alert-autoanswer;delay=0'],
  ])('auto-answer by %s: 200 with no 180 before it', async (name, header) => {
    const { controlled } = await startPhone({ autoAnswer: 'asked' });
    await controlled(
      new SippScenario(name, 'uac')
        .send('INVITE', { headers: [header], ...described() })
        .response(200, { check: ['CSeq: 1 INVITE'] })
        .sendInside('ACK', { sequence: 1 })
        .hangUp(),
    );
  });

  test('auto-answer that is required: 200 with Answer-Mode where it is let, 403 where not (RFC 5373)', async () => {
    const asked = { headers: ['Require: answermode', 'Answer-Mode: Auto;require'], ...described() };
    const willing = await startPhone({ autoAnswer: 'asked' });
    await willing.controlled(
      new SippScenario('required-and-let', 'uac')
        .send('INVITE', asked)
        .response(200, { check: ['Answer-Mode: Auto'] })
        .sendInside('ACK', { sequence: 1 })
        .hangUp(),
    );
    const unwilling = await startPhone();
    await unwilling.controlled(
      new SippScenario('required-and-not-let', 'uac').send('INVITE', asked).response(403).acknowledgeRefusal(),
    );
  });
});
