import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { WirePeer, wireSdp } from '../testing/wire-peer';

/** A call-control server, on the wire, and the endpoint it controls. */
async function controlled() {
  const lab = new MemoryLab();
  const endpoint = await lab.endpoint('bob');
  const server = await WirePeer.open(lab, '10.0.0.1');
  return { lab, endpoint, server };
}

/** The server has called, and the endpoint rings. */
async function ringing(sdp: string | undefined = wireSdp()) {
  const rig = await controlled();
  await rig.server.request('INVITE', { sdp });
  const call = rig.endpoint.calls[0]!;
  const ring = rig.server.received.find((each) => 'status' in each && each.status === 180)!;
  return { ...rig, call, toTag: ring.to.tag, ring };
}

/** The call is up. */
async function established() {
  const rig = await ringing();
  const { server, toTag, call } = rig;
  const notify = { toTag, sequence: 2, headers: [['Event', 'talk'] as [string, string]] };
  await server.request('NOTIFY', notify);
  await server.request('ACK', { toTag, sequence: 1 });
  await call.established;
  let sequence = 2;
  /** A re-INVITE, its 200, and the ACK. */
  const reinvite = async (sdp: string | undefined, ackSdp?: string) => {
    sequence++;
    await server.request('INVITE', { toTag, sequence, sdp });
    const answer = server.last('INVITE');
    await server.request('ACK', { toTag, sequence, sdp: ackSdp });
    return answer.text;
  };
  return { ...rig, reinvite, next: () => ++sequence };
}

const talk: [string, string][] = [
  ['Event', 'talk'],
  ['Subscription-State', 'active'],
];

