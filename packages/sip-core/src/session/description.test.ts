import { describe, expect, test } from 'vitest';
import { formatMultipart } from '../body/multipart';
import { seededRandomBytes } from '../testing/seeded-random';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

const several = (...parts: Parameters<typeof formatMultipart>[0]) =>
  formatMultipart(parts, 'mixed', seededRandomBytes(3));
const sdp = { contentType: 'application/sdp', body: 'their offer' };
const place = { contentType: 'application/pidf+xml', body: '<presence/>' };

/** An INVITE with this body. */
async function invited(body: { contentType: string; body: Uint8Array | string }, disposition?: string) {
  const pair = await PhoneAndPeer.start();
  const invite = pair.request('INVITE', { headers: disposition ? [['Content-Disposition', disposition]] : [] });
  invite.setBody(body.contentType, body.body);
  pair.peer.send(invite, pair.stack.transports[0]!.local);
  await pair.clock.advance(10);
  return { pair, peer: pair.peer, clock: pair.clock, media: pair.media, invite };
}

/** Answers it. */
async function answered(...args: Parameters<typeof invited>) {
  const lab = await invited(...args);
  const accepted = lab.pair.incoming!.accept();
  const ok = await lab.peer.receiveStatus(200);
  lab.pair.sendAck(lab.invite, lab.media.log[0]!.includes('answer') ? undefined : 'their answer');
  await lab.clock.until(accepted);
  return { ...lab, ok };
}

describe('the description of an INVITE', () => {
  test('is a part of several: the others travel along, and can be read by the application (RFC 5621)', async () => {
    const { media, invite } = await answered(several(place, sdp));
    expect(media.log).toEqual(['A answer 1 to their offer']);
    expect(invite.contentType).toMatch(/^multipart\/mixed/);
  });

  test('is not a body for something else, nor one that may be passed over: our 200 offers', async () => {
    const note = { contentType: 'text/plain', body: 'Hello' };
    for (const disposition of ['render;handling=optional', 'icon;handling=optional']) {
      const { media, pair, clock } = await answered(note, disposition);
      expect(media.log).toEqual(['A offer 1', 'accepted their answer']);
      await clock.until(pair.stack.close());
    }
  });

  test.each<[string, Parameters<typeof invited>, number]>([
    ['of a type nobody knows', [{ contentType: 'application/isup', body: 'x' }], 415],
    [
      'in a part that has to be understood',
      [several(sdp, { ...place, disposition: { type: 'session', handling: 'required' } })],
      415,
    ],
    ['in parts that cannot be taken apart', [{ contentType: 'multipart/mixed;boundary=x', body: 'no boundary' }], 400],
    ['in parts without a boundary', [{ contentType: 'multipart/mixed', body: 'no boundary' }], 400],
  ])('%s is refused', async (_, args, status) => {
    const { peer, pair } = await invited(...args);
    const refusal = await peer.receiveStatus(status);
    if (status === 415) expect(refusal.headers.get('Accept')).toBe('application/sdp');
    expect(pair.incoming).toBeUndefined();
  });

  test('in a re-INVITE is found and refused the same way', async () => {
    const { pair, peer, media, clock } = await answered(sdp);
    const send = (body: { contentType: string; body: Uint8Array | string }, sequence: number) => {
      const { dialog } = pair.incoming!;
      const reinvite = pair.request('INVITE', { sequence });
      reinvite.callId = dialog!.callId;
      reinvite.to = dialog!.local;
      reinvite.setBody(body.contentType, body.body);
      peer.send(reinvite, pair.stack.transports[0]!.local);
      return reinvite;
    };
    send({ contentType: 'application/isup', body: 'x' }, 200);
    await peer.receiveStatus(415);
    const good = send(several(sdp, place), 201);
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    pair.sendAck(good);
    await clock.advance(1);
    expect(media.log).toEqual(['A answer 1 to their offer', 'A answer 2 to their offer']);
  });
});
