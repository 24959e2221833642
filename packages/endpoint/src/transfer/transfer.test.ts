import { pcmStreamSink, toneSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { Call } from '../call/call';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import { WirePeer, wireSdp } from '../testing/wire-peer';
import type { Referral } from './referral';

/** Alice talks to bob; carol is there too. */
async function three(options: { alice?: EndpointOptions; bob?: EndpointOptions } = {}) {
  const lab = new MemoryLab();
  const { alice, bob, call, peer } = await talking(lab, options);
  const carol = await lab.endpoint('carol');
  const atCarol: Call[] = [];
  carol.on('call', (each) => atCarol.push(each));
  lab.ladder.length = 0;
  return { lab, alice, bob, carol, call, peer, atCarol };
}

async function talking(lab: MemoryLab, options: { alice?: EndpointOptions; bob?: EndpointOptions }) {
  const alice = await lab.endpoint('alice', options.alice);
  const bob = await lab.endpoint('bob', options.bob);
  const atBob: Call[] = [];
  bob.on('call', (each) => atBob.push(each));
  const call = alice.call('sip:bob@10.0.0.2');
  await lab.clock.advance(50);
  void atBob[0]!.answer({ source: toneSource({ frequencies: [440] }) });
  await lab.until(call.established, 1000);
  await lab.until(atBob[0]!.established, 1000);
  return { alice, bob, call, peer: atBob[0]! };
}

describe('a blind transfer', () => {
  test('sends the peer to the target, tells how it goes, and hangs up (RFC 5589 §6)', async () => {
    const { lab, call, peer, atCarol } = await three();
    const progress: number[] = [];
    call.on('transferProgress', (status) => progress.push(status));
    const done = call.transfer('sip:carol@10.0.0.3');
    await lab.clock.advance(50);
    expect(atCarol[0]!.state).toBe('alerting');
    expect(call.state).toBe('connected');
    void atCarol[0]!.answer();
    expect(await lab.until(done, 1000)).toEqual({ outcome: 'succeeded', status: 200, reason: 'OK' });
    expect(progress).toEqual([100, 180, 200]);
    expect(call.state).toBe('disconnected');
    await lab.clock.advance(100);
    expect(peer.state).toBe('disconnected');
    expect(atCarol[0]!.state).toBe('connected');
    expect(lab.ladder.filter((line) => /REFER|NOTIFY|INVITE|BYE/.test(line) && !/\d{3}/.test(line))).toEqual([
      'alice REFER',
      'bob NOTIFY',
      'bob INVITE',
      'bob NOTIFY',
      'bob NOTIFY',
      'alice BYE',
    ]);
  });

  test('takes over what the transferred side plays once the target has answered', async () => {
    const { lab, bob, call, peer, atCarol } = await three();
    const { source } = peer.audio;
    void call.transfer('sip:carol@10.0.0.3').catch(() => {});
    await lab.clock.advance(50);
    const moved = bob.calls.at(-1)!;
    expect(moved.direction).toBe('outgoing');
    expect(moved.audio.source).toBeUndefined();
    const heard = pcmStreamSink({ sampleRate: 8000 });
    void atCarol[0]!.answer({ sink: heard });
    await lab.clock.advance(500);
    expect(moved.audio.source).toBe(source);
    expect(peer.audio.source).toBeUndefined();
    expect(atCarol[0]!.statistics().packetsReceived).toBeGreaterThan(10);
  });

  test('that the target refuses fails with its status, and the call goes on', async () => {
    const { lab, call, peer, atCarol } = await three();
    const done = call.transfer('sip:carol@10.0.0.3');
    const failed = expect(done).rejects.toMatchObject({ code: 'ERR_CALL_TRANSFER', status: 486 });
    await lab.clock.advance(50);
    atCarol[0]!.reject(486);
    await lab.clock.advance(100);
    await failed;
    expect([call.state, peer.state]).toEqual(['connected', 'connected']);
  });

  test('that the peer refuses fails with its status, and the call goes on', async () => {
    const { lab, call, peer } = await three({ bob: { referrals: 'refuse' } });
    const failed = expect(call.transfer('sip:carol@10.0.0.3')).rejects.toMatchObject({
      code: 'ERR_CALL_TRANSFER',
      status: 603,
      message: 'The peer does not transfer the call: 603 Decline.',
    });
    await lab.clock.advance(50);
    await failed;
    expect([call.state, peer.state]).toEqual(['connected', 'connected']);
  });

  test('is not waited for any more when its signal says so', async () => {
    const { lab, call, atCarol } = await three();
    const controller = new AbortController();
    const reason = new Error('enough');
    const gone = expect(call.transfer('sip:carol@10.0.0.3', { signal: controller.signal })).rejects.toBe(reason);
    await lab.clock.advance(50);
    controller.abort(reason);
    await gone;
    expect(atCarol[0]!.state).toBe('alerting');
    expect(call.state).toBe('connected');
  });

  test('needs an established call, and a target that can be called', async () => {
    const { lab, call } = await three();
    await expect(call.transfer('mailto:carol@example.com')).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await lab.until(call.hangup(), 1000);
    await expect(call.transfer('sip:carol@10.0.0.3')).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
  });
});

describe('an attended transfer', () => {
  test('brings the peers of two calls together, and ends both (RFC 5589 §7)', async () => {
    const { lab, alice, bob, carol, call, peer, atCarol } = await three();
    await lab.until(call.hold(), 1000);
    const consult = alice.call('sip:carol@10.0.0.3');
    await lab.clock.advance(50);
    const toneAtCarol = toneSource({ frequencies: [700] });
    void atCarol[0]!.answer({ source: toneAtCarol });
    await lab.until(consult.established, 1000);
    lab.ladder.length = 0;
    const done = call.transfer(consult);
    expect(await lab.until(done, 2000)).toMatchObject({ outcome: 'succeeded' });
    await lab.clock.advance(200);
    expect([call.state, consult.state, peer.state, atCarol[0]!.state]).toEqual(Array(4).fill('disconnected'));
    expect(alice.calls).toEqual([]);
    const [moved] = bob.calls;
    const [replacing] = carol.calls;
    expect([moved!.state, replacing!.state]).toEqual(['connected', 'connected']);
    expect(replacing!.replaces).toBe(atCarol[0]);
    expect(replacing!.audio.source).toBe(toneAtCarol);
    await lab.clock.advance(500);
    expect(moved!.statistics().packetsReceived).toBeGreaterThan(10);
    expect(lab.ladder.filter((line) => line === 'bob INVITE' || line === 'carol 180 INVITE')).toEqual(['bob INVITE']);
  });

  test('waits for the application where calls are not replaced by themselves', async () => {
    const lab = new MemoryLab();
    const { alice, call } = await talking(lab, {});
    const carol = await lab.endpoint('carol', { autoReplace: false });
    carol.on('call', (each) => void (each.replaces ? each.ring() : each.answer()));
    const consult = alice.call('sip:carol@10.0.0.3');
    await lab.until(consult.established, 1000);
    const failed = expect(call.transfer(consult)).rejects.toMatchObject({ status: 603 });
    await lab.clock.advance(100);
    const replacing = carol.calls.find((each) => each.replaces)!;
    expect(replacing.state).toBe('alerting');
    replacing.reject(603);
    await lab.clock.advance(100);
    await failed;
    expect([call.state, consult.state]).toEqual(['connected', 'connected']);
  });
});

describe('a referral', () => {
  test('is followed as the application says', async () => {
    const { lab, bob, call, peer, atCarol } = await three({ bob: { referrals: 'ask' } });
    const referrals: Referral[] = [];
    peer.on('referral', (referral) => referrals.push(referral));
    void call.transfer('sip:carol@10.0.0.3').catch(() => {});
    await lab.clock.advance(50);
    expect(bob.calls).toEqual([peer]);
    expect(referrals[0]).toMatchObject({ target: { uri: 'sip:carol@10.0.0.3' }, replaces: false, decided: false });
    const moved = referrals[0]!.follow({ headers: { Subject: 'Transferred' } });
    await lab.clock.advance(50);
    expect(atCarol[0]!.headers.get('Subject')).toBe('Transferred');
    await lab.until(moved.hangup(), 1000);
  });

  test('goes to the server of its line with referToProxy, else to the target itself', async () => {
    for (const referToProxy of [false, true]) {
      const lab = new MemoryLab();
      const alice = await lab.endpoint('alice', { referToProxy });
      const server = await WirePeer.open(lab, '10.0.0.1');
      const line = alice.addConnection({ user: 'sip:alice@example.com', server: 'sip:10.0.0.200:5060', expires: 0 });
      const call = line.call('bob');
      await lab.clock.advance(20);
      const invite = server.requests('INVITE')[0]!;
      await server.respond(invite, 200, { sdp: wireSdp() });
      await server.request('REFER', {
        callId: invite.callId,
        toTag: invite.from.tag,
        headers: [
          ['Refer-To', '<sip:carol@10.0.0.66>'],
          ['Contact', '<sip:server@10.0.0.200:5060>'],
        ],
      });
      await lab.clock.advance(50);
      expect(server.last('REFER').status).toBe(202);
      expect(call.state).toBe('connected');
      const invites = server.requests('INVITE').filter((each) => each.callId !== invite.callId);
      expect(invites.length > 0).toBe(referToProxy);
      expect(alice.calls).toHaveLength(2);
      await lab.until(alice.stop({ timeout: 10 }), 100);
    }
  });
});
