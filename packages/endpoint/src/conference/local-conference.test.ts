import { loadResampler, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { beforeAll, expect, test } from 'vitest';
import type { Call } from '../call/call';
import { MemoryLab } from '../testing/memory-lab';
import { LocalConference } from './local-conference';

beforeAll(() => loadResampler());

/** What is heard of late. */
function ear() {
  let heard: number[] = [];
  const sink = { sampleRate: 8000, write: (frame: Int16Array) => void (heard = [...heard, ...frame].slice(-1600)) };
  return { sink, level: (hz: number) => toneLevelDbfs(Int16Array.from(heard), 8000, hz) };
}

/** Alice talks to bob (PCMU) and carol (G.722), each with a tone of its own. */
async function three() {
  const lab = new MemoryLab();
  const alice = await lab.endpoint('alice', { codecs: ['G722', 'PCMU'] });
  const bob = await lab.endpoint('bob');
  const carol = await lab.endpoint('carol', { codecs: ['G722'] });
  const ears = { bob: ear(), carol: ear(), alice: ear() };
  bob.on('call', (call) => call.answer({ source: toneSource({ frequencies: [500] }), sink: ears.bob.sink }));
  carol.on('call', (call) => call.answer({ source: toneSource({ frequencies: [1100] }), sink: ears.carol.sink }));
  const talk = (uri: string): Promise<Call> => lab.until(alice.call(uri).established, 1000);
  const calls = [await talk('sip:bob@10.0.0.2'), await talk('sip:carol@10.0.0.3')] as const;
  return { lab, calls, ears };
}

test('three hear each other, and nobody themselves', async () => {
  const { lab, calls, ears } = await three();
  const source = toneSource({ frequencies: [1900] });
  const conference = new LocalConference(calls, { source, sink: ears.alice.sink, clock: lab.clock });
  await lab.clock.advance(1500);
  const table = Object.fromEntries(
    Object.entries(ears).map(([name, { level }]) => [name, [500, 1100, 1900].map((hz) => level(hz) > -30)]),
  );
  expect(table).toEqual({
    bob: [false, true, true],
    carol: [true, false, true],
    alice: [true, true, false],
  });
  conference.muted = true;
  conference.mute(calls[0]);
  await lab.clock.advance(1000);
  expect([ears.carol.level(1900) > -30, ears.carol.level(500) > -30]).toEqual([false, false]);
  conference.close();
});

test('one that leaves, or hangs up, is heard no more, and gets its own back', async () => {
  const { lab, calls, ears } = await three();
  const own = toneSource({ frequencies: [3000] });
  calls[0].audio.source = own;
  const conference = new LocalConference(calls, { clock: lab.clock });
  const left: Call[] = [];
  conference.on('left', (call) => left.push(call));
  await lab.clock.advance(1000);
  expect(ears.bob.level(1100)).toBeGreaterThan(-30);
  conference.remove(calls[0]);
  expect(calls[0].audio.source).toBe(own);
  await lab.until(calls[1].hangup(), 1000);
  expect(left).toEqual([calls[0], calls[1]]);
  expect(conference.calls).toEqual([]);
  conference.add(calls[1]);
  expect(conference.calls).toEqual([]);
  conference.add(calls[0]);
  await lab.until(conference.hangup(), 1000);
  expect(calls[0].state).toBe('disconnected');
});
