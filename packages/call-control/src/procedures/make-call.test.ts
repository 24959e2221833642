import { describe, expect, test } from 'vitest';
import { DeskWorld } from '../testing/desk-phones';

describe('TMakeCall', () => {
  test('rfc3725=2: the caller first, on hold; then the callee; a re-INVITE brings them together', async () => {
    const world = await DeskWorld.open();
    const dialing = await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2', userData: { a: '1' } });
    expect(dialing).toMatchObject({ event: 'EventDialing', thisDN: 'UA1', otherDN: 'UA2', userData: { a: '1' } });
    await world.pass();
    await world.request({ request: 'TAnswerCall', thisDN: 'UA2', connID: dialing.connID! });
    await world.pass();
    expect(world.ladder.lines()).toEqual([
      'SS->UA1 INVITE (hold)',
      'UA1->SS 180 (INVITE)',
      'SS->UA1 NOTIFY talk',
      'UA1->SS 200 (NOTIFY)',
      'UA1->SS 200 (INVITE) (sdp UA1, inactive)',
      'SS->UA1 ACK (-)',
      'SS->UA2 INVITE (-)',
      'UA2->SS 180 (INVITE)',
      'SS->UA2 NOTIFY talk',
      'UA2->SS 200 (NOTIFY)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA1 INVITE (sdp UA2)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA1 ACK (-)',
      'SS->UA2 ACK (sdp UA1)',
    ]);
    expect(world.told).toEqual([
      'EventDialing UA1',
      'EventRinging UA2',
      'EventEstablished UA1',
      'EventEstablished UA2',
    ]);
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.phones.UA2.peer).toBe('192.0.2.11:4000 sendrecv');
  });

  test('rfc3725=1: the caller has no ACK before the callee has answered, and no re-INVITE', async () => {
    const world = await DeskWorld.open({ options: { rfc3725: 1 } });
    const { connID } = await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await world.pass(5000);
    expect(world.ladder.lines({ methods: ['ACK'] })).toEqual([]);
    await world.request({ request: 'TAnswerCall', thisDN: 'UA2', connID: connID! });
    await world.pass();
    expect(world.ladder.lines({ methods: ['INVITE', 'ACK'] })).toEqual([
      'SS->UA1 INVITE (-)',
      'UA1->SS 180 (INVITE)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA2 INVITE (sdp UA1)',
      'UA2->SS 180 (INVITE)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->UA1 ACK (sdp UA2)',
    ]);
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });

  test('ring-tone-on-make-call: the caller hears ringback until the callee answers', async () => {
    const world = await DeskWorld.open({ options: { 'ring-tone-on-make-call': true } });
    const { connID } = await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.52:4000 sendrecv');
    await world.request({ request: 'TAnswerCall', thisDN: 'UA2', connID: connID! });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.media.SM.live).toEqual([]);
  });

  test.each([
    ['nobody', 'UA9', 40],
    ['himself when he does not want to be disturbed', 'UA2', 41],
  ])('to %s is refused, and nothing has happened', async (_, otherDN, errorCode) => {
    const world = await DeskWorld.open();
    await world.request({ request: 'TSetDNDOn', thisDN: 'UA2' });
    world.forget();
    const call = world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN });
    await expect(call).rejects.toMatchObject({ errorCode });
    expect(world.ladder.lines()).toEqual([]);
    expect(world.server.calls).toEqual([]);
  });

  test('to somebody who is busy: EventDestinationBusy, and the caller is released', async () => {
    const world = await DeskWorld.open();
    world.phones.UA2.onInvite = (session) => session.reject(486);
    await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await world.pass();
    expect(world.told).toEqual([
      'EventDialing UA1',
      'EventDestinationBusy UA1',
      'EventReleased UA2',
      'EventReleased UA1',
    ]);
    expect(world.phones.UA1.live).toEqual([]);
    expect(world.server.calls).toEqual([]);
  });

  test('to somebody who does not answer: given up after no-answer-timeout', async () => {
    const world = await DeskWorld.open({ options: { 'no-answer-timeout': 20 } });
    await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await world.pass(19_000);
    expect(world.phones.UA2.live).toHaveLength(1);
    await world.pass(2000);
    expect(world.events.at(-1)).toMatchObject({ event: 'EventReleased', thisDN: 'UA1', callState: 7 });
    expect(world.server.calls).toEqual([]);
    expect(world.phones.UA1.live).toEqual([]);
  });
});

describe('TReleaseCall', () => {
  test('two BYEs', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    const released = await world.request({ request: 'TReleaseCall', thisDN: 'UA2', connID });
    expect(released).toMatchObject({ event: 'EventReleased', thisDN: 'UA2', otherDN: 'UA1', connID });
    await world.pass();
    expect(world.ladder.lines().sort()).toEqual([
      'SS->UA1 BYE',
      'SS->UA2 BYE',
      'UA1->SS 200 (BYE)',
      'UA2->SS 200 (BYE)',
    ]);
    expect(world.told.sort()).toEqual(['EventReleased UA1', 'EventReleased UA2']);
    expect(world.server.calls).toEqual([]);
  });

  test('while it rings: CANCEL', async () => {
    const world = await DeskWorld.open();
    const { connID } = await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
    await world.pass();
    await world.request({ request: 'TReleaseCall', thisDN: 'UA1', connID: connID! });
    await world.pass();
    expect(world.ladder.lines()).toContain('SS->UA2 CANCEL');
    expect(world.phones.UA2.live).toEqual([]);
    expect(world.server.calls).toEqual([]);
  });

  test('a phone that hangs up releases the other', async () => {
    const world = await DeskWorld.open();
    await world.talking();
    await world.clock.until(world.phones.UA1.live[0]!.session.terminate());
    await world.pass();
    expect(world.told.sort()).toEqual(['EventReleased UA1', 'EventReleased UA2']);
    expect(world.phones.UA2.live).toEqual([]);
  });
});
