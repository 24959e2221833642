import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { WirePeer, wireSdp } from '../testing/wire-peer';

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
