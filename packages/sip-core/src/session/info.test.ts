import { describe, expect, test } from 'vitest';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

/** A call of ours, answered. */
async function calling(packages: readonly string[] = [], answer: [string, string][] = []) {
  const pair = await PhoneAndPeer.start({ infoPackages: packages });
  const session = pair.call();
  pair.outgoing = session;
  const invite = await pair.peer.receive('INVITE');
  pair.peer.reply(invite, 200, { body: 'answer', headers: answer });
  await pair.peer.receive('ACK');
  return { pair, peer: pair.peer, clock: pair.clock, session, invite };
}

describe('Info Packages (RFC 6086)', () => {
  test('what is received is said in the INVITE and in its answer', async () => {
    const { invite, pair, peer } = await calling(['dtmf', 'x-status']);
    expect(invite.headers.get('Recv-Info')).toBe('dtmf, x-status');
    expect(invite.allow).toContain('INFO');
    const incoming = pair.send('INVITE', { body: 'offer' });
    await pair.clock.advance(10);
    const accepted = pair.incoming!.accept();
    expect((await peer.receiveStatus(200)).headers.get('Recv-Info')).toBe('dtmf, x-status');
    pair.sendAck(incoming);
    await pair.clock.until(accepted);
  });

  test('an INFO about one of them is answered 200, and told', async () => {
    const { pair, peer, session } = await calling(['x-status']);
    const told: unknown[] = [];
    session.on('info', ({ package: name, params, body }) =>
      told.push([name, params?.get('v'), body?.contentType, new TextDecoder().decode(body?.body)]),
    );
    pair.sendInside('INFO', { headers: [['Info-Package', 'x-status;v=2']], body: 'hello' });
    await peer.receiveStatus(200);
    expect(told).toEqual([['x-status', '2', 'application/sdp', 'hello']]);
  });

  test('about another: 469 with what is received; about none: the application decides, as it always did', async () => {
    const { pair, peer, session } = await calling(['x-status']);
    pair.sendInside('INFO', { headers: [['Info-Package', 'unknown']] });
    const bad = await peer.receiveStatus(469);
    expect([bad.reason, bad.headers.get('Recv-Info')]).toEqual(['Bad Info Package', 'x-status']);
    pair.sendInside('INFO', { headers: [['Info-Package', ';;']] });
    await peer.receiveStatus(400);
    pair.sendInside('INFO', { body: 'Signal=5' });
    await peer.receiveStatus(405);
    session.on('request', (transaction) => transaction.reply(200));
    pair.sendInside('INFO', { body: 'Signal=5' });
    await peer.receiveStatus(200);
  });

  test('ours go to a peer that wants them, and to no other', async () => {
    const { peer, clock, session } = await calling([], [['Recv-Info', 'foo, bar;x=1']]);
    expect(session.peerInfoPackages).toEqual(['foo', 'bar']);
    const body = { contentType: 'text/plain', body: new TextEncoder().encode('hi') };
    const done = session.info({ package: 'bar', body, headers: [['X-More', '1']] });
    const info = await peer.receive('INFO');
    expect([
      info.headers.get('Info-Package'),
      info.headers.get('Content-Disposition'),
      info.headers.get('X-More'),
      info.text,
    ]).toEqual(['bar', 'Info-Package', '1', 'hi']);
    peer.reply(info, 200);
    expect((await clock.until(done)).status).toBe(200);
    await expect(session.info({ package: 'baz' })).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('what it wants may change with a re-INVITE; an empty Recv-Info wants none', async () => {
    const { pair, peer, session } = await calling([], [['Recv-Info', 'foo']]);
    const reinvite = pair.sendInside('INVITE', { body: 'x', headers: [['Recv-Info', '']] });
    await peer.receiveStatus(200);
    pair.sendAck(reinvite);
    expect(session.peerInfoPackages).toEqual([]);
  });
});
