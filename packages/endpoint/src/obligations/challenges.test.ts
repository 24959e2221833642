import type { SipRequest } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { controlled } from '../testing/server-leg';
import { type WirePeer, wireSdp } from '../testing/wire-peer';

const DIGEST: [string, string][] = [
  ['WWW-Authenticate', 'Digest realm="server", nonce="n", qop="auth", algorithm=MD5'],
];

/** A phone with a line at the server, and the call of a colleague that has come by it. */
async function line(options: EndpointOptions = {}) {
  const rig = await controlled(options);
  const connection = rig.endpoint.addConnection({
    user: 'sip:bob@example.com',
    server: 'sip:10.0.0.200:5060',
    password: 'secret',
    expires: 0,
  });
  const leg = rig.leg();
  const call = await leg.establish();
  return { ...rig, connection, leg, call };
}

/** Challenges the latest request of a method. @returns the one that follows, which has the answer to the challenge */
async function challenged(server: WirePeer, method: string): Promise<SipRequest> {
  const request = server.requests(method).at(-1)!;
  expect(request.headers.has('Authorization')).toBe(false);
  await server.respond(request, 401, { headers: DIGEST });
  const again = server.requests(method).at(-1)!;
  expect(again.cseq.sequence).toBe(request.cseq.sequence + 1);
  expect(again.headers.get('Authorization')).toMatch(/username="bob".*realm="server".*nc=00000001/);
  return again;
}

describe('a server may challenge whatever the endpoint sends (digest)', () => {
  test('INVITE', async () => {
    const { connection, server, lab } = await line();
    const call = connection.call('alice');
    await lab.clock.advance(20);
    await server.respond(await challenged(server, 'INVITE'), 200, { sdp: wireSdp() });
    expect(call.state).toBe('connected');
  });

  test('the re-INVITE of a hold that it asked for itself, in a call that came by the line', async () => {
    const { leg, call, server } = await line();
    await leg.notify('hold');
    const again = await challenged(server, 'INVITE');
    expect(again.text).toContain('a=sendonly');
    await server.respond(again, 200, { sdp: wireSdp({ direction: 'recvonly', version: 2 }) });
    expect(call.heldBy).toBe('local');
  });

  test('BYE and INFO in a call that came by the line', async () => {
    const { call, server, lab } = await line();
    const digit = call.sendDtmf('1', { method: 'info' });
    await lab.clock.advance(20);
    await server.respond(await challenged(server, 'INFO'), 200);
    await lab.until(digit, 1000);
    void call.hangup();
    await lab.clock.advance(20);
    const bye = server.requests('BYE').at(-1)!;
    await server.respond(bye, 401, { headers: DIGEST });
    expect(server.requests('BYE').at(-1)!.headers.has('Authorization')).toBe(true);
    await server.respond(server.requests('BYE').at(-1)!, 200);
    expect(call.state).toBe('disconnected');
  });

  test('the INVITE that it asked for by REFER', async () => {
    const { leg, server, endpoint } = await line();
    const headers: [string, string][] = [
      ['Refer-To', '<sip:carol@10.0.0.200>'],
      ['Contact', '<sip:server@10.0.0.200:5060>'],
    ];
    await leg.request('REFER', { headers });
    const again = await challenged(server, 'INVITE');
    await server.respond(again, 200, { sdp: wireSdp({ port: 7300 }) });
    expect(endpoint.calls.map(({ state }) => state)).toEqual(['connected', 'connected']);
  });

  test('SUBSCRIBE, MESSAGE and PUBLISH', async () => {
    const { connection, server, lab, leg } = await line({ quality: { collector: 'sip:collector@10.0.0.200:5060' } });
    connection.events.watchMessages();
    await lab.clock.advance(20);
    await server.respond(await challenged(server, 'SUBSCRIBE'), 200, { headers: [['Expires', '600']] });
    const sent = connection.events.sendMessage('alice', 'hello');
    await lab.clock.advance(20);
    await server.respond(await challenged(server, 'MESSAGE'), 200);
    await sent;
    await leg.bye();
    await lab.clock.advance(20);
    await server.respond(await challenged(server, 'PUBLISH'), 200, { headers: [['SIP-ETag', 'x']] });
  });

  test('without a password, or with a wrong one, it is told once and not asked for ever', async () => {
    const { connection, server, lab } = await line();
    const call = connection.call('alice');
    await lab.clock.advance(20);
    const again = await challenged(server, 'INVITE');
    await server.respond(again, 401, { headers: DIGEST });
    await lab.clock.advance(1000);
    expect(server.requests('INVITE').at(-1)).toBe(again);
    expect(call.snapshot).toMatchObject({ state: 'disconnected', end: { status: 401 } });
  });
});
