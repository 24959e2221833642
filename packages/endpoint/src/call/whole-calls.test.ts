import { levelDbfs, QualityMonitor, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import type { Call } from './call';

/** Keeps what it hears. */
function ear() {
  const frames: Int16Array[] = [];
  return {
    sampleRate: 8000,
    write: (frame: Int16Array) => void frames.push(frame.slice()),
    heard(): Int16Array {
      return Int16Array.from(frames.flatMap((frame) => [...frame]));
    },
    clear: () => void frames.splice(0),
  };
}

const tone = (hz: number) => toneSource({ frequencies: [hz] });

describe('a call between two endpoints', () => {
  test('rings, is answered, heard both ways, and hung up', async () => {
    const lab = new MemoryLab();
    const [aliceHears, bobHears] = [ear(), ear()];
    const { call, peer } = await lab.ringing({ source: tone(440), sink: aliceHears });
    expect(call.snapshot).toMatchObject({ state: 'in-progress', ringing: true });
    expect(peer.snapshot).toMatchObject({ state: 'alerting', remote: { uri: 'sip:offhook@10.0.0.1' } });
    void peer.answer({ source: tone(1000), sink: bobHears });
    await lab.until(Promise.all([call.established, peer.established]));
    await lab.clock.advance(2000);
    for (const [hears, hz] of [
      [aliceHears, 1000],
      [bobHears, 440],
    ] as const) {
      const second = hears.heard().subarray(4000, 12_000);
      expect(toneLevelDbfs(second, 8000, hz)).toBeCloseTo(levelDbfs(second), 0);
      expect(levelDbfs(second)).toBeGreaterThan(-30);
    }
    const end = await lab.until(call.hangup());
    expect(end).toMatchObject({ by: 'local', statistics: { packetsLost: 0, sendCodec: 'PCMU' } });
    expect(await lab.until(peer.ended)).toMatchObject({ by: 'remote' });
    expect(lab.ladder).toEqual([
      'alice INVITE',
      'bob 180 INVITE',
      'bob 200 INVITE',
      'alice ACK',
      'alice BYE',
      'bob 200 BYE',
    ]);
  });

  test('is made by an INVITE without an offer: the answer goes in the ACK', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking({ delayedOffer: true });
    expect(call.snapshot.codec).toBe('PCMU');
    expect(peer.snapshot.codec).toBe('PCMU');
    await lab.clock.advance(500);
    expect(peer.statistics().packetsReceived).toBeGreaterThan(20);
  });

  test('is measured: levels and voice activity, from its beginning when asked for so early', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.ringing(
      { source: tone(440) },
      { quality: false },
      { quality: { signals: false } },
    );
    call.audio.measuresSignals = true;
    void peer.answer();
    await lab.until(call.established);
    await lab.clock.advance(2000);
    expect(call.audio.measuresSignals).toBe(true);
    const { sent, received } = call.statistics().signal!;
    expect(sent.durationMs).toBeGreaterThanOrEqual(1900);
    expect(sent.silentMs).toBe(0);
    expect(received.silentMs).toBe(received.durationMs);
    expect(peer.statistics().signal).toBeUndefined();
    call.audio.measuresSignals = false;
    expect(call.statistics().signal).toBeUndefined();
  });

  test('is judged by both sides, and each hears what the other found', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    const monitor = new QualityMonitor({ session: call.audio, clock: lab.clock });
    await lab.clock.advance(20_000);
    for (const side of [call, peer]) {
      expect(side.statistics().remoteVoipMetrics).toMatchObject({
        lossRate: 0,
        mosLq: 4.4,
        rFactor: expect.any(Number),
      });
    }
    expect(monitor.stop()).toMatchObject({ intervals: 4, mosCq: { min: expect.closeTo(4.4, 1) } });
  });

  test('is heard before the answer', async () => {
    const lab = new MemoryLab();
    const hears = ear();
    const { call, peer } = await lab.ringing({ sink: hears }, {}, { autoRing: false });
    await peer.ring({ earlyMedia: true, source: tone(425) });
    await lab.clock.advance(1000);
    expect(call.snapshot).toMatchObject({ state: 'in-progress', earlyMedia: true });
    expect(levelDbfs(hears.heard())).toBeGreaterThan(-30);
    void peer.answer();
    await lab.until(call.established);
    expect(call.snapshot).toMatchObject({ state: 'connected', earlyMedia: false });
  });

  test('uses the codec the caller likes best, or the callee, as the callee decides', async () => {
    const prefersA = { codecs: ['PCMA', 'PCMU'] };
    const byConfig = await new MemoryLab().talking({}, {}, prefersA);
    expect(byConfig.call.snapshot.codec).toBe('PCMA');
    const byOffer = await new MemoryLab().talking({}, {}, { ...prefersA, answerPriority: 'offer' });
    expect(byOffer.call.snapshot.codec).toBe('PCMU');
    const oneCall = await new MemoryLab().talking({ codecs: ['PCMA'] });
    expect(oneCall.call.snapshot.codec).toBe('PCMA');
  });

  test('names the public address in Contact and description', async () => {
    const lab = new MemoryLab();
    const { alice, incoming } = await lab.pair({ publicAddress: '203.0.113.5' });
    const sent: string[] = [];
    alice.on('trace', ({ direction, data }) => {
      if (direction === 'sent') sent.push(new TextDecoder().decode(data));
    });
    alice.call('sip:bob@10.0.0.2');
    await lab.clock.advance(50);
    expect(incoming[0]!.headers.get('Contact')).toBe('<sip:offhook@203.0.113.5:5060>');
    expect(incoming[0]!.remote.uri).toBe('sip:offhook@203.0.113.5');
    expect(sent[0]).toContain('c=IN IP4 203.0.113.5');
  });

  test('sends packets as long as the peer likes them', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking({}, {}, { ptime: 40 });
    await lab.clock.advance(2000);
    expect(call.statistics().packetsSent).toBeCloseTo(50, -1);
    expect(peer.statistics().packetsSent).toBeCloseTo(100, -1);
  });

  test('goes over TCP when asked to', async () => {
    const lab = new MemoryLab();
    const { alice, bob } = await lab.pair();
    const protocols = new Set<string>();
    alice.on('trace', ({ protocol }) => protocols.add(protocol));
    bob.on('call', (call) => call.answer());
    const call = alice.call('sip:bob@10.0.0.2;transport=tcp');
    await lab.until(call.established);
    await lab.until(call.hangup());
    expect([...protocols]).toEqual(['TCP']);
  });

  test('survives three of ten messages being lost', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const lab = new MemoryLab({ loss: 0.3, seed });
      const { alice, bob } = await lab.pair();
      // The caller may hang up before its ACK has come through.
      bob.on('call', (call) => void call.answer().catch(() => {}));
      const call = alice.call('sip:bob@10.0.0.2');
      await lab.until(call.established, 40_000);
      await lab.until(call.hangup(), 40_000);
      await lab.clock.advance(40_000);
      expect(bob.calls).toEqual([]);
    }
  });
});

