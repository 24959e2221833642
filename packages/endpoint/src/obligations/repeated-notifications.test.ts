import { describe, expect, test } from 'vitest';
import { establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

const TALK: [string, string][] = [
  ['Event', 'talk'],
  ['Subscription-State', 'active'],
];

describe('notifications that come more than once', () => {
  test('a repeated NOTIFY talk (lost 200) gets the same 200, and answers once', async () => {
    const { leg, server, lab } = await ringingLeg();
    const again = { callId: leg.callId, toTag: leg.toTag, sequence: 2, branch: 'z9hG4bKtalk', headers: TALK };
    for (let time = 0; time < 4; time++) await server.request('NOTIFY', again);
    expect(lab.ladder.filter((line) => line === 'phone 200 NOTIFY')).toHaveLength(4);
    await leg.ack();
    expect(lab.ladder.filter((line) => line === 'phone 200 INVITE')).toHaveLength(1);
    expect(leg.call.state).toBe('connected');
  });

  test('four new ones, as a server sends that has not heard: 200 each, answered once', async () => {
    const { leg, lab } = await ringingLeg();
    for (let time = 0; time < 4; time++) expect(await leg.notify('talk')).toBe(200);
    await leg.ack();
    expect(lab.ladder.filter((line) => line === 'phone 200 INVITE')).toHaveLength(1);
    expect(leg.call.state).toBe('connected');
  });

  test('one that was overtaken is refused 500, and what is so stays so (RFC 3261 §12.2.2)', async () => {
    const { leg, server, call } = await establishedLeg();
    await leg.request('OPTIONS');
    const late = await server.request('NOTIFY', {
      callId: leg.callId,
      toTag: leg.toTag,
      sequence: 2,
      headers: [['Event', 'hold']],
    });
    expect(server.answer(late)!.status).toBe(500);
    expect(call.heldBy).toBeUndefined();
  });

  test('hold that comes twice while the first is on its way is one re-INVITE', async () => {
    const { leg, server, lab, call } = await establishedLeg();
    await leg.notify('hold');
    await leg.notify('hold');
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await server.respond(server.requests('INVITE').at(-1)!, 200, { sdp });
    await lab.clock.advance(1000);
    expect(lab.ladder.filter((line) => line === 'phone INVITE')).toHaveLength(1);
    expect(call.heldBy).toBe('local');
  });

  test('a re-INVITE that says the same as before changes nothing', async () => {
    const { leg, call } = await establishedLeg();
    const told: string[] = [];
    call.on('state', (state) => told.push(state));
    call.on('held', () => told.push('held'));
    call.on('retrieved', () => told.push('retrieved'));
    for (let time = 0; time < 3; time++) expect((await leg.reinvite(wireSdp())).status).toBe(200);
    expect(told).toEqual([]);
    await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    expect(told).toEqual(['held', 'held']);
  });

  test('a repeated BYE is answered as the first, and ends once', async () => {
    const { leg, server, call } = await establishedLeg();
    let ends = 0;
    call.on('ended', () => ends++);
    const bye = { callId: leg.callId, toTag: leg.toTag, sequence: 9, branch: 'z9hG4bKbye' };
    await server.request('BYE', bye);
    await server.request('BYE', bye);
    expect(server.received.filter((each) => 'status' in each && each.cseq.method === 'BYE')).toHaveLength(2);
    expect(server.last('BYE').status).toBe(200);
    expect(ends).toBe(1);
  });
});

describe('the end of a transfer by the server', () => {
  test('the consultation ends before the main call, and each tells its own end', async () => {
    const { leg, another, server, endpoint } = await establishedLeg();
    const main = leg.call;
    await leg.notify('hold');
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await server.respond(server.requests('INVITE').at(-1)!, 200, { sdp });
    const consultation = another();
    const consult = await consultation.establish(wireSdp({ port: 7400 }));
    const order: string[] = [];
    main.on('ended', () => order.push('main'));
    consult.on('ended', () => order.push('consultation'));
    expect(await consultation.bye()).toBe(200);
    expect(main.snapshot).toMatchObject({ state: 'held', heldBy: 'local' });
    expect(await leg.bye()).toBe(200);
    expect(order).toEqual(['consultation', 'main']);
    expect(endpoint.calls).toEqual([]);
  });

  test('the parties that stay get each other by re-INVITE, with another call UUID, and without a word to the user', async () => {
    const { leg, call, sends } = await establishedLeg({}, [['X-Genesys-CallUUID', 'MAIN']]);
    const told: string[] = [];
    call.on('state', (state) => told.push(state));
    const offer = await leg.reinvite(undefined, {
      ackSdp: wireSdp({ address: '10.0.0.203', port: 7300, version: 2 }),
      headers: [['X-Genesys-CallUUID', 'MERGED']],
    });
    expect(offer.text).toContain('m=audio');
    expect(call.uuid).toBe('MERGED');
    expect(Object.keys(await sends())).toEqual(['10.0.0.203:7300']);
    expect(told).toEqual([]);
  });
});
