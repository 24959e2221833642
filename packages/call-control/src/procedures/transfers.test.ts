import { describe, expect, test } from 'vitest';
import { DeskWorld } from '../testing/desk-phones';

const UA1 = '192.0.2.11';
const UA3 = '192.0.2.13';

describe('TSingleStepTransfer', () => {
  test('by re-INVITE: who transfers goes, the destination is called, and a re-INVITE brings them together', async () => {
    const world = await DeskWorld.open({ mediaServers: { treatments: undefined as never } });
    const connID = await world.talking();
    await world.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID });
    await world.pass();
    expect(world.ladder.lines({ methods: ['INVITE', 'ACK', 'BYE'] })).toEqual([
      'SS->UA2 BYE',
      'UA2->SS 200 (BYE)',
      'SS->UA1 INVITE (hold)',
      'UA1->SS 200 (INVITE) (sdp UA1, inactive)',
      'SS->UA1 ACK (-)',
      'SS->UA3 INVITE (-)',
      'UA3->SS 180 (INVITE)',
      'UA3->SS 200 (INVITE) (sdp UA3)',
      'SS->UA1 INVITE (sdp UA3)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA1 ACK (-)',
      'SS->UA3 ACK (sdp UA1)',
    ]);
    expect(world.told).toEqual([
      'EventReleased UA2',
      'EventRinging UA3',
      'EventPartyChanged UA1',
      'EventEstablished UA3',
    ]);
    expect(world.events[0]).toMatchObject({ callState: 1 });
    expect(world.events[2]).toMatchObject({ otherDN: 'UA3', thirdPartyDN: 'UA2', thirdPartyDNRole: 7, callState: 1 });
    expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
  });

  test('to somebody who is busy: the call is dropped', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    world.phones.UA3.onInvite = (session) => session.reject(486);
    await world.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    expect(world.told).toContain('EventDestinationBusy UA1');
    expect(world.events.at(-1)).toMatchObject({ event: 'EventReleased', thisDN: 'UA1', callState: 6 });
    expect([world.phones.UA1.live, world.media.SM.live]).toEqual([[], []]);
    expect(world.server.calls).toEqual([]);
  });

  test('to somebody who is busy, transfer-failed=return: who transferred gets it back', async () => {
    const world = await DeskWorld.open({ options: { 'transfer-failed': 'return' } });
    const connID = await world.talking();
    world.phones.UA3.onInvite = (session) => session.reject(486);
    await world.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    expect(world.told.at(-1)).toBe('EventRinging UA2');
    await world.request({ request: 'TAnswerCall', thisDN: 'UA2', connID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4010 sendrecv');
  });

  test('refer-enabled: the server refers the party that stays, and ends both dialogs of the old call', async () => {
    const world = await DeskWorld.open({ options: { 'refer-enabled': true } });
    const connID = await world.talking();
    const { UA1: phone } = world.phones;
    phone.onRefer = (referral) => phone.follow(referral);
    const done = world.request({ request: 'TSingleStepTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID });
    expect(await done).toMatchObject({ event: 'EventReleased', thisDN: 'UA2', callState: 1 });
    await world.pass();
    expect(world.ladder.lines({ methods: ['REFER', 'refer', 'BYE'] })).toEqual([
      'SS->UA1 REFER',
      'UA1->SS 202 (REFER)',
      'UA1->SS NOTIFY refer',
      'UA1->SS NOTIFY refer',
      'UA1->SS NOTIFY refer',
      'SS->UA1 BYE',
      'SS->UA2 BYE',
      'UA1->SS 200 (BYE)',
      'UA2->SS 200 (BYE)',
    ]);
    expect(world.phones.UA1.live).toHaveLength(1);
    expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
    expect(world.server.calls.map((call) => call.connID)).toEqual([connID]);
  });
});

describe('TInitiateTransfer, TCompleteTransfer', () => {
  test('the call is held, the consultation is a call of its own', async () => {
    const world = await DeskWorld.open();
    const heldConnID = await world.talking();
    const dialing = await world.request({
      request: 'TInitiateTransfer',
      thisDN: 'UA2',
      connID: heldConnID,
      otherDN: 'UA3',
    });
    expect(dialing).toMatchObject({ event: 'EventDialing', callType: 4, previousConnID: heldConnID, otherDN: 'UA3' });
    await world.pass();
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID: dialing.connID! });
    await world.pass();
    expect(world.told).toEqual([
      'EventHeld UA2',
      'EventDialing UA2',
      'EventRinging UA3',
      'EventEstablished UA2',
      'EventEstablished UA3',
    ]);
    const [main, consult] = world.phones.UA2.live;
    expect([main!.media.peer, consult!.media.peer]).toEqual(['nobody', `${UA3}:4000 sendrecv`]);
    expect(world.phones.UA1.peer).toBe('nobody');
  });

  test('completed: those who are left talk under the ConnID of the held call; the consultation ends first', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TCompleteTransfer', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.ladder.lines()).toEqual([
      'SS->UA1 INVITE (-)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA3 INVITE (sdp UA1)',
      'UA3->SS 200 (INVITE) (sdp UA3)',
      'SS->UA3 ACK (-)',
      'SS->UA1 ACK (sdp UA3)',
      'SS->UA2 BYE',
      'UA2->SS 200 (BYE)',
      'SS->UA2 BYE',
      'UA2->SS 200 (BYE)',
    ]);
    expect(world.told).toEqual([
      'EventReleased UA2',
      'EventReleased UA2',
      'EventPartyChanged UA1',
      'EventPartyChanged UA3',
    ]);
    expect(world.events[0]).toMatchObject({ connID, callState: 1 });
    expect(world.events[1]).toMatchObject({ connID: heldConnID, callState: 1 });
    expect(world.events[2]).toMatchObject({ connID: heldConnID, otherDN: 'UA3', thirdPartyDN: 'UA2' });
    expect(world.events[3]).toMatchObject({ connID: heldConnID, previousConnID: connID, otherDN: 'UA1' });
    expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
    expect(world.phones.UA3.peer).toBe(`${UA1}:4000 sendrecv`);
    expect(world.server.calls).toHaveLength(1);
    await world.request({ request: 'TReleaseCall', thisDN: 'UA3', connID: heldConnID });
    await world.pass();
    expect(world.server.calls).toEqual([]);
  });

  test('completed while it still rings: they talk once it is answered', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    await world.request({ request: 'TMuteTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    expect(world.phones.UA2.live).toEqual([]);
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
    expect(world.phones.UA3.peer).toBe(`${UA1}:4000 sendrecv`);
  });

  test('a destination that refuses leaves the main call held, to be retrieved', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    world.phones.UA3.onInvite = (session) => session.reject(486);
    await world.request({ request: 'TInitiateTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    expect(world.told.slice(-3)).toEqual(['EventDestinationBusy UA2', 'EventReleased UA3', 'EventReleased UA2']);
    await world.request({ request: 'TRetrieveCall', thisDN: 'UA2', connID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });

  test('TReconnectCall: the consultation ends, the main call is retrieved', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TReconnectCall', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.told).toEqual(['EventReleased UA2', 'EventReleased UA3', 'EventRetrieved UA2']);
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.phones.UA3.live).toEqual([]);
  });

  test('TAlternateCall: the one is held, the other retrieved', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TAlternateCall', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.told).toEqual(['EventHeld UA2', 'EventRetrieved UA2']);
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.phones.UA3.peer).toBe('nobody');
  });
});

