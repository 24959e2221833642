import { describe, expect, test } from 'vitest';
import { PartyAudio } from '../testing/party-audio';
import { establishedLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

const A = { address: '10.0.0.201', port: 7100 };
const B = { address: '10.0.0.202', port: 7200 };
const at = ({ address, port }: typeof A) => `${address}:${port}`;
const from = ({ address, port }: typeof A) => ({ host: address, port });

/** What one party after the other is heard by the endpoint: packets that reach its audio. */
async function heard(rig: Awaited<ReturnType<typeof establishedLeg>>, party: PartyAudio): Promise<number> {
  const before = rig.call.statistics().packetsReceived;
  await party.speak(1000);
  return rig.call.statistics().packetsReceived - before;
}

describe('the other party changes in one dialog', () => {
  test('each is heard from the address its description gives, and nobody else', async () => {
    const rig = await establishedLeg();
    const [a, b] = [new PartyAudio(rig.lab, from(A)), new PartyAudio(rig.lab, from(B))];
    await rig.leg.reinvite(wireSdp({ ...A, version: 2 }));
    expect(await heard(rig, a)).toBe(50);
    expect(await heard(rig, b)).toBe(0);
    await rig.leg.reinvite(wireSdp({ ...B, version: 3 }));
    expect(await heard(rig, b)).toBe(50);
    expect(await heard(rig, a)).toBe(0);
    await rig.leg.reinvite(wireSdp({ ...A, version: 4 }));
    expect(await heard(rig, a)).toBe(50);
  });

  test('music on hold is heard from the music server, nothing is sent to it, and then the other party again', async () => {
    const rig = await establishedLeg();
    const [customer, music] = [new PartyAudio(rig.lab, from(A)), new PartyAudio(rig.lab, from(B))];
    await rig.leg.reinvite(wireSdp({ ...A, version: 2 }));
    expect(await heard(rig, customer)).toBe(50);
    await rig.leg.reinvite(wireSdp({ ...B, direction: 'sendonly', version: 3 }));
    expect(rig.call.heldBy).toBe('remote');
    expect(await heard(rig, music)).toBe(50);
    expect(await rig.sends()).toEqual({});
    await rig.leg.reinvite(undefined, { ackSdp: wireSdp({ ...A, version: 4 }) });
    expect(await heard(rig, customer)).toBe(50);
    expect(Object.keys(await rig.sends())).toEqual([at(A)]);
  });

  test('a party that comes back after a black hole, as another source, is heard', async () => {
    const rig = await establishedLeg();
    await rig.leg.reinvite(wireSdp({ ...A, version: 2 }));
    expect(await heard(rig, new PartyAudio(rig.lab, from(A), { ssrc: 1111 }))).toBe(50);
    await rig.leg.reinvite(wireSdp({ address: '0.0.0.0', version: 3 }));
    await rig.lab.clock.advance(10_000);
    await rig.leg.reinvite(wireSdp({ ...A, version: 4 }));
    expect(await heard(rig, new PartyAudio(rig.lab, from(A), { ssrc: 2222 }))).toBe(50);
  });

  test('in another codec is decoded from its first packet', async () => {
    const rig = await establishedLeg();
    await rig.leg.reinvite(wireSdp({ ...A, codec: '8 PCMA', version: 2 }));
    expect(await heard(rig, new PartyAudio(rig.lab, from(A), { type: 8 }))).toBe(50);
    expect(rig.call.statistics().receiveCodec).toBe('PCMA');
  });
});

describe('descriptions as servers write them', () => {
  test('a new one with the o= line of the one before is a new one all the same', async () => {
    const { leg, sends } = await establishedLeg();
    await leg.reinvite(wireSdp({ ...A, version: 1 }));
    expect(Object.keys(await sends())).toEqual([at(A)]);
    await leg.reinvite(wireSdp({ ...B, version: 1 }));
    expect(Object.keys(await sends())).toEqual([at(B)]);
  });

  test('one with another origin, as that of another party, is taken: session, version and address differ', async () => {
    const { leg, sends, call } = await establishedLeg();
    const foreign = wireSdp({ ...A }).replace('o=server 77 1 IN IP4 10.0.0.200', 'o=other 4 0 IN IP4 10.0.0.201');
    expect((await leg.reinvite(foreign)).status).toBe(200);
    expect(Object.keys(await sends())).toEqual([at(A)]);
    expect(call.state).toBe('connected');
  });

  test('the null address of the stream counts, not that of the session', async () => {
    const { leg, sends, call } = await establishedLeg();
    const held = wireSdp({ version: 2 }).replace(/(m=audio .*\r\n)/, '$1c=IN IP4 0.0.0.0\r\n');
    await leg.reinvite(held);
    expect(call.heldBy).toBe('remote');
    const back = wireSdp({ address: '0.0.0.0', version: 3 }).replace(/(m=audio .*\r\n)/, '$1c=IN IP4 10.0.0.201\r\n');
    await leg.reinvite(back);
    expect(call.heldBy).toBeUndefined();
    expect(Object.keys(await sends())).toEqual(['10.0.0.201:7000']);
  });

  test('a stream that is taken away (port 0) is refused in kind, the call is parked, and it comes back', async () => {
    const { leg, sends, call } = await establishedLeg();
    const away = await leg.reinvite(wireSdp({ port: 0, version: 2 }));
    expect(away.status).toBe(200);
    expect(away.text).toContain('m=audio 0 ');
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    expect(await sends()).toEqual({});
    const back = await leg.reinvite(wireSdp({ version: 3 }));
    expect(back.text).toMatch(/m=audio [1-9]/);
    expect(call.state).toBe('connected');
    expect(Object.keys(await sends())).toEqual(['10.0.0.200:7000']);
  });

  test('a stream that is left out altogether does not break the call: it is parked until it comes back', async () => {
    const { leg, sends, call } = await establishedLeg();
    const empty = 'v=0\r\no=server 77 2 IN IP4 10.0.0.200\r\ns=-\r\nc=IN IP4 10.0.0.200\r\nt=0 0\r\n';
    await leg.reinvite(empty);
    expect(call.snapshot.state).toBe('held');
    await leg.reinvite(wireSdp({ version: 3 }));
    expect(call.state).toBe('connected');
    expect(Object.keys(await sends())).toEqual(['10.0.0.200:7000']);
  });

  test('video beside the audio is refused with port 0, and the audio is taken', async () => {
    const { leg, call } = await establishedLeg();
    const both = `${wireSdp({ version: 2 })}m=video 7050 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n`;
    const answer = await leg.reinvite(both);
    expect(answer.text).toMatch(/m=audio [1-9]/);
    expect(answer.text).toContain('m=video 0 ');
    expect(call.state).toBe('connected');
  });

  test('a re-INVITE whose ACK brings no answer, or none that can be agreed to, leaves the call as it was', async () => {
    for (const ackSdp of [undefined, wireSdp({ codec: '18 G729', version: 2 })]) {
      const { leg, call, server, lab, sends } = await establishedLeg();
      await leg.reinvite(undefined, ackSdp === undefined ? {} : { ackSdp });
      await lab.clock.advance(1000);
      expect(server.requests('BYE')).toEqual([]);
      expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
      expect(Object.keys(await sends())).toEqual(['10.0.0.200:7000']);
      expect((await leg.reinvite(wireSdp({ ...A, version: 3 }))).status).toBe(200);
      expect(Object.keys(await sends())).toEqual([at(A)]);
    }
  });
});
