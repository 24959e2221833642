import { type AudioSink, levelDbfs, toneSource } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import { shareOfTone } from '../testing/tone-share';
import type { RingingOptions } from './ringing-options';

/** Remembers the latest second. */
function ear() {
  let heard: number[] = [];
  const sink: AudioSink = {
    sampleRate: 8000,
    write: (frame) => {
      heard = [...heard, ...frame].slice(-8000);
    },
  };
  return {
    sink,
    take: () => {
      const pcm = Int16Array.from(heard);
      heard = [];
      return pcm;
    },
  };
}

const loud = (pcm: Int16Array): boolean => pcm.length > 0 && levelDbfs(pcm) > -40;

async function phone(ringing: RingingOptions = {}, options: EndpointOptions = {}) {
  const lab = new MemoryLab();
  const [ringer, speaker] = [ear(), ear()];
  const bob = await lab.endpoint('bob', {
    ringing: { ringer: ringer.sink, ...ringing },
    device: { sink: speaker.sink },
    ...options,
  });
  const alice = await lab.endpoint('alice', { autoRing: true });
  return { lab, alice, bob, ringer, speaker };
}

test('a call that comes in rings until it is answered, or given up', async () => {
  const { lab, alice, bob, ringer } = await phone();
  const call = alice.call('sip:bob@10.0.0.1');
  call.established.catch(() => {});
  await lab.clock.advance(1000);
  expect(loud(ringer.take())).toBe(true);
  await lab.until(call.hangup(), 1000);
  await lab.clock.advance(100);
  ringer.take();
  await lab.clock.advance(2000);
  expect(ringer.take()).toHaveLength(0);
  const again = alice.call('sip:bob@10.0.0.1');
  await lab.clock.advance(500);
  expect(loud(ringer.take())).toBe(true);
  void bob.calls[0]!.answer();
  await lab.until(again.established, 1000);
  await lab.clock.advance(500);
  expect(ringer.take()).toHaveLength(0);
});

test('a second call is heard as call waiting, if at all', async () => {
  for (const callWaiting of [undefined, false, () => toneSource({ frequencies: [2000] })] as const) {
    const { lab, alice, bob, ringer } = await phone(callWaiting === undefined ? {} : { callWaiting });
    const first = alice.call('sip:bob@10.0.0.1');
    await lab.clock.advance(100);
    void bob.calls[0]!.answer();
    await lab.until(first.established, 1000);
    await lab.clock.advance(100);
    ringer.take();
    const second = alice.call('sip:bob@10.0.0.1');
    await lab.clock.advance(400);
    const heard = ringer.take();
    if (callWaiting === false) expect(heard).toHaveLength(0);
    else expect(shareOfTone(heard.subarray(0, 2400), callWaiting ? 2000 : 440)).toBeGreaterThan(0.6);
    await lab.until(
      second.hangup().then(() => first.hangup()),
      1000,
    );
  }
});

test('a ring tone may be none, and may end before the call does', async () => {
  const silent = await phone({ ringTone: false });
  silent.alice.call('sip:bob@10.0.0.1').established.catch(() => {});
  await silent.lab.clock.advance(1000);
  expect(silent.ringer.take()).toHaveLength(0);

  const { lab, alice, bob, ringer } = await phone({ timeoutMs: 2000, ringTone: () => toneSource() });
  const first = alice.call('sip:bob@10.0.0.1');
  first.established.catch(() => {});
  await lab.clock.advance(1900);
  expect(loud(ringer.take())).toBe(true);
  await lab.clock.advance(200);
  ringer.take();
  await lab.clock.advance(1000);
  expect(ringer.take()).toHaveLength(0);
  expect(bob.calls[0]!.state).toBe('alerting');
  // Another one rings for as long.
  const second = alice.call('sip:bob@10.0.0.1');
  second.established.catch(() => {});
  await lab.clock.advance(1000);
  expect(loud(ringer.take())).toBe(true);
  await lab.until(
    second.hangup().then(() => first.hangup()),
    1000,
  );
});

