import { levelDbfs, RecordingSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';

/** Faint noise, as a room has, for a while. */
function room(seconds: number): RecordingSource {
  let state = 1;
  const samples = Int16Array.from({ length: seconds * 8000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.round((state / 2_147_483_647 - 0.5) * 120);
  });
  return new RecordingSource(samples, 8000);
}

/** Packets alice sends in ten seconds of a quiet room, and what bob hears at their end. */
async function quietCall(alice: boolean, bob: boolean, codecs: string[]) {
  const lab = new MemoryLab();
  const heard: number[] = [];
  const { call, peer } = await lab.talking({ source: room(20), codecs }, { dtx: alice }, { dtx: bob });
  peer.audio.addSink({ sampleRate: 8000, write: (frame) => heard.push(...frame) });
  const before = call.statistics().packetsSent;
  await lab.clock.advance(10_000);
  const { packetsLost, concealedMs } = peer.statistics();
  return {
    sent: call.statistics().packetsSent - before,
    level: levelDbfs(Int16Array.from(heard.slice(-16_000))),
    packetsLost,
    concealedMs,
  };
}

describe('pauses (RFC 3389)', () => {
  test('are left out when both sides agreed to comfort noise, which is heard in their place', async () => {
    const { sent, level, ...losses } = await quietCall(true, true, ['PCMU']);
    expect(sent).toBeLessThan(40);
    const { level: whole } = await quietCall(false, false, ['PCMU']);
    expect(Math.abs(level - whole)).toBeLessThan(3);
    expect(losses).toEqual({ packetsLost: 0, concealedMs: 0 });
  });

  test('are sent when either side has not', async () => {
    expect((await quietCall(true, false, ['PCMU'])).sent).toBe(500);
    expect((await quietCall(false, true, ['PCMU'])).sent).toBe(500);
  });
});
