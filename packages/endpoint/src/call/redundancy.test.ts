import { RecordingSource } from '@offhook/rtp-media';
import { seededRandom, voice } from '@offhook/rtp-media/testing';
import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';

type Redundancy = 0 | 1 | 2;

/** Twenty seconds of a call in which every fifth packet of either side is lost, and what alice hears of it. */
async function lossyCall(alice: Redundancy, bob: Redundancy, codec = 'PCMU') {
  const lab = new MemoryLab();
  const random = seededRandom(5);
  const deliver = (bytes: Uint8Array) => (bytes[1]! < 200 && random() < 0.2 ? [] : [10]);
  lab.rtpNetwork.setPath('10.0.0.1', '10.0.0.2', { deliver });
  lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', { deliver });
  const codecs = [codec];
  const { call, peer } = await lab.talking({ codecs }, { redundancy: alice, codecs }, { redundancy: bob, codecs });
  peer.audio.source = new RecordingSource(voice(20), 8000);
  await lab.clock.advance(20_000);
  const { concealedMs, fractionLost, packetsRecovered } = call.statistics();
  return { concealed: concealedMs / 20_000, fractionLost, packetsRecovered };
}

describe('redundancy (RFC 2198)', () => {
  test.each(['PCMU', 'G722', 'opus'])(
    '%s: calls that agree to it lose little of what is lost',
    { timeout: 30_000 },
    async (codec) => {
      const plain = await lossyCall(0, 0, codec);
      const one = await lossyCall(1, 1, codec);
      const two = await lossyCall(2, 2, codec);
      expect(plain.concealed).toBeGreaterThan(0.15);
      expect(one.concealed).toBeLessThan(plain.concealed / 3);
      expect(two.concealed).toBeLessThan(one.concealed / 2);
      expect(one.fractionLost).toBeGreaterThan(0.15);
      expect(plain.packetsRecovered).toBe(0);
    },
  );

  test('it takes both', async () => {
    for (const [alice, bob] of [
      [1, 0],
      [0, 2],
    ] as const) {
      expect((await lossyCall(alice, bob)).packetsRecovered).toBe(0);
    }
  });
});