describe('a call-control server', () => {
  test('learns in the 180 which events it may send', async () => {
    const { ring } = await ringing();
    expect(ring.headers.get('Allow-Events')).toBe('talk, hold');
    expect(ring.allow).toContain('NOTIFY');
  });

  test('has a ringing call answered by NOTIFY talk, its 200 before that of the INVITE', async () => {
    const { server, toTag, call, lab } = await ringing();
    lab.ladder.length = 0;
    await server.request('NOTIFY', { toTag, sequence: 2, headers: talk });
    expect(lab.ladder).toEqual(['bob 200 NOTIFY', 'bob 200 INVITE']);
    expect(server.last('INVITE').headers.get('Allow-Events')).toBe('talk, hold');
    expect(call.state).toBe('answering');
    await server.request('ACK', { toTag, sequence: 1 });
    expect(call.state).toBe('connected');
  });

  test('may leave our 200 without an ACK for as long as it looks for the other party', async () => {
    const { server, toTag, call, lab } = await ringing('');
    await server.request('NOTIFY', { toTag, sequence: 2, headers: talk });
    const offer = server.last('INVITE').text;
    expect(offer).toContain('m=audio');
    await lab.clock.advance(25_000);
    expect(call.snapshot).toMatchObject({ state: 'answering' });
    expect(server.received.filter((each) => 'status' in each && each.status === 200).length).toBeGreaterThan(5);
    await server.request('ACK', { toTag, sequence: 1, sdp: wireSdp() });
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
  });

  test('places the call with a black hole, and connects it later', async () => {
    const { server, toTag, call, lab } = await ringing(wireSdp({ address: '0.0.0.0' }));
    await server.request('NOTIFY', { toTag, sequence: 2, headers: talk });
    await server.request('ACK', { toTag, sequence: 1 });
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    await lab.clock.advance(1000);
    expect(call.statistics().packetsSent).toBe(0);
    await server.request('INVITE', { toTag, sequence: 3, sdp: wireSdp({ version: 2 }) });
    await server.request('ACK', { toTag, sequence: 3 });
    expect(call.state).toBe('connected');
    await lab.clock.advance(1000);
    expect(call.statistics().packetsSent).toBeGreaterThan(40);
  });

  test('holds and retrieves: hold with the null address, retrieve without an offer, a full one back', async () => {
    const { call, reinvite } = await established();
    expect(await reinvite(wireSdp({ address: '0.0.0.0', version: 2 }))).toContain('m=audio');
    expect(call.heldBy).toBe('remote');
    const offer = await reinvite(undefined, wireSdp({ version: 3 }));
    expect(offer).toContain('a=sendrecv');
    expect(offer).toContain('PCMA');
    expect(call.state).toBe('connected');
  });

  test('sends the call to one party after the other: address, port and codec change in one dialog', async () => {
    const { call, reinvite, lab } = await established();
    const places = [
      { address: '10.0.0.201', port: 7100, codec: '8 PCMA' },
      { address: '10.0.0.202', port: 7200, codec: '0 PCMU' },
      { address: '10.0.0.203', port: 7300, codec: '8 PCMA' },
    ];
    for (const [index, place] of places.entries()) {
      const answer = await reinvite(wireSdp({ ...place, version: 2 + index }));
      await lab.clock.advance(100);
      expect(lab.media[0]!.remoteRtp).toEqual({ host: place.address, port: place.port });
      expect(call.snapshot).toMatchObject({ state: 'connected', codec: place.codec.slice(2) });
      expect(answer).toContain(`m=audio ${lab.media[0]!.localPort} `);
    }
    expect(lab.media).toHaveLength(1);
  });

  test('holds and retrieves by NOTIFY: 200, then our own re-INVITE', async () => {
    const { server, toTag, call, lab, next } = await established();
    lab.ladder.length = 0;
    await server.request('NOTIFY', { toTag, sequence: next(), headers: [['Event', 'hold']] });
    const [hold] = server.requests('INVITE');
    expect(lab.ladder).toEqual(['bob 200 NOTIFY', 'bob INVITE']);
    expect(hold!.text).toContain('a=sendonly');
    await server.respond(hold!, 200, { sdp: wireSdp({ direction: 'recvonly', version: 2 }) });
    expect(call.heldBy).toBe('local');
    await server.request('NOTIFY', { toTag, sequence: next(), headers: talk });
    const retrieve = server.requests('INVITE').at(-1)!;
    expect(retrieve.text).toContain('a=sendrecv');
    await server.respond(retrieve, 200, { sdp: wireSdp({ version: 3 }) });
    expect(call.state).toBe('connected');
    lab.ladder.length = 0;
    await server.request('NOTIFY', { toTag, sequence: next(), headers: talk });
    expect(lab.ladder).toEqual(['bob 200 NOTIFY']);
  });

  test('gets 489 for events nobody knows, 481 for dialogs nobody knows, 405 for methods nobody serves', async () => {
    const { server, toTag, next } = await established();
    await server.request('NOTIFY', { toTag, sequence: next(), headers: [['Event', 'dtmf']] });
    expect(server.last('NOTIFY').status).toBe(489);
    await server.request('NOTIFY', { toTag: 'unknown', sequence: next(), headers: talk });
    expect(server.last('NOTIFY').status).toBe(481);
    await server.request('NOTIFY', { callId: 'other', headers: talk });
    expect([405, 481, 489]).toContain(server.last('NOTIFY').status);
    await server.request('PUBLISH', { toTag, sequence: next(), headers: [['Event', 'presence']] });
    expect(server.last('PUBLISH').status).toBe(405);
    expect(server.last('PUBLISH').allow).toContain('INVITE');
  });

  test('keeps a re-INVITE that cannot be agreed to from changing the call: 488', async () => {
    const { call, reinvite, server } = await established();
    await reinvite(wireSdp({ codec: '18 G729', version: 2 }));
    expect(server.last('INVITE').status).toBe(488);
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
  });

  test('hangs up while the call rings, while it is answered, and while it is held', async () => {
    const early = await ringing();
    const branch = 'z9hG4bKcancelled';
    const late = await controlled();
    await late.server.request('INVITE', { sdp: wireSdp(), branch });
    await late.server.request('CANCEL', { branch });
    expect(late.server.last('INVITE').status).toBe(487);
    expect(late.endpoint.calls).toEqual([]);

    await early.server.request('NOTIFY', { toTag: early.toTag, sequence: 2, headers: talk });
    await early.server.request('ACK', { toTag: early.toTag, sequence: 1 });
    await early.server.request('BYE', { toTag: early.toTag, sequence: 3 });
    expect(await early.call.ended).toMatchObject({ by: 'remote' });

    const held = await established();
    await held.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    await held.server.request('BYE', { toTag: held.toTag, sequence: held.next() });
    expect(await held.call.ended).toMatchObject({ by: 'remote' });
    expect(held.lab.media[0]!.closed).toBe(true);
  });

  test('correlates calls by its UUID, which may change in a re-INVITE', async () => {
    const { server, toTag, call, next } = await established();
    const uuid = (value: string): [string, string][] => [['X-Genesys-CallUUID', value]];
    await server.request('INVITE', { toTag, sequence: next(), sdp: wireSdp(), headers: uuid('FIRST') });
    await server.request('ACK', { toTag, sequence: 3 });
    expect(call.uuid).toBe('FIRST');
    await server.request('INVITE', { toTag, sequence: next(), sdp: wireSdp(), headers: uuid('SECOND') });
    await server.request('ACK', { toTag, sequence: 4 });
    expect(call.snapshot.uuid).toBe('SECOND');
  });
});

