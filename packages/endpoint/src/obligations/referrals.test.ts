import { toneSource } from '@offhook/rtp-media';
import type { HeaderList, SipRequest } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { controlled, establishedLeg, type ServerLeg } from '../testing/server-leg';
import { type WirePeer, wireSdp } from '../testing/wire-peer';

const CONTACT: [string, string] = ['Contact', '<sip:server@10.0.0.200:5060>'];

/** A REFER in the dialog of a call. @returns what it was answered with */
async function refer(leg: ServerLeg, server: WirePeer, to: string, headers: HeaderList = []) {
  const request = await leg.request('REFER', { headers: [['Refer-To', to], CONTACT, ...headers] });
  return server.answer(request)!;
}

/** A server that acknowledges what it is notified of, and what it was told so far. */
function listener(server: WirePeer) {
  const told: { status: string; state: string; event: string }[] = [];
  let seen = 0;
  return async () => {
    for (;;) {
      const notifies = distinct(server.requests('NOTIFY'));
      if (notifies.length === seen) return told;
      const notify = notifies[seen++]!;
      expect(notify.contentType).toMatch(/^message\/sipfrag/);
      told.push({
        status: notify.text.trim(),
        state: notify.headers.get('Subscription-State')!.split(';')[0]!,
        event: notify.headers.get('Event')!,
      });
      await server.respond(notify, 200);
    }
  };
}

const distinct = (requests: SipRequest[]): SipRequest[] =>
  requests.filter((each, at) => requests.findIndex(({ via }) => via.branch === each.via.branch) === at);

/** A call that the server refers to another target. */
async function referred(to = '<sip:carol@10.0.0.200>', headers: HeaderList = [], options: EndpointOptions = {}) {
  const rig = await establishedLeg(options);
  const { server, leg, endpoint } = rig;
  const notified = listener(server);
  const answer = await refer(leg, server, to, headers);
  await notified();
  const invite = server.requests('INVITE').at(-1);
  const moved = endpoint.calls.find((each) => each !== rig.call);
  return { ...rig, notified, answer, invite: invite!, moved: moved! };
}