describe('a call that does not come about', () => {
  async function failed(act: (peer: Call) => unknown, options = {}) {
    const lab = new MemoryLab();
    const { call, peer, alice, bob } = await lab.ringing({}, {}, options);
    act(peer);
    const error = await lab.until(call.established.catch((reason: unknown) => reason));
    await lab.until(call.ended);
    expect([alice.calls, bob.calls]).toEqual([[], []]);
    return { error, lab, call, peer };
  }

  test('busy', async () => {
    const { error, call } = await failed((peer) => peer.reject());
    expect(error).toMatchObject({ name: 'CallError', code: 'ERR_CALL_BUSY', status: 486 });
    expect(await call.ended).toMatchObject({ by: 'remote', status: 486 });
  });

  test('declined', async () => {
    const { error } = await failed((peer) => peer.hangup());
    expect(error).toMatchObject({ code: 'ERR_CALL_DECLINED', status: 603 });
  });

  test('sent elsewhere', async () => {
    const { error } = await failed((peer) => peer.redirect('sip:carol@10.0.0.3'));
    expect(error).toMatchObject({ code: 'ERR_CALL_MOVED', status: 302, contacts: ['sip:carol@10.0.0.3'] });
  });

  test('cancelled by the caller while it rings', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.ringing();
    expect(await lab.until(call.hangup())).toMatchObject({ by: 'local', error: { code: 'ERR_CALL_CANCELLED' } });
    expect(await lab.until(peer.ended)).toMatchObject({ by: 'remote', status: 487 });
    expect(lab.ladder.slice(2)).toEqual(['alice CANCEL', 'bob 200 CANCEL', 'bob 487 INVITE', 'alice ACK']);
  });

  test('given up by its signal', async () => {
    const lab = new MemoryLab();
    const controller = new AbortController();
    const { call, peer } = await lab.ringing({ signal: controller.signal });
    controller.abort();
    await expect(call.established).rejects.toMatchObject({ name: 'AbortError' });
    expect(await lab.until(peer.ended)).toMatchObject({ by: 'remote', status: 487 });
  });

  test('given up before it was even sent', async () => {
    const lab = new MemoryLab();
    const { alice, incoming } = await lab.pair();
    const call = alice.call('sip:bob@10.0.0.2', { signal: AbortSignal.abort() });
    await expect(call.established).rejects.toMatchObject({ name: 'AbortError' });
    await lab.until(call.ended);
    await lab.clock.advance(1000);
    expect(incoming).toEqual([]);
  });

  test('nobody there: no answer after 32 seconds', async () => {
    const lab = new MemoryLab();
    const alice = await lab.endpoint('alice');
    const call = alice.call('sip:nobody@10.0.0.99');
    await expect(lab.until(call.established)).rejects.toMatchObject({ code: 'ERR_CALL_NO_ANSWER', status: 408 });
    expect(lab.clock.now()).toBeGreaterThanOrEqual(32_000);
    expect(lab.ladder.filter((line) => line === 'alice INVITE')).toHaveLength(7);
  });

  test('nobody listens on TCP: refused at once', async () => {
    const lab = new MemoryLab();
    const alice = await lab.endpoint('alice');
    const call = alice.call('sip:nobody@10.0.0.99;transport=tcp');
    await expect(lab.until(call.established)).rejects.toMatchObject({ code: 'ERR_CALL_TRANSPORT' });
    expect(lab.clock.now()).toBeLessThan(1000);
  });

  test('no codec in common: 488, and nobody is alerted', async () => {
    const lab = new MemoryLab();
    const { alice, incoming } = await lab.pair({ codecs: ['PCMA'] }, { codecs: ['PCMU'] });
    const call = alice.call('sip:bob@10.0.0.2');
    await expect(lab.until(call.established)).rejects.toMatchObject({ code: 'ERR_CALL_NO_COMMON_CODEC', status: 488 });
    expect(incoming).toEqual([]);
  });

  test('no codec in common in the answer to our delayed offer: the call ends', async () => {
    const lab = new MemoryLab();
    const { alice, incoming } = await lab.pair({ codecs: ['PCMA'] }, { codecs: ['PCMU'] });
    const call = alice.call('sip:bob@10.0.0.2', { delayedOffer: true });
    await lab.clock.advance(50);
    incoming[0]!.answer().catch(() => {});
    const acks: string[] = [];
    alice.on('trace', ({ direction, data }) => {
      const text = new TextDecoder().decode(data);
      if (direction === 'sent' && text.startsWith('ACK')) acks.push(text);
    });
    await expect(lab.until(call.established)).rejects.toMatchObject({ code: 'ERR_CALL_NO_COMMON_CODEC' });
    expect(await lab.until(incoming[0]!.ended)).toMatchObject({ by: 'remote' });
    // The offer came in the 200, so its refusal goes in the ACK (RFC 3261 §13.2.2.4).
    expect(acks[0]).toContain('m=audio 0 RTP/AVP');
  });

  test('answered, but its ACK never comes: hung up after 32 seconds, not before', async () => {
    const lab = new MemoryLab();
    const { peer } = await lab.ringing();
    lab.sipNetwork.filter = (data) => !new TextDecoder().decode(data.subarray(0, 3)).startsWith('ACK');
    const answered = peer.answer().catch((error: unknown) => error);
    await lab.clock.advance(31_000);
    expect(peer.state).toBe('answering');
    await lab.clock.advance(2000);
    expect(await answered).toMatchObject({ code: 'ERR_CALL_NO_ANSWER' });
    expect((await lab.until(peer.ended)).by).toBe('error');
  });

  const portless: EndpointOptions = {
    media: () => ({ open: () => Promise.reject(new Error('all ports are taken.')) }),
  };

  test('without a media port', async () => {
    const lab = new MemoryLab();
    const alice = await lab.endpoint('alice', portless);
    const call = alice.call('sip:bob@10.0.0.2');
    await expect(lab.until(call.established)).rejects.toMatchObject({
      code: 'ERR_CALL_MEDIA',
      message: expect.stringContaining('taken'),
    });
  });

  test('without a media port at the callee: 500', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.ringing({}, {}, portless);
    await expect(lab.until(peer.answer())).rejects.toMatchObject({ code: 'ERR_CALL_MEDIA' });
    await expect(lab.until(call.established)).rejects.toMatchObject({ code: 'ERR_CALL_REJECTED', status: 500 });
  });
});