describe('an INVITE that a proxy forks', () => {
  async function forked() {
    const lab = new MemoryLab();
    const endpoint = await lab.endpoint('bob');
    const proxy = await WirePeer.open(lab, '10.0.0.1');
    const call = endpoint.call('sip:all@10.0.0.200');
    await lab.clock.advance(20);
    return { lab, proxy, call, invite: proxy.requests('INVITE')[0]! };
  }

  test('is heard early from the branch that spoke last, and belongs to the one that answers', async () => {
    const { lab, proxy, call, invite } = await forked();
    await proxy.respond(invite, 183, { toTag: 'one', sdp: wireSdp({ address: '10.0.0.201' }) });
    expect(lab.media[0]!.remoteRtp!.host).toBe('10.0.0.201');
    await proxy.respond(invite, 183, { toTag: 'two', sdp: wireSdp({ address: '10.0.0.202', codec: '8 PCMA' }) });
    expect(lab.media[0]!.remoteRtp!.host).toBe('10.0.0.202');
    await proxy.respond(invite, 200, { toTag: 'three', sdp: wireSdp({ address: '10.0.0.203' }) });
    await call.established;
    expect(lab.media[0]!.remoteRtp!.host).toBe('10.0.0.203');
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
    expect(proxy.requests('ACK')).toHaveLength(1);
    expect(lab.media).toHaveLength(1);
  });

  test('and that two phones answer goes to the first; the other is acknowledged and hung up', async () => {
    const { proxy, call, invite, lab } = await forked();
    await proxy.respond(invite, 200, { toTag: 'one', sdp: wireSdp({ address: '10.0.0.201' }) });
    await proxy.respond(invite, 200, { toTag: 'two', sdp: wireSdp({ address: '10.0.0.202' }) });
    await lab.clock.advance(100);
    expect(call.state).toBe('connected');
    expect(proxy.requests('ACK').map((ack) => ack.to.tag)).toEqual(expect.arrayContaining(['one', 'two']));
    expect(new Set(proxy.requests('BYE').map((bye) => bye.to.tag))).toEqual(new Set(['two']));
    expect(lab.media[0]!.remoteRtp!.host).toBe('10.0.0.201');
  });

  test('may answer another description in the 200 than in the 183', async () => {
    const { proxy, call, invite, lab } = await forked();
    await proxy.respond(invite, 183, { toTag: 'one', sdp: wireSdp({ port: 7000 }) });
    await proxy.respond(invite, 200, { toTag: 'one', sdp: wireSdp({ port: 7002, codec: '8 PCMA' }) });
    await call.established;
    expect(lab.media[0]!.remoteRtp!.port).toBe(7002);
    expect(call.snapshot.codec).toBe('PCMA');
  });
});
