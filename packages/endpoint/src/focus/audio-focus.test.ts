import { pcmStreamSink, toneSource } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import type { Call } from '../call/call';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import { shareOfTone } from '../testing/tone-share';

const headset = () => ({ source: toneSource({ frequencies: [440] }), sink: pcmStreamSink({ sampleRate: 8000 }) });

/** Alice, with a headset, and two whom she can call. */
async function office(options: EndpointOptions = {}) {
  const lab = new MemoryLab();
  const device = headset();
  const alice = await lab.endpoint('alice', { device, ...options });
  const others = [await lab.endpoint('bob'), await lab.endpoint('carol')];
  for (const other of others) other.on('call', (call) => call.answer());
  const talk = async (uri: string): Promise<Call> => lab.until(alice.call(uri).established, 1000);
  return { lab, alice, device, bob: others[0]!, carol: others[1]!, talk };
}

test('the call that was placed last is the one people talk in', async () => {
  const { alice, device, talk } = await office();
  const focus: (string | undefined)[] = [];
  alice.on('focus', (call) => focus.push(call?.id));
  const first = await talk('sip:bob@10.0.0.2');
  expect(alice.focus).toBe(first);
  expect(first.audio.source).toBe(device.source);
  const second = await talk('sip:carol@10.0.0.3');
  expect(alice.snapshot.focus).toBe(second.id);
  expect([first.audio.source, second.audio.source]).toEqual([undefined, device.source]);
  expect(first.state).toBe('connected');
  expect(focus).toEqual([first.id, second.id]);
});

test('what people hear is the call that has the focus', async () => {
  const { lab, alice, talk, bob, carol } = await office();
  let heard: number[] = [];
  const sink = { sampleRate: 8000, write: (frame: Int16Array) => void (heard = [...heard, ...frame].slice(-4000)) };
  alice.device = { sink };
  const first = await talk('sip:bob@10.0.0.2');
  await talk('sip:carol@10.0.0.3');
  bob.calls[0]!.audio.source = toneSource({ frequencies: [700] });
  carol.calls[0]!.audio.source = toneSource({ frequencies: [1500] });
  await lab.clock.advance(1000);
  expect(shareOfTone(Int16Array.from(heard), 1500)).toBeGreaterThan(0.8);
  alice.setFocus(first);
  await lab.clock.advance(1000);
  expect(shareOfTone(Int16Array.from(heard), 700)).toBeGreaterThan(0.8);
  heard = [];
  alice.setFocus(undefined);
  await lab.clock.advance(500);
  expect(heard).toEqual([]);
});

test('the others are put on hold where that is wanted, and calls are swapped', async () => {
  const { lab, alice, talk } = await office({ holdOthers: true });
  const first = await talk('sip:bob@10.0.0.2');
  const second = await talk('sip:carol@10.0.0.3');
  await lab.clock.advance(100);
  expect([first.heldBy, second.heldBy]).toEqual(['local', undefined]);
  await lab.until(alice.swap(), 1000);
  expect([first.heldBy, second.heldBy]).toEqual([undefined, 'local']);
  expect(alice.focus).toBe(first);
  await lab.until(alice.swap(), 1000);
  expect(alice.focus).toBe(second);
  await lab.until(second.hangup(), 1000);
  // The other stays on hold until somebody takes it off.
  expect(alice.focus).toBeUndefined();
  await lab.until(first.retrieve(), 1000);
  expect(alice.focus).toBe(first);
  await expect(alice.swap()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
});

test('a call that goes on is heard again when the other one ends', async () => {
  const { lab, alice, talk } = await office();
  const first = await talk('sip:bob@10.0.0.2');
  const second = await talk('sip:carol@10.0.0.3');
  await lab.until(second.hangup(), 1000);
  expect(alice.focus).toBe(first);
});

test('an incoming call gets the focus when it is answered, not when it rings', async () => {
  const { lab, alice, bob, talk } = await office();
  const first = await talk('sip:carol@10.0.0.3');
  const call = bob.call('sip:alice@10.0.0.1');
  await lab.clock.advance(50);
  expect(alice.focus).toBe(first);
  const incoming = alice.calls.at(-1)!;
  void incoming.answer();
  await lab.until(call.established, 1000);
  expect(alice.focus).toBe(incoming);
});

test('another headset takes the place of the one before in the middle of a call', async () => {
  const { alice, talk, device } = await office();
  const call = await talk('sip:bob@10.0.0.2');
  const other = headset();
  alice.device = other;
  expect(call.audio.source).toBe(other.source);
  alice.device = undefined;
  expect(call.audio.source).toBeUndefined();
  expect(device.source).not.toBe(other.source);
});

test('a source of the call is left alone', async () => {
  const { lab, alice, device } = await office();
  const own = toneSource({ frequencies: [300] });
  const call = alice.call('sip:bob@10.0.0.2', { source: own });
  await lab.until(call.established, 1000);
  expect(call.audio.source).toBe(own);
  alice.setFocus(undefined);
  expect(call.audio.source).toBe(own);
  expect(device.source).not.toBe(own);
});