describe('REFER from the server in the dialog of a call', () => {
  test('202, NOTIFY 100, the INVITE to Refer-To, NOTIFY 180, NOTIFY 200 and the end of the subscription', async () => {
    const { answer, invite, server, lab, moved, notified, call } = await referred();
    expect(answer.status).toBe(202);
    expect(lab.ladder.slice(0, 3).toSorted()).toEqual(['phone 202 REFER', 'phone INVITE', 'phone NOTIFY']);
    expect(lab.ladder[0]).toBe('phone 202 REFER');
    expect(invite.uri.toString()).toBe('sip:carol@10.0.0.200');
    expect(invite.callId).not.toBe(call.callId);
    expect(invite.text).toContain('m=audio');
    await server.respond(invite, 180, { toTag: 'carol' });
    await notified();
    await server.respond(invite, 200, { toTag: 'carol', sdp: wireSdp({ port: 7300 }) });
    expect(await notified()).toEqual([
      { status: 'SIP/2.0 100 Trying', state: 'active', event: 'refer' },
      { status: 'SIP/2.0 180 Ringing', state: 'active', event: 'refer' },
      { status: 'SIP/2.0 200 OK', state: 'terminated', event: 'refer' },
    ]);
    expect(moved.state).toBe('connected');
  });

  test('the old dialog is kept until the server ends it, and the new one stays (third-party release)', async () => {
    const { invite, server, lab, moved, notified, call, leg, sends } = await referred();
    await server.respond(invite, 200, { toTag: 'carol', sdp: wireSdp({ port: 7300 }) });
    await notified();
    await lab.clock.advance(60_000);
    expect(call.state).toBe('connected');
    expect(server.requests('BYE')).toEqual([]);
    expect(await leg.bye()).toBe(200);
    expect([call.state, moved.state]).toEqual(['disconnected', 'connected']);
    expect(Object.keys(await sends())).toEqual(['10.0.0.200:7300']);
  });

  test('BYE of the old dialog before the target has answered ends the old call only', async () => {
    const { invite, server, leg, moved, notified, call } = await referred();
    await server.respond(invite, 180, { toTag: 'carol' });
    await notified();
    expect(await leg.bye()).toBe(200);
    expect([call.state, moved.state]).toEqual(['disconnected', 'in-progress']);
    await server.respond(invite, 200, { toTag: 'carol', sdp: wireSdp({ port: 7300 }) });
    expect(moved.state).toBe('connected');
    // The subscription has a life of its own in the dialog (RFC 6665 §4.4.1).
    expect((await notified()).at(-1)).toMatchObject({ status: 'SIP/2.0 200 OK', state: 'terminated' });
  });

  test('a target that is busy: NOTIFY 486, and the old call goes on', async () => {
    const { invite, server, moved, notified, call, sends } = await referred();
    await server.respond(invite, 486, { toTag: 'carol' });
    expect((await notified()).at(-1)).toEqual({ status: 'SIP/2.0 486 Busy Here', state: 'terminated', event: 'refer' });
    expect([call.state, moved.state]).toEqual(['connected', 'disconnected']);
    expect((await sends())['10.0.0.200:7000']).toBeGreaterThan(40);
  });

  test('Refer-To with Replaces, and Referred-By, go into the INVITE (RFC 3891, RFC 3892)', async () => {
    const { invite } = await referred('<sip:carol@10.0.0.200?Replaces=12345%40host%3Bto-tag%3Dt%3Bfrom-tag%3Df>', [
      ['Referred-By', '<sip:bob@example.com>'],
    ]);
    expect(invite.uri.toString()).toBe('sip:carol@10.0.0.200');
    expect(invite.headers.get('Replaces')).toBe('12345@host;to-tag=t;from-tag=f');
    expect(invite.headers.get('Referred-By')).toBe('<sip:bob@example.com>');
  });

  test('without reports where the server wants none (Refer-Sub: false, RFC 4488)', async () => {
    const { answer, invite, notified } = await referred(undefined, [['Refer-Sub', 'false']]);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('Refer-Sub')).toBe('false');
    expect(invite.uri.toString()).toBe('sip:carol@10.0.0.200');
    expect(await notified()).toEqual([]);
  });

  test('a call that is held here is moved with what it plays, which is then heard', async () => {
    const rig = await establishedLeg();
    const { server, leg, call, endpoint, sends } = rig;
    const source = toneSource({ frequencies: [440] });
    call.audio.source = source;
    await leg.notify('hold');
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await server.respond(server.requests('INVITE').at(-1)!, 200, { sdp });
    const notified = listener(server);
    await refer(leg, server, '<sip:carol@10.0.0.200>');
    await notified();
    await server.respond(server.requests('INVITE').at(-1)!, 200, { toTag: 'c', sdp: wireSdp({ port: 7300 }) });
    await leg.bye();
    const [moved] = endpoint.calls;
    expect(moved!.audio.source).toBe(source);
    expect(moved!.heldBy).toBeUndefined();
    expect((await sends())['10.0.0.200:7300']).toBeGreaterThan(40);
  });

  test('two in one dialog are told apart by their id (RFC 3515 §2.4.6)', async () => {
    const { leg, server, notified } = await referred();
    await refer(leg, server, '<sip:dave@10.0.0.200>');
    const events = (await notified()).map(({ event }) => event);
    expect(events[0]).toBe('refer');
    expect(events.at(-1)).toMatch(/^refer;id=\d+$/);
    const users = distinct(server.requests('INVITE')).map(({ uri }) => uri.toString());
    expect(users).toEqual(['sip:carol@10.0.0.200', 'sip:dave@10.0.0.200']);
  });

  test.each([
    ['without Refer-To', undefined, 400],
    ['to something that is no SIP address', 'tel:+123', 603],
    ['for another method', '<sip:carol@10.0.0.200;method=BYE>', 603],
  ])('%s is refused, and the call goes on', async (_, to, status) => {
    const { leg, server, call } = await establishedLeg();
    const headers: [string, string][] = to === undefined ? [CONTACT] : [CONTACT, ['Refer-To', to]];
    const request = await leg.request('REFER', { headers });
    expect(server.answer(request)!.status).toBe(status);
    expect(call.state).toBe('connected');
  });

  test('is refused 603 where referrals are not followed', async () => {
    const { answer, endpoint } = await referred(undefined, [], { referrals: 'refuse' });
    expect(answer.status).toBe(603);
    expect(endpoint.calls).toHaveLength(1);
  });

  test('in a dialog nobody knows: 481', async () => {
    const { server, leg } = await establishedLeg();
    const headers: [string, string][] = [['Refer-To', '<sip:carol@10.0.0.200>'], CONTACT];
    const request = await server.request('REFER', { callId: leg.callId, toTag: 'x', sequence: 9, headers });
    expect(server.answer(request)!.status).toBe(481);
  });
});

describe('refer_to_proxy: where the INVITE of a REFER goes', () => {
  async function byLine(referToProxy: boolean) {
    const { lab, endpoint, server } = await controlled({ referToProxy });
    const line = endpoint.addConnection({ user: 'sip:bob@example.com', server: 'sip:10.0.0.200:5060', expires: 0 });
    const seen: string[] = [];
    const elsewhere = lab.sipNetwork.transport('UDP', { host: '10.0.0.66', port: 5060 });
    await elsewhere.listen({
      message: (data) => seen.push(new TextDecoder().decode(data.slice()).split(' ', 1)[0]!),
      flowClosed: () => {},
      noise: () => {},
    });
    const call = line.call('alice');
    await lab.clock.advance(20);
    const invite = server.requests('INVITE')[0]!;
    await server.respond(invite, 200, { sdp: wireSdp() });
    const headers: [string, string][] = [['Refer-To', '<sip:carol@10.0.0.66>'], CONTACT];
    await server.request('REFER', { callId: call.callId, toTag: invite.from.tag, headers });
    await lab.clock.advance(20);
    const invites = distinct(server.requests('INVITE')).filter(({ callId }) => callId !== call.callId);
    return { seen, invites };
  }

  test('to the server of the line when it is set', async () => {
    const { seen, invites } = await byLine(true);
    expect(invites.map(({ uri, from }) => [uri.toString(), from.sipUri?.toString()])).toEqual([
      ['sip:carol@10.0.0.66', 'sip:bob@example.com'],
    ]);
    expect(seen).toEqual([]);
  });

  test('to the address in Refer-To when it is not', async () => {
    const { seen, invites } = await byLine(false);
    expect(invites).toEqual([]);
    expect(seen[0]).toBe('INVITE');
  });
});
