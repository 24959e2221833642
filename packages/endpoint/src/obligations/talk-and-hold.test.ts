import { describe, expect, test } from 'vitest';
import { controlled, establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

describe('NOTIFY talk and hold without a subscription, 200 before acting', () => {
  test('the 180 and the 200 tell which events may be sent (Allow-Events: talk, hold)', async () => {
    const { leg, server } = await ringingLeg();
    const ring = server.answers(leg.invitation).find(({ status }) => status === 180)!;
    expect(ring.headers.get('Allow-Events')).toBe('talk, hold');
    expect(ring.allow).toContain('NOTIFY');
    await leg.notify('talk');
    expect(leg.answer!.headers.get('Allow-Events')).toBe('talk, hold');
  });

  test('and so does the INVITE of the endpoint, in whose early dialog talk changes nothing', async () => {
    const { endpoint, server, lab } = await controlled();
    const call = endpoint.call('sip:server@10.0.0.200');
    await lab.clock.advance(20);
    const [invite] = server.requests('INVITE');
    expect(invite!.headers.get('Allow-Events')).toBe('talk, hold');
    await server.respond(invite!, 180);
    const early = await server.request('NOTIFY', {
      callId: invite!.callId,
      toTag: invite!.from.tag,
      headers: [
        ['Event', 'talk'],
        ['Subscription-State', 'active'],
      ],
    });
    // There is nothing to answer in a call of our own.
    expect(server.answer(early)!.status).toBe(200);
    expect(call.state).toBe('in-progress');
    await server.respond(invite!, 200, { sdp: wireSdp() });
    await call.established;
  });

  test('talk answers a ringing call: 200 for the NOTIFY, then 200 for the INVITE', async () => {
    const { leg, call, lab } = await ringingLeg();
    expect(await leg.notify('talk')).toBe(200);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY', 'phone 200 INVITE']);
    expect(call.state).toBe('answering');
    await leg.ack();
    expect(call.state).toBe('connected');
  });

  test('hold on a ringing call is answered 200 and does nothing', async () => {
    const { leg, call, lab } = await ringingLeg();
    expect(await leg.notify('hold')).toBe(200);
    await lab.clock.advance(1000);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY']);
    expect(call.state).toBe('alerting');
  });

  test('hold in a call: 200, then a re-INVITE that holds; talk: 200, then one that resumes', async () => {
    const { leg, call, server, lab } = await establishedLeg();
    expect(await leg.notify('hold')).toBe(200);
    const hold = server.requests('INVITE').at(-1)!;
    expect(lab.ladder).toEqual(['phone 200 NOTIFY', 'phone INVITE']);
    expect(hold.text).toContain('a=sendonly');
    expect(hold.headers.get('Allow-Events')).toBe('talk, hold');
    await server.respond(hold, 200, { sdp: wireSdp({ direction: 'recvonly', version: 2 }) });
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'local' });
    expect(await leg.notify('talk')).toBe(200);
    const resume = server.requests('INVITE').at(-1)!;
    expect(resume.text).toContain('a=sendrecv');
    await server.respond(resume, 200, { sdp: wireSdp({ version: 3 }) });
    expect(call.state).toBe('connected');
    expect(lab.ladder).toEqual([
      'phone 200 NOTIFY',
      'phone INVITE',
      'phone ACK',
      'phone 200 NOTIFY',
      'phone INVITE',
      'phone ACK',
    ]);
  });

  test('talk resumes a call that the server itself has put on hold', async () => {
    const { leg, call, server } = await establishedLeg();
    await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    expect(call.heldBy).toBe('remote');
    expect(await leg.notify('talk')).toBe(200);
    const resume = server.requests('INVITE').at(-1)!;
    expect(resume.text).toContain('a=sendrecv');
    await server.respond(resume, 200, { sdp: wireSdp({ version: 3 }) });
    expect(call.state).toBe('connected');
  });

  test('no action when the call is in that state already', async () => {
    const { leg, server, lab } = await establishedLeg();
    expect(await leg.notify('talk')).toBe(200);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY']);
    await leg.notify('hold');
    await server.respond(server.requests('INVITE').at(-1)!, 200, {
      sdp: wireSdp({ direction: 'recvonly', version: 2 }),
    });
    lab.ladder.length = 0;
    expect(await leg.notify('hold')).toBe(200);
    await lab.clock.advance(1000);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY']);
  });

  test('hold and talk close after each other are both carried out, in that order', async () => {
    const { leg, call, server, lab } = await establishedLeg();
    await leg.notify('hold');
    const hold = server.requests('INVITE').at(-1)!;
    expect(await leg.notify('talk')).toBe(200);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY', 'phone INVITE', 'phone 200 NOTIFY']);
    await server.respond(hold, 200, { sdp: wireSdp({ direction: 'recvonly', version: 2 }) });
    const resume = server.requests('INVITE').at(-1)!;
    expect(resume.text).toContain('a=sendrecv');
    await server.respond(resume, 200, { sdp: wireSdp({ version: 3 }) });
    expect(call.snapshot.state).toBe('connected');
    expect(call.heldBy).toBeUndefined();
  });

  test('hold is no wish of ours in a call that the server holds: it gets its audio back by its own re-INVITE', async () => {
    const { leg, call, lab, sends } = await establishedLeg();
    await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    lab.ladder.length = 0;
    expect(await leg.notify('hold')).toBe(200);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY']);
    await leg.reinvite(wireSdp({ version: 3 }));
    expect(call.state).toBe('connected');
    expect((await sends())['10.0.0.200:7000']).toBeGreaterThan(40);
  });

  test('a hold that the server refuses leaves the call as it is', async () => {
    const { leg, call, server, sends } = await establishedLeg();
    await leg.notify('hold');
    await server.respond(server.requests('INVITE').at(-1)!, 488);
    expect(call.state).toBe('connected');
    expect((await sends())['10.0.0.200:7000']).toBeGreaterThan(40);
  });

  test.each(['talk;id=7', 'TALK', 'Talk'])('the event is read as %s too', async (event) => {
    const { leg, call } = await ringingLeg();
    expect(await leg.notify(event)).toBe(200);
    expect(call.state).toBe('answering');
  });

  test('unknown events: 489 with the known ones; no event: 489 too; nothing happens', async () => {
    const { leg, call, server } = await ringingLeg();
    expect(await leg.notify('dtmf')).toBe(489);
    expect(server.last('NOTIFY').headers.get('Allow-Events')).toBe('talk, hold');
    const bare = await leg.request('NOTIFY', { headers: [['Subscription-State', 'active']] });
    expect(server.answer(bare)!.status).toBe(489);
    expect(call.state).toBe('alerting');
  });

  test('unknown dialogs: 481, by tag and by Call-ID', async () => {
    const { leg, server, call } = await ringingLeg();
    const headers: [string, string][] = [['Event', 'talk']];
    await server.request('NOTIFY', { callId: leg.callId, toTag: 'other', sequence: 2, headers });
    expect(server.last('NOTIFY').status).toBe(481);
    await server.request('NOTIFY', { callId: 'other', toTag: leg.toTag, sequence: 2, headers });
    expect(server.last('NOTIFY').status).toBe(481);
    await server.request('NOTIFY', { callId: 'another', sequence: 2, headers });
    expect(server.last('NOTIFY').status).toBe(481);
    expect(call.state).toBe('alerting');
  });

  test('remote control that is switched off is told nowhere, and talk is unknown: 489', async () => {
    const { leg, server, call } = await ringingLeg({ remoteControl: false });
    const ring = server.answers(leg.invitation).find(({ status }) => status === 180)!;
    expect(ring.headers.get('Allow-Events')).toBeUndefined();
    expect(await leg.notify('talk')).toBe(489);
    expect(call.state).toBe('alerting');
  });
});