test('a call may ring once, and whole', async () => {
  const ringTone = () => toneSource({ frequencies: [1500], durationMs: 1000 });
  const { lab, alice, bob, ringer } = await phone({ once: true, timeoutMs: 100, ringTone });
  const call = alice.call('sip:bob@10.0.0.1');
  await lab.clock.advance(300);
  ringer.take();
  void bob.calls[0]!.answer();
  await lab.until(call.established, 1000);
  await lab.clock.advance(400);
  expect(shareOfTone(ringer.take().subarray(-1600), 1500)).toBeGreaterThan(0.9);
  await lab.clock.advance(1000);
  ringer.take();
  await lab.until(call.hangup(), 1000);
  const again = alice.call('sip:bob@10.0.0.1');
  again.established.catch(() => {});
  await lab.clock.advance(500);
  expect(loud(ringer.take())).toBe(true);
  await lab.clock.advance(1000);
  ringer.take();
  await lab.clock.advance(3000);
  expect(ringer.take()).toHaveLength(0);
  await lab.until(again.hangup(), 1000);
});

test.each([
  [undefined, 1500],
  [false, 440],
] as const)('with a call that is held and whileHeld %s, %s Hz is heard', async (whileHeld, hz) => {
  const ringTone = () => toneSource({ frequencies: [1500] });
  const { lab, alice, bob, ringer } = await phone({ ringTone, ...(whileHeld !== undefined && { whileHeld }) });
  const first = alice.call('sip:bob@10.0.0.1');
  await lab.clock.advance(100);
  void bob.calls[0]!.answer();
  await lab.until(first.established, 1000);
  await lab.clock.advance(100);
  await lab.until(bob.calls[0]!.hold(), 1000);
  ringer.take();
  const second = alice.call('sip:bob@10.0.0.1');
  second.established.catch(() => {});
  await lab.clock.advance(400);
  expect(shareOfTone(ringer.take().subarray(0, 2400), hz)).toBeGreaterThan(0.6);
  await lab.until(
    second.hangup().then(() => first.hangup()),
    1000,
  );
});

test('what is rejected at once does not ring', async () => {
  const { lab, alice, bob, ringer } = await phone();
  bob.on('call', (call) => call.reject());
  alice.call('sip:bob@10.0.0.1').established.catch(() => {});
  await lab.clock.advance(1000);
  expect(ringer.take()).toHaveLength(0);
});

test.each([
  ['either', false, 440],
  ['either', true, 1500],
  ['early-media', false, undefined],
  ['early-media', true, 1500],
  ['local', true, 440],
  ['none', true, undefined],
] as const)('ringback %s, with early media %s: %s Hz is heard', async (ringback, earlyMedia, hz) => {
  const { lab, alice, bob, speaker } = await phone({
    ringback,
    ringbackTone: () => toneSource({ frequencies: [440] }),
  });
  alice.on('call', (call) => {
    void call.ring();
    if (earlyMedia) void call.ring({ earlyMedia: true, source: toneSource({ frequencies: [1500] }) });
  });
  const call = bob.call('sip:alice@10.0.0.2');
  await lab.clock.advance(500);
  speaker.take();
  await lab.clock.advance(500);
  const heard = speaker.take();
  if (hz === undefined) expect(loud(heard)).toBe(false);
  else expect(shareOfTone(heard, hz)).toBeGreaterThan(0.6);
  void alice.calls[0]!.answer({ source: toneSource({ frequencies: [3000] }) });
  await lab.until(call.established, 1000);
  await lab.clock.advance(500);
  speaker.take();
  await lab.clock.advance(500);
  expect(shareOfTone(speaker.take(), 3000)).toBeGreaterThan(0.6);
  await lab.until(call.hangup(), 1000);
});