describe('hold between two endpoints', () => {
  test('is seen and heard on both sides, and retrieved', async () => {
    const lab = new MemoryLab();
    const hears = ear();
    const { call, peer } = await lab.talking({ source: tone(440) });
    peer.audio.addSink(hears);
    const events: string[] = [];
    for (const [name, side] of [['alice', call] as const, ['bob', peer] as const]) {
      side.on('held', ({ by }) => events.push(`${name} held by ${by}`));
      side.on('retrieved', ({ by }) => events.push(`${name} retrieved by ${by}`));
    }
    await lab.clock.advance(500);
    await lab.until(call.hold());
    await lab.clock.advance(200);
    expect([call.heldBy, peer.heldBy]).toEqual(['local', 'remote']);
    hears.clear();
    await lab.clock.advance(1000);
    expect(levelDbfs(hears.heard())).toBeLessThan(-60);
    await lab.until(call.retrieve());
    await lab.clock.advance(200);
    expect([call.state, peer.state]).toEqual(['connected', 'connected']);
    hears.clear();
    await lab.clock.advance(1000);
    expect(levelDbfs(hears.heard())).toBeGreaterThan(-30);
    expect(events.sort()).toEqual([
      'alice held by local',
      'alice retrieved by local',
      'bob held by remote',
      'bob retrieved by remote',
    ]);
  });

  test('with music instead of silence', async () => {
    const lab = new MemoryLab();
    const hears = ear();
    const { call, peer } = await lab.talking();
    peer.audio.addSink(hears);
    await lab.until(call.hold({ source: tone(600) }));
    await lab.clock.advance(1000);
    expect(levelDbfs(hears.heard())).toBeGreaterThan(-30);
  });

  test('by inactive', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    await lab.until(call.hold({ direction: 'inactive' }));
    await lab.clock.advance(100);
    const sent = [call.statistics().packetsSent, peer.statistics().packetsSent];
    await lab.clock.advance(1000);
    expect([call.statistics().packetsSent, peer.statistics().packetsSent]).toEqual(sent);
    await lab.until(call.retrieve());
    await lab.clock.advance(1000);
    expect(call.statistics().packetsSent).toBeGreaterThan(sent[0]!);
  });

  test('by both sides, and each retrieves its own', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    await lab.until(call.hold());
    await lab.until(peer.hold());
    await lab.clock.advance(100);
    expect([call.heldBy, peer.heldBy]).toEqual(['both', 'both']);
    await lab.until(call.retrieve());
    await lab.clock.advance(100);
    expect([call.heldBy, peer.heldBy]).toEqual(['remote', 'local']);
    await lab.until(peer.retrieve());
    await lab.clock.advance(100);
    expect([call.heldBy, peer.heldBy]).toEqual([undefined, undefined]);
  });

  test('by both at the same moment: 491 for both, and both come through', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    const holds = Promise.all([call.hold(), peer.hold()]);
    await lab.until(holds);
    await lab.clock.advance(100);
    expect(lab.ladder).toEqual(expect.arrayContaining(['alice 491 INVITE', 'bob 491 INVITE']));
    expect([call.heldBy, peer.heldBy]).toEqual(['both', 'both']);
    await lab.until(Promise.all([call.retrieve(), peer.retrieve()]));
    await lab.clock.advance(100);
    expect([call.state, peer.state]).toEqual(['connected', 'connected']);
  });

  test('hung up while held, and while the hold is on its way', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    const hold = call.hold().catch((error: unknown) => error);
    await lab.clock.advance(0);
    await lab.until(peer.hangup());
    expect(await lab.until(hold)).toMatchObject({ name: 'CallError' });
    expect(await lab.until(call.ended)).toMatchObject({ by: 'remote' });
  });
});

