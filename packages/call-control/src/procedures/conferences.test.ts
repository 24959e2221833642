import { describe, expect, test } from 'vitest';
import { DeskWorld } from '../testing/desk-phones';

describe('TCompleteConference', () => {
  test('three INVITEs without an offer first; then all are brought there; the consultation ends last', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    const lines = world.ladder.lines();
    expect(lines.slice(0, 6).sort()).toEqual(
      [...Array(3).fill('SS->MCU INVITE (-)'), ...Array(3).fill('MCU->SS 200 (INVITE) (sdp MCU)')].sort(),
    );
    expect(lines.slice(6)).toEqual([
      'SS->UA1 INVITE (sdp MCU)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA1 ACK (-)',
      'SS->MCU ACK (sdp UA1)',
      'SS->UA2 INVITE (sdp MCU)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->MCU ACK (sdp UA2)',
      'SS->UA3 INVITE (sdp MCU)',
      'UA3->SS 200 (INVITE) (sdp UA3)',
      'SS->UA3 ACK (-)',
      'SS->MCU ACK (sdp UA3)',
      'SS->UA2 BYE',
      'UA2->SS 200 (BYE)',
    ]);
    expect(new Set(world.media.MCU.live.map(({ session }) => session.invite.uri.toString()))).toHaveProperty('size', 1);
    expect(world.told).toEqual([
      'EventReleased UA2',
      'EventRetrieved UA2',
      'EventPartyAdded UA1',
      'EventPartyAdded UA2',
      'EventPartyChanged UA3',
    ]);
    expect(world.events[0]).toMatchObject({ connID, callState: 2 });
    expect(world.events[2]).toMatchObject({
      connID: heldConnID,
      otherDN: 'UA3',
      thirdPartyDN: 'UA2',
      thirdPartyDNRole: 5,
      callState: 2,
    });
    expect(world.events[4]).toMatchObject({ connID: heldConnID, previousConnID: connID, callState: 2 });
    expect(world.phones.UA2.live).toHaveLength(1);
    for (const phone of Object.values(world.phones)) expect(phone.peer).toMatch(/^192\.0\.2\.53:/);
  });

  test('a place that is refused: nothing has changed', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    let count = 0;
    world.media.MCU.onInvite = (session) =>
      ++count === 2 ? session.reject(503) : void session.accept().catch(() => {});
    const complete = world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await expect(complete).rejects.toMatchObject({ errorCode: 43 });
    await world.pass(40_000);
    expect(world.ladder.lines().filter((line) => /UA\d/.test(line))).toEqual([]);
    expect(world.media.MCU.live).toEqual([]);
    expect(world.told).toEqual([]);
    await world.request({ request: 'TReconnectCall', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });

  test('a party that refuses: the consultation goes on, the other is held', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    const { media } = world.phones.UA3.live[0]!;
    const answer = media.createAnswer.bind(media);
    media.createAnswer = () => {
      media.createAnswer = answer;
      throw Object.assign(new Error('Not now.'), { status: 488 });
    };
    const complete = world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await expect(complete).rejects.toMatchObject({ errorCode: 43 });
    await world.pass(40_000);
    expect(world.media.MCU.live).toEqual([]);
    expect(world.phones.UA3.peer).toMatch(/^192\.0\.2\.12:/);
    expect(world.phones.UA1.peer).toBe('nobody');
  });

  test('conferenceTakesDelayedOffer false: INVITEs with what the parties have described', async () => {
    const world = await DeskWorld.open({ mediaServers: { conferenceTakesDelayedOffer: false } });
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    expect(world.ladder.lines().slice(0, 3).sort()).toEqual([
      'SS->MCU INVITE (sdp UA1)',
      'SS->MCU INVITE (sdp UA2)',
      'SS->MCU INVITE (sdp UA3)',
    ]);
    for (const phone of Object.values(world.phones)) expect(phone.peer).toMatch(/^192\.0\.2\.53:\d+ sendrecv/);
  });

  test('who leaves is told of to the others; the last two go together', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    world.forget();
    await world.request({ request: 'TReleaseCall', thisDN: 'UA1', connID: heldConnID });
    await world.pass();
    expect(world.told.sort()).toEqual(['EventPartyDeleted UA2', 'EventPartyDeleted UA3', 'EventReleased UA1']);
    expect(world.media.MCU.live).toHaveLength(2);
    await world.request({ request: 'TReleaseCall', thisDN: 'UA3', connID: heldConnID });
    await world.pass();
    expect(world.server.calls).toEqual([]);
    expect(world.media.MCU.live).toEqual([]);
  });

  test('TDeleteFromConference, TListenDisconnect, TListenReconnect', async () => {
    const world = await DeskWorld.open();
    const { heldConnID, connID } = await world.consulting();
    await world.request({ request: 'TCompleteConference', thisDN: 'UA2', connID, heldConnID });
    await world.pass();
    const party = { thisDN: 'UA2', connID: heldConnID, otherDN: 'UA1' };
    await world.request({ request: 'TListenDisconnect', ...party });
    await world.pass();
    expect(world.phones.UA1.peer).toMatch(/sendonly$/);
    await world.request({ request: 'TListenReconnect', ...party });
    await world.pass();
    expect(world.phones.UA1.peer).toMatch(/sendrecv$/);
    world.forget();
    await world.request({ request: 'TDeleteFromConference', ...party });
    await world.pass();
    expect(world.told).toEqual(['EventReleased UA1', 'EventPartyDeleted UA2', 'EventPartyDeleted UA3']);
    expect(world.phones.UA1.live).toEqual([]);
  });
});

describe('TSingleStepConference', () => {
  test('somebody is called into the conversation', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    const added = world.request({ request: 'TSingleStepConference', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    await world.request({ request: 'TAnswerCall', thisDN: 'UA3', connID });
    expect(await added).toMatchObject({ event: 'EventPartyAdded', thisDN: 'UA2', otherDN: 'UA3' });
    await world.pass();
    for (const phone of Object.values(world.phones)) expect(phone.peer).toMatch(/^192\.0\.2\.53:\d+ sendrecv/);
  });

  test('who does not want to leaves the two as they were', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    world.phones.UA3.onInvite = (session) => session.reject(486);
    const added = world.request({ request: 'TSingleStepConference', thisDN: 'UA2', connID, otherDN: 'UA3' });
    await expect(added).rejects.toMatchObject({ errorCode: 41 });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    expect(world.phones.UA2.peer).toBe('nobody');
  });
});