describe('dual-dialog-enabled=false: the consultation borrows the dialog', () => {
  const borrowing = () => DeskWorld.open({ dns: { UA2: { options: { 'dual-dialog-enabled': false } } } });

  test('ringback of the treatment server, then the party that was called; completed, it ends', async () => {
    const world = await borrowing();
    const heldConnID = await world.talking();
    const { connID } = await world.request({
      request: 'TInitiateTransfer',
      thisDN: 'UA2',
      connID: heldConnID,
      otherDN: 'UA3',
    });
    await world.pass();
    expect(world.phones.UA2.live).toHaveLength(1);
    expect(world.phones.UA2.peer).toBe('192.0.2.52:4000 sendrecv');
    expect(world.phones.UA1.peer).toBe('nobody');
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID: connID! });
    await world.pass();
    expect(world.phones.UA2.peer).toBe(`${UA3}:4000 sendrecv`);
    expect(world.media.SM.live).toEqual([]);
    await world.request({ request: 'TCompleteTransfer', thisDN: 'UA2', connID: connID!, heldConnID });
    await world.pass();
    expect(world.phones.UA2.live).toEqual([]);
    expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
  });

  test('TReconnectCall gives the dialog back to the main call', async () => {
    const world = await borrowing();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TReconnectCall', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.phones.UA2.live).toHaveLength(1);
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.phones.UA3.live).toEqual([]);
    expect(world.told).toEqual(['EventReleased UA2', 'EventReleased UA3', 'EventRetrieved UA2']);
  });

  test('a destination that refuses gives it back, too', async () => {
    const world = await borrowing();
    const connID = await world.talking();
    world.phones.UA3.onInvite = (session) => session.reject(486);
    await world.request({ request: 'TInitiateTransfer', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    await world.request({ request: 'TRetrieveCall', thisDN: 'UA2', connID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });

  test('a phone that hangs up ends both calls', async () => {
    const world = await borrowing();
    await world.consulting();
    await world.clock.until(world.phones.UA2.live[0]!.session.terminate());
    await world.pass();
    expect(world.server.calls).toEqual([]);
    expect([world.phones.UA1.live, world.phones.UA3.live]).toEqual([[], []]);
  });
});

test('TRedirectCall: what rings here rings elsewhere', async () => {
  const world = await DeskWorld.open();
  const { connID } = await world.request({ request: 'TMakeCall', thisDN: 'UA1', otherDN: 'UA2' });
  await world.pass();
  await world.request({ request: 'TRedirectCall', thisDN: 'UA2', connID: connID!, otherDN: 'UA3' });
  await world.pass();
  expect(world.phones.UA2.live).toEqual([]);
  await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID: connID! });
  await world.pass();
  expect(world.phones.UA1.peer).toBe(`${UA3}:4000 sendrecv`);
});