describe('digits', () => {
  test('are heard in order, however they were queued', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    const digits: string[] = [];
    peer.on('dtmf', ({ digit }) => digits.push(digit));
    const sent = Promise.all([call.sendDtmf('0123456789'), call.sendDtmf('*#')]);
    await lab.until(sent);
    await lab.clock.advance(300);
    expect(digits.join('')).toBe('0123456789*#');
  });
});

describe('OPTIONS', () => {
  test('tells what the endpoint does, and no more', async () => {
    const lab = new MemoryLab();
    const { alice } = await lab.pair();
    const response = await lab.until(alice.options('sip:bob@10.0.0.2'));
    expect(response.status).toBe(200);
    expect(response.allow.sort()).toEqual([
      'ACK',
      'BYE',
      'CANCEL',
      'INFO',
      'INVITE',
      'MESSAGE',
      'NOTIFY',
      'OPTIONS',
      'PRACK',
      'REFER',
      'UPDATE',
    ]);
    expect(response.headers.get('Accept')).toBe('application/sdp');
  });

  test('nobody there', async () => {
    const lab = new MemoryLab();
    const alice = await lab.endpoint('alice');
    await expect(lab.until(alice.options('sip:nobody@10.0.0.99'))).rejects.toMatchObject({ status: 408 });
  });
});
