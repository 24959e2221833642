import { describe, expect, test } from 'vitest';
import { DeskWorld } from '../testing/desk-phones';

describe('THoldCall, TRetrieveCall', () => {
  test('0.0.0.0 to both; then a re-INVITE without a description, as phones may move', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    const held = await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    expect(held).toMatchObject({ event: 'EventHeld', thisDN: 'UA1', otherDN: 'UA2' });
    expect(world.ladder.lines()).toEqual([
      'SS->UA1 INVITE (hold)',
      'UA1->SS 200 (INVITE) (sdp UA1, inactive)',
      'SS->UA1 ACK (-)',
      'SS->UA2 INVITE (hold)',
      'UA2->SS 200 (INVITE) (sdp UA2, inactive)',
      'SS->UA2 ACK (-)',
    ]);
    expect([world.phones.UA1.peer, world.phones.UA2.peer]).toEqual(['nobody', 'nobody']);
    expect(world.told).toEqual(['EventHeld UA1']);
    world.forget();

    world.phones.UA1.live[0]!.media.move();
    const retrieved = await world.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
    expect(retrieved).toMatchObject({ event: 'EventRetrieved', thisDN: 'UA1', callState: 0 });
    await world.pass();
    expect(world.ladder.lines()).toEqual([
      'SS->UA1 INVITE (-)',
      'UA1->SS 200 (INVITE) (sdp UA1)',
      'SS->UA2 INVITE (sdp UA1)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->UA1 ACK (sdp UA2)',
    ]);
    expect(world.phones.UA2.peer).toBe('192.0.2.11:4002 sendrecv');
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });

  test('sip-enable-moh: who is held hears music, until he is retrieved', async () => {
    const world = await DeskWorld.open({ options: { 'sip-enable-moh': true, 'music-on-hold': 'vivaldi' } });
    const connID = await world.talking();
    await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    expect(world.ladder.lines()).toEqual([
      'SS->UA1 INVITE (hold)',
      'UA1->SS 200 (INVITE) (sdp UA1, inactive)',
      'SS->UA1 ACK (-)',
      'SS->MOH INVITE (-)',
      'MOH->SS 200 (INVITE) (sdp MOH)',
      'SS->UA2 INVITE (sdp MOH)',
      'UA2->SS 200 (INVITE) (sdp UA2)',
      'SS->UA2 ACK (-)',
      'SS->MOH ACK (sdp UA2)',
    ]);
    expect(world.media.MOH.live[0]!.session.invite.uri.toString()).toContain('vivaldi@');
    expect(world.phones.UA1.peer).toBe('nobody');
    expect(world.phones.UA2.peer).toBe('192.0.2.51:4000 sendrecv');
    await world.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
    await world.pass();
    expect(world.phones.UA2.peer).toBe('192.0.2.11:4000 sendrecv');
    expect(world.media.MOH.live).toEqual([]);
  });

  test('without its music server who is held hears silence', async () => {
    const world = await DeskWorld.open({ options: { 'sip-enable-moh': true } });
    world.media.MOH.onInvite = (session) => session.reject(503);
    const connID = await world.talking();
    await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    expect(world.phones.UA2.peer).toBe('nobody');
  });

  test('a phone that refuses leaves the call as it was', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    const media = world.phones.UA2.live[0]!.media;
    const answer = media.createAnswer.bind(media);
    media.createAnswer = () => {
      media.createAnswer = answer;
      throw Object.assign(new Error('Not now.'), { status: 488 });
    };
    const hold = world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    await expect(hold).rejects.toMatchObject({ errorCode: 43 });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
    expect(world.phones.UA2.peer).toBe('192.0.2.11:4000 sendrecv');
    expect(world.told).toEqual([]);
  });

  test('only what talks can be held, only what is held retrieved', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    const retrieve = world.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
    await expect(retrieve).rejects.toMatchObject({ errorCode: 21 });
    await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    const hold = world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    await expect(hold).rejects.toMatchObject({ errorCode: 21 });
    const unknown = world.request({ request: 'THoldCall', thisDN: 'UA1', connID: '0' });
    await expect(unknown).rejects.toMatchObject({ errorCode: 20 });
  });

  test('both may hold; each retrieves for himself', async () => {
    const world = await DeskWorld.open();
    const connID = await world.talking();
    await world.request({ request: 'THoldCall', thisDN: 'UA1', connID });
    await world.request({ request: 'THoldCall', thisDN: 'UA2', connID });
    await world.request({ request: 'TRetrieveCall', thisDN: 'UA1', connID });
    expect(world.phones.UA1.peer).toBe('nobody');
    await world.request({ request: 'TRetrieveCall', thisDN: 'UA2', connID });
    await world.pass();
    expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  });
});

test('a phone that holds by itself is passed on to the other, and told as EventHeld', async () => {
  const world = await DeskWorld.open();
  await world.talking();
  const [call] = world.phones.UA1.live;
  call!.media.wants = 'inactive';
  await world.clock.until(call!.session.reinvite());
  expect(world.phones.UA2.peer).toBe('nobody');
  expect(world.told).toEqual(['EventHeld UA1']);
  call!.media.wants = 'sendrecv';
  await world.clock.until(call!.session.reinvite());
  expect(world.phones.UA2.peer).toBe('192.0.2.11:4000 sendrecv');
  expect(world.told).toEqual(['EventHeld UA1', 'EventRetrieved UA1']);
});

test('TSetMuteOn: the party hears, and is not heard', async () => {
  const world = await DeskWorld.open();
  const connID = await world.talking();
  await world.request({ request: 'TSetMuteOn', thisDN: 'UA1', connID });
  await world.pass();
  expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 recvonly');
  expect(world.phones.UA2.peer).toBe('192.0.2.11:4000 sendonly');
  await world.request({ request: 'TSetMuteOff', thisDN: 'UA1', connID });
  await world.pass();
  expect(world.phones.UA1.peer).toBe('192.0.2.12:4000 sendrecv');
  expect(world.told).toEqual(['EventMuteOn UA1', 'EventMuteOff UA1']);
});

test('TSendDTMF: the digits reach the other phone by INFO', async () => {
  const world = await DeskWorld.open();
  const connID = await world.talking();
  const sent = await world.request({ request: 'TSendDTMF', thisDN: 'UA1', connID, digits: '12#' });
  expect(sent).toMatchObject({ event: 'EventDTMFSent', digits: '12#' });
  expect(world.ladder.lines()).toEqual(Array(3).fill(['SS->UA2 INFO', 'UA2->SS 200 (INFO)']).flat());
});
