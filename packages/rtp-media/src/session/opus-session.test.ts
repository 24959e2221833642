import { CodecRegistry, defineCodec, pcmu } from '@offhook/codecs';
import { opus } from '@offhook/codecs/opus';
import { expect, test } from 'vitest';
import { correlateSegments } from '../analysis/correlate';
import { levelDbfs } from '../analysis/level';
import { RecordingSource } from '../sources/recording-source';
import { seededRandom } from '../testing/seeded-random';
import { Pair, PCMU, Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';

const RATE = 48_000;

/** A call with Opus from A to B; every tenth packet is lost. */
function call(remoteFmtp: string, { lossy = true, seconds = 20, said = voice(seconds, RATE, 3) } = {}) {
  const pair = new Pair({ codecs: new CodecRegistry([opus, pcmu]) });
  const agreed = { name: 'opus', clockRate: 48_000, channels: 2, payloadType: 111, remoteFmtp };
  let sent = 0;
  pair.network.setPath('192.0.2.1', '192.0.2.2', {
    deliver: (bytes) => {
      if (bytes[1]! >= 200) return [5];
      sent++;
      // Jitter, so that the buffer holds the packet after a lost one.
      return lossy && sent % 10 === 7 ? [] : [5 + ((sent * 7) % 5) * 10];
    },
  });
  const heard = new Recording(RATE);
  pair.a.source = new RecordingSource(said, RATE);
  pair.b.addSink(heard);
  pair.configure({ sendCodec: agreed, receiveCodecs: [agreed, PCMU] });
  pair.clock.advance(seconds * 1000 + 200);
  const { correlation } = correlateSegments(said, heard.samples, { segment: RATE / 5, maxLag: RATE / 4 });
  return { pair, heard, correlation };
}

test('Opus is spoken at 48 kHz with timestamps of the same rate', () => {
  const { pair, correlation } = call('', { lossy: false, seconds: 5 });
  expect(pair.sentByA[1]!.timestamp - pair.sentByA[0]!.timestamp).toBe(960);
  expect(pair.b.receiveSampleRate).toBe(RATE);
  expect(pair.b.statistics().receiveCodec).toBe('opus');
  expect(correlation).toBeGreaterThan(0.9);
});

test('the loss that the peer reports makes the sender repair it, and the receiver takes the repair', {
  timeout: 30_000,
}, () => {
  const repaired = call('useinbandfec=1');
  const concealed = call('useinbandfec=0');
  expect(repaired.correlation).toBeGreaterThan(concealed.correlation + 0.01);
  expect(repaired.pair.b.statistics().packetsLost).toBe(concealed.pair.b.statistics().packetsLost);
});

test('while packets are lost on a network without jitter the receiver waits for what repairs them', {
  timeout: 30_000,
}, () => {
  const told = (useinbandfec: number, loss: number) => {
    let lost = 0;
    let repairable = 0;
    const counting = defineCodec({
      ...opus,
      createDecoder: (options) => {
        const decoder = opus.createDecoder(options);
        const { conceal } = decoder;
        decoder.conceal = (out, samples, next) => {
          if (samples >= 960) lost++;
          if (next && decoder.corrects!(next) > 0) repairable++;
          return conceal.call(decoder, out, samples, next);
        };
        return decoder;
      },
    });
    const pair = new Pair({ codecs: new CodecRegistry([counting, pcmu]) });
    const random = seededRandom(7);
    pair.network.setPath('192.0.2.1', '192.0.2.2', {
      deliver: (bytes) => (bytes[1]! < 200 && random() < loss ? [] : [5]),
    });
    const agreed = {
      name: 'opus',
      clockRate: 48_000,
      channels: 2,
      payloadType: 111,
      remoteFmtp: `useinbandfec=${useinbandfec}`,
    };
    const said = voice(25, RATE, 3);
    const heard = new Recording(RATE);
    pair.a.source = new RecordingSource(said, RATE);
    pair.b.addSink(heard);
    pair.configure({ sendCodec: agreed, receiveCodecs: [agreed, PCMU] });
    pair.clock.advance(25_000);
    const { correlation } = correlateSegments(said, heard.samples, { segment: RATE / 5, maxLag: RATE / 4 });
    return { lost, repairable, delay: pair.b.statistics().meanBufferMs, correlation };
  };
  const [clean, plain, repaired] = [told(1, 0), told(0, 0.1), told(1, 0.1)];
  expect(clean.delay).toBeLessThan(16);
  expect([plain.lost, plain.repairable]).toEqual([repaired.lost, 0]);
  expect(plain.delay).toBeLessThan(16);
  // What is lost in speech, from the peer's first report of losses on; of runs the last one.
  expect(repaired.repairable).toBeGreaterThan(repaired.lost * 0.35);
  expect(repaired.delay).toBeLessThan(clean.delay + 22);
  // Half of what the losses cost.
  expect(clean.correlation - repaired.correlation).toBeLessThan((clean.correlation - plain.correlation) * 0.55);
});

test('usedtx=1: silence is not sent, and time goes on', () => {
  const said = voice(10, RATE, 3);
  said.fill(0, 3 * RATE, 7 * RATE);
  const { pair, heard, correlation } = call('usedtx=1', { lossy: false, seconds: 10, said });
  expect(pair.sentByA.length).toBeLessThan(380);
  expect(correlation).toBeGreaterThan(0.85);
  expect(levelDbfs(heard.samples.subarray(5 * RATE, 6 * RATE))).toBeLessThan(-60);
});
