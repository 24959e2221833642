import { describe, expect, test } from 'vitest';
import { controlled, establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

const RELIABLE: [string, string][] = [['Require', '100rel']];

/** When the server hangs up, and what it has brought about before. */
const moments: [string, () => Promise<Awaited<ReturnType<typeof ringingLeg>>>][] = [
  ['while it rings', () => ringingLeg()],
  ['while it rings, reliably', () => ringingLeg({}, '', RELIABLE)],
  [
    'between its 200 and the ACK',
    async () => {
      const rig = await ringingLeg({}, '');
      await rig.leg.notify('talk');
      return rig;
    },
  ],
  [
    'between talk and the PRACK',
    async () => {
      const rig = await ringingLeg({}, '', RELIABLE);
      await rig.leg.notify('talk');
      return rig;
    },
  ],
  ['while it talks', () => establishedLeg()],
  [
    'while the server holds it',
    async () => {
      const rig = await establishedLeg();
      await rig.leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
      return rig;
    },
  ],
  [
    'between a re-INVITE without an offer and its ACK',
    async () => {
      const rig = await establishedLeg();
      await rig.leg.request('INVITE');
      return rig;
    },
  ],
  [
    'while a hold of ours is on its way',
    async () => {
      const rig = await establishedLeg();
      await rig.leg.notify('hold');
      return rig;
    },
  ],
  [
    'while digits are being sent',
    async () => {
      const rig = await establishedLeg();
      rig.call.sendDtmf('123456').catch(() => {});
      await rig.lab.clock.advance(200);
      return rig;
    },
  ],
  [
    'while it is held by the endpoint',
    async () => {
      const rig = await establishedLeg();
      await rig.leg.notify('hold');
      const sdp = wireSdp({ direction: 'recvonly', version: 2 });
      await rig.server.respond(rig.server.requests('INVITE').at(-1)!, 200, { sdp });
      return rig;
    },
  ],
];

describe('BYE from the server at any moment', () => {
  test.each(moments)('%s: 200, the call is over, and nothing is left', async (_, reach) => {
    const { leg, call, endpoint, lab, server } = await reach();
    expect(await leg.bye()).toBe(200);
    expect(await lab.until(call.ended, 100)).toMatchObject({ by: 'remote' });
    expect(endpoint.calls).toEqual([]);
    expect(lab.media.every(({ closed }) => closed)).toBe(true);
    // A request of ours that waits is over when its transaction is.
    await lab.clock.advance(70_000);
    expect(lab.providers[0]!.load).toMatchObject({ sessions: 0, transactions: 0 });
    expect(server.requests('BYE')).toEqual([]);
    expect(await leg.bye()).toBe(481);
  });

  test('before the INVITE was answered ends it with 487 (RFC 3261 §15.1.2)', async () => {
    const { leg } = await ringingLeg();
    await leg.bye();
    expect(leg.answer!.status).toBe(487);
  });

  test('on both legs of a consultation, one after the other', async () => {
    const { leg, another, endpoint } = await establishedLeg();
    const main = leg.call;
    await leg.notify('hold');
    const consultation = another();
    const consult = await consultation.establish();
    expect(await consultation.bye()).toBe(200);
    expect(await leg.bye()).toBe(200);
    expect([main.state, consult.state]).toEqual(['disconnected', 'disconnected']);
    expect(endpoint.calls).toEqual([]);
  });

  test('with a reason is told to the application', async () => {
    const { leg, call, server } = await establishedLeg();
    const bye = await leg.request('BYE', { headers: [['Reason', 'Q.850;cause=16;text="Terminated"']] });
    expect(server.answer(bye)!.status).toBe(200);
    expect(await call.ended).toMatchObject({ by: 'remote' });
  });
});

describe('CANCEL', () => {
  test('while it rings: 200 for the CANCEL, 487 for the INVITE', async () => {
    const { leg, call, endpoint, lab } = await ringingLeg();
    expect(await leg.cancel()).toBe(200);
    expect(leg.answer!.status).toBe(487);
    await leg.ack();
    expect(await lab.until(call.ended, 100)).toMatchObject({ by: 'remote' });
    expect(endpoint.calls).toEqual([]);
  });

  test('because another phone has answered says so (RFC 3326)', async () => {
    const { leg, call, lab, server } = await ringingLeg();
    const { branch } = leg.invitation.via;
    const headers: [string, string][] = [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']];
    await server.request('CANCEL', { callId: leg.callId, ...(branch && { branch }), headers });
    expect(leg.answer!.status).toBe(487);
    expect((await lab.until(call.ended, 100)).by).toBe('remote');
  });

  test('that crosses our 200: 200 for the CANCEL, the call stays until BYE (RFC 3261 §9.2)', async () => {
    const { leg, call } = await ringingLeg();
    await leg.notify('talk');
    expect(await leg.cancel()).toBe(200);
    expect(leg.answer!.status).toBe(200);
    await leg.ack();
    expect(call.state).toBe('connected');
    expect(await leg.bye()).toBe(200);
  });

  test('then talk: the dialog is gone, 481', async () => {
    const { leg } = await ringingLeg();
    await leg.cancel();
    expect(await leg.notify('talk')).toBe(481);
  });

  test('of a call nobody knows: 481', async () => {
    const { server } = await controlled();
    const request = await server.request('CANCEL', { branch: 'z9hG4bKunknown' });
    expect(server.answer(request)!.status).toBe(481);
  });
});
