import { describe, expect, test } from 'vitest';
import { establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

const NO_MEDIA = 'v=0\r\no=server 77 1 IN IP4 10.0.0.200\r\ns=-\r\nc=IN IP4 10.0.0.200\r\nt=0 0\r\n';
const PHONE = '10.0.0.200:7000';

/** What the endpoint itself says of its stream. */
const directionOf = (sdp: string): string => /a=(sendrecv|sendonly|recvonly|inactive)/.exec(sdp)?.[1] ?? 'sendrecv';

/** A state of the media, how the server brings it about, and how it is answered to an offer of each direction. */
const states = {
  talking: async () => establishedLeg(),
  'held by the server (0.0.0.0)': async () => {
    const rig = await establishedLeg();
    await rig.leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    return rig;
  },
  'held by the server (sendonly)': async () => {
    const rig = await establishedLeg();
    await rig.leg.reinvite(wireSdp({ direction: 'sendonly', version: 2 }));
    return rig;
  },
  'held by the server (inactive)': async () => {
    const rig = await establishedLeg();
    await rig.leg.reinvite(wireSdp({ direction: 'inactive', version: 2 }));
    return rig;
  },
  'held by the endpoint': async () => {
    const rig = await establishedLeg();
    await rig.leg.notify('hold');
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await rig.server.respond(rig.server.requests('INVITE').at(-1)!, 200, { sdp });
    return rig;
  },
  'parked with no media': async () => {
    const rig = await ringingLeg({}, NO_MEDIA);
    await rig.leg.notify('talk');
    await rig.leg.ack();
    return rig;
  },
};

describe.each(Object.entries(states))('re-INVITE in every media state: %s', (name, reach) => {
  const holding = name === 'held by the endpoint';

  test.each([
    ['sendrecv', 'sendrecv', 'sendonly'],
    ['sendonly', 'recvonly', 'inactive'],
    ['recvonly', 'sendonly', 'sendonly'],
    ['inactive', 'inactive', 'inactive'],
  ])('an offer %s is answered %s, by a holder %s', async (offered, answered, byHolder) => {
    const { leg, call } = await reach();
    const answer = await leg.reinvite(wireSdp({ direction: offered, version: 5 }));
    expect(answer.status).toBe(200);
    expect(directionOf(answer.text)).toBe(holding ? byHolder : answered);
    const server = offered === 'sendonly' || offered === 'inactive';
    expect(call.heldBy).toBe(holding ? (server ? 'both' : 'local') : server ? 'remote' : undefined);
  });

  test('the null address silences it, and an address brings it back', async () => {
    const { leg, call, sends } = await reach();
    const hold = await leg.reinvite(wireSdp({ address: '0.0.0.0', version: 5 }));
    expect(hold.status).toBe(200);
    expect(call.state).toBe('held');
    expect(await sends()).toEqual({});
    await leg.reinvite(wireSdp({ version: 6 }));
    expect(call.state).toBe(holding ? 'held' : 'connected');
    expect((await sends())[PHONE] ?? 0).toBeGreaterThan(40);
  });

  test('one without an offer gets a full one back, its answer comes in the ACK, and the call is connected', async () => {
    const { leg, call, sends } = await reach();
    const offer = await leg.reinvite(undefined, { ackSdp: wireSdp({ port: 7100, codec: '8 PCMA', version: 5 }) });
    expect(directionOf(offer.text)).toBe('sendrecv');
    expect(offer.text).toMatch(/m=audio \d+ RTP\/AVP 0 8 101/);
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMA' });
    expect(call.heldBy).toBeUndefined();
    expect(await sends()).toEqual({ '10.0.0.200:7100': expect.any(Number) });
  });

  test('one without an offer whose ACK brings a black hole is held by the server', async () => {
    const { leg, call, sends } = await reach();
    await leg.reinvite(undefined, { ackSdp: wireSdp({ address: '0.0.0.0', version: 5 }) });
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    expect(await sends()).toEqual({});
  });

  test('UPDATE with an offer is answered as a re-INVITE is', async () => {
    const { leg, call, server, sends } = await reach();
    const update = await leg.request('UPDATE', { sdp: wireSdp({ port: 7200, version: 5 }) });
    expect(server.answer(update)!.status).toBe(200);
    expect(directionOf(server.answer(update)!.text)).toBe(holding ? 'sendonly' : 'sendrecv');
    expect(call.heldBy).toBe(holding ? 'local' : undefined);
    expect(await sends()).toEqual({ '10.0.0.200:7200': expect.any(Number) });
  });
});

describe('an INVITE, as a call-control server begins a call', () => {
  test('with the null address: answered, silent, and connected by a re-INVITE (RFC 3725 flow II)', async () => {
    const { leg, call, sends } = await ringingLeg({}, wireSdp({ address: '0.0.0.0' }));
    await leg.notify('talk');
    expect(leg.answer!.text).toContain('m=audio');
    await leg.ack();
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    expect(await sends()).toEqual({});
    await leg.reinvite(wireSdp({ version: 2 }));
    expect(call.state).toBe('connected');
    expect((await sends())[PHONE]).toBeGreaterThan(40);
  });

  test('without an offer, a black hole in the ACK, and connected by a re-INVITE (flow III)', async () => {
    const { leg, call, sends } = await ringingLeg({}, '');
    await leg.notify('talk');
    expect(directionOf(leg.answer!.text)).toBe('sendrecv');
    await leg.ack(wireSdp({ address: '0.0.0.0' }));
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    expect(await sends()).toEqual({});
    await leg.reinvite(wireSdp({ version: 2 }));
    expect(call.state).toBe('connected');
    expect((await sends())[PHONE]).toBeGreaterThan(40);
  });

  test('with no media line: answered with none, and connected by a re-INVITE (flow IV)', async () => {
    const { leg, call, sends } = await ringingLeg({}, NO_MEDIA);
    await leg.notify('talk');
    expect(leg.answer!.text).not.toContain('m=');
    await leg.ack();
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    const answer = await leg.reinvite(wireSdp({ version: 2 }));
    expect(answer.text).toContain('m=audio');
    expect(call.state).toBe('connected');
    expect((await sends())[PHONE]).toBeGreaterThan(40);
  });

  test('offered inactive: answered inactive, and connected by a re-INVITE', async () => {
    const { leg, call, sends } = await ringingLeg({}, wireSdp({ direction: 'inactive' }));
    await leg.notify('talk');
    expect(directionOf(leg.answer!.text)).toBe('inactive');
    await leg.ack();
    expect(call.heldBy).toBe('remote');
    await leg.reinvite(wireSdp({ version: 2 }));
    expect((await sends())[PHONE]).toBeGreaterThan(40);
  });
});

describe('target, codec, address and port change several times in one dialog', () => {
  test('each time audio goes to the new place in the new codec, from the port it had', async () => {
    const { leg, call, lab, sends } = await establishedLeg();
    const places = [
      { address: '10.0.0.201', port: 7100, codec: '8 PCMA' },
      { address: '0.0.0.0', port: 7100, codec: '8 PCMA' },
      { address: '10.0.0.202', port: 7200, codec: '0 PCMU' },
      { address: '10.0.0.202', port: 7300, codec: '0 PCMU' },
      { address: '10.0.0.200', port: 7000, codec: '8 PCMA' },
    ];
    for (const [index, place] of places.entries()) {
      const answer = await leg.reinvite(wireSdp({ ...place, version: 2 + index }));
      const away = place.address === '0.0.0.0';
      expect(call.snapshot).toMatchObject({ state: away ? 'held' : 'connected', codec: place.codec.slice(2) });
      expect(answer.text).toContain(`m=audio ${lab.media[0]!.localPort} `);
      expect(Object.keys(await sends())).toEqual(away ? [] : [`${place.address}:${place.port}`]);
    }
    expect(lab.media).toHaveLength(1);
  });

  test('what the endpoint sends goes to the Contact that came last', async () => {
    const { leg, call, server, lab } = await establishedLeg();
    const headers: [string, string][] = [['Contact', '<sip:elsewhere@10.0.0.200:5060>']];
    const request = await server.request('UPDATE', { callId: leg.callId, toTag: leg.toTag, sequence: 9, headers });
    expect(server.answer(request)!.status).toBe(200);
    void call.hangup();
    await lab.clock.advance(20);
    expect(server.requests('BYE')[0]!.uri.toString()).toBe('sip:elsewhere@10.0.0.200:5060');
  });

  test('an offer that cannot be agreed to is refused 488, and the call goes on as it was', async () => {
    const { leg, call, sends } = await establishedLeg();
    expect((await leg.reinvite(wireSdp({ codec: '18 G729', version: 2 }))).status).toBe(488);
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
    expect((await sends())[PHONE]).toBeGreaterThan(40);
  });

  test('its own description gets a new version when it has changed, and keeps it when not (RFC 3264 §8)', async () => {
    const { leg } = await establishedLeg();
    const version = (text: string) => /^o=\S+ \d+ (\d+)/m.exec(text)![1];
    const first = version(leg.answer!.text);
    const same = await leg.reinvite(wireSdp({ version: 1 }));
    expect(version(same.text)).toBe(first);
    const held = await leg.reinvite(wireSdp({ direction: 'inactive', version: 2 }));
    expect(Number(version(held.text))).toBeGreaterThan(Number(first));
  });
});

describe('glare: the server and the endpoint change the session at the same moment', () => {
  test('491 for the server, and the hold of the endpoint goes through', async () => {
    const { leg, call, server } = await establishedLeg();
    await leg.notify('hold');
    const crossing = await leg.request('INVITE', { sdp: wireSdp({ version: 2 }) });
    expect(server.answer(crossing)!.status).toBe(491);
    await leg.ack();
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await server.respond(server.requests('INVITE').at(-1)!, 200, { sdp });
    expect(call.heldBy).toBe('local');
  });

  test('491 for the endpoint, which tries again within 2 s: the Call-ID is not its own (RFC 3261 §14.1)', async () => {
    const { leg, call, server, lab } = await establishedLeg();
    await leg.notify('hold');
    const first = server.requests('INVITE').at(-1)!;
    await server.respond(first, 491);
    await leg.reinvite(wireSdp({ port: 7100, version: 2 }));
    await lab.clock.advance(2000);
    const again = server.requests('INVITE').at(-1)!;
    expect(again.cseq.sequence).toBeGreaterThan(first.cseq.sequence);
    expect(directionOf(again.text)).toBe('sendonly');
    await server.respond(again, 200, { sdp: wireSdp({ port: 7100, direction: 'recvonly', version: 3 }) });
    expect(call.heldBy).toBe('local');
  });

  test('a second re-INVITE before the first is acknowledged is not taken (RFC 3261 §14.2)', async () => {
    const { leg, call, server } = await establishedLeg();
    await leg.request('INVITE', { sdp: undefined });
    const second = await leg.request('INVITE', { sdp: wireSdp({ version: 2 }) });
    expect([491, 500]).toContain(server.answer(second)!.status);
    expect(call.state).toBe('connected');
  });
});
