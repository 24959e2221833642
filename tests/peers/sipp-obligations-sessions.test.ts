import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import {
  changed,
  described,
  established,
  notify,
  Party,
  ring,
  startPhone,
  until,
  wait,
  withoutMedia,
} from './support/sipp-server';
import { expectSuccess } from './support/sipp-stack';

/** A description of each direction, how it is answered, and by one who holds. */
const directions = [
  ['sendrecv', 'sendrecv', 'sendonly'],
  ['sendonly', 'recvonly', 'inactive'],
  ['recvonly', 'sendonly', 'sendonly'],
  ['inactive', 'inactive', 'inactive'],
] as const;

/** The states of the media, and how the server brings them about, by requests up to 4. */
const states: Record<string, (scenario: SippScenario) => void> = {
  talking: (scenario) => void scenario.with(established()),
  'held-by-null-address': (scenario) =>
    void scenario.with(established()).with(changed(3, described({ address: '0.0.0.0' }))),
  'held-by-sendonly': (scenario) =>
    void scenario.with(established()).with(changed(3, described({ direction: 'sendonly' }), ['a=recvonly'])),
  'held-by-inactive': (scenario) =>
    void scenario.with(established()).with(changed(3, described({ direction: 'inactive' }), ['a=inactive'])),
  'held-by-the-phone': (scenario) =>
    void scenario
      .with(established())
      .with(notify('hold', 3))
      .request('INVITE', { check: ['a=sendonly'] })
      .reply('200 OK', described({ direction: 'recvonly' }))
      .request('ACK'),
  'without-media': (scenario) => void scenario.with(established(withoutMedia)),
};

describeWithPeers(['sipp'], 'SIPp as the server: re-INVITE in every media state', () => {
  test.each(Object.entries(states))('%s', async (name, reach) => {
    const { controlled } = await startPhone();
    const scenario = new SippScenario(`changed-${name}`, 'uac').with(reach);
    let sequence = 5;
    for (const [offered, answered, byHolder] of directions) {
      const expected = name === 'held-by-the-phone' ? byHolder : answered;
      scenario.with(changed(sequence++, described({ direction: offered }), [`a=${expected}`]));
    }
    // Nobody holds a call that the server asks for an offer: the whole of it comes.
    scenario
      .sendInside('INVITE', { sequence })
      .response(200, { check: ['m=audio [1-9][0-9]* RTP/AVP 0 8 101', 'a=sendrecv'] })
      .sendInside('ACK', { sequence, ...described({ codec: '8 PCMA' }) })
      .sendInside('UPDATE', { sequence: sequence + 1, ...described({ address: '0.0.0.0' }) })
      .response(200, { check: ['m=audio [1-9]'] })
      .hangUp(sequence + 2);
    await controlled(scenario);
  });

  test('one that cannot be agreed to: 488, and the call goes on as it was', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('no-common-codec', 'uac')
        .with(established())
        .sendInside('INVITE', { sequence: 3, ...described({ codec: '18 G729' }) })
        .response(488)
        .acknowledgeRefusal({ sequence: 3, inside: true })
        .with(changed(4, described(), ['a=sendrecv']))
        .hangUp(5),
    );
  });

  test('glare: 491 for the server, 491 for the phone, which tries again and gets through', async () => {
    const { controlled } = await startPhone();
    await controlled(
      new SippScenario('glare', 'uac')
        .with(established())
        .with(notify('hold', 3))
        .request('INVITE', { as: 'theirs', check: ['a=sendonly'] })
        .sendInside('INVITE', { sequence: 4, ...described() })
        .response(491)
        .acknowledgeRefusal({ sequence: 4, inside: true })
        .reply('491 Request Pending', { to: 'theirs' })
        .request('ACK')
        .request('INVITE', { check: ['a=sendonly'] })
        .reply('200 OK', described({ direction: 'recvonly' }))
        .request('ACK')
        .hangUp(5),
    );
  });
});

describeWithPeers(['sipp'], 'SIPp as the server: media', () => {
  test.each([
    ['the null address (RFC 3725 flow II)', 'black-hole', described({ address: '0.0.0.0' })],
    ['no media line (flow IV)', 'no-media-line', withoutMedia],
    ['inactive', 'inactive', described({ direction: 'inactive' })],
  ])('a call that begins with %s is silent until a re-INVITE connects it', async (_, name, message) => {
    const { call, endpoint } = await startPhone();
    const party = await Party.open();
    const sipp = await call(
      new SippScenario(`begins-${name}`, 'uac')
        .with(established(message))
        .pause(700)
        .with(changed(3, described({ port: party.port }), ['m=audio [1-9]']))
        .pause(1500)
        .hangUp(4),
    );
    await until(() => endpoint.calls[0]?.state === 'held', 'the call is held by the server');
    expect(endpoint.calls[0]!.statistics().packetsSent).toBe(0);
    await party.hears();
    expect(endpoint.calls[0]!.state).toBe('connected');
    await expectSuccess(sipp);
  });

  test('without an offer, a black hole in the ACK, and then a re-INVITE (flow III)', async () => {
    const { call, endpoint } = await startPhone();
    const party = await Party.open();
    const sipp = await call(
      new SippScenario('black-hole-in-ack', 'uac')
        .with(ring({}))
        .with(notify('talk', 2))
        .response(200, { check: ['CSeq: 1 INVITE', 'a=sendrecv'] })
        .sendInside('ACK', { sequence: 1, ...described({ address: '0.0.0.0' }) })
        .pause(500)
        .with(changed(3, described({ port: party.port })))
        .pause(1500)
        .hangUp(4),
    );
    await until(() => endpoint.calls[0]?.state === 'held', 'the call is held by the server');
    await party.hears();
    await expectSuccess(sipp);
  });

  test('address, port and codec change several times in one dialog: audio follows, from the port it had', async () => {
    const { call, endpoint } = await startPhone();
    const parties = [await Party.open(), await Party.open(), await Party.open()];
    const [first, second, third] = parties;
    const sipp = await call(
      new SippScenario('moving-target', 'uac')
        .with(established(described({ port: first!.port })))
        .pause(1500)
        .with(changed(3, described({ port: second!.port, codec: '8 PCMA' })))
        .pause(1500)
        .with(changed(4, described({ address: '0.0.0.0' })))
        .pause(1500)
        .with(changed(5, described({ port: third!.port })))
        .pause(1500)
        .hangUp(6),
    );
    await first!.hears();
    expect(first!.latest.at(-1)![1]! & 127).toBe(0);
    await second!.hears();
    expect(second!.latest.at(-1)![1]! & 127).toBe(8);
    await until(() => endpoint.calls[0]?.state === 'held', 'the call is held by the server');
    // What is on its way arrives.
    await wait(100);
    const silent = parties.map((party) => party.packets);
    await wait(500);
    expect(parties.map((party) => party.packets)).toEqual(silent);
    await third!.hears();
    expect(third!.latest.at(-1)![1]! & 127).toBe(0);
    expect([first!.packets, second!.packets]).toEqual(silent.slice(0, 2));
    await expectSuccess(sipp);
  });
});
