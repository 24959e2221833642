import { CodecRegistry, createL16, pcmu } from '@offhook/codecs';
import { expect, test } from 'vitest';
import { toneLevelDbfs } from '../analysis/level';
import { toneSource } from '../sources/tone-source';
import { Pair, Recording } from '../testing/session-pair';

// RFC 3551 §4.5.11, and table 4: 10 and 11 are 44.1 kHz; other rates have dynamic types.
test.each([
  { sampleRate: 44_100, channels: 1, payloadType: 11, bytes: 882 },
  { sampleRate: 44_100, channels: 2, payloadType: 10, bytes: 1764 },
  { sampleRate: 16_000, channels: 1, payloadType: 96, bytes: 640 },
  { sampleRate: 16_000, channels: 2, payloadType: 96, bytes: 1280 },
  { sampleRate: 48_000, channels: 1, payloadType: 96, bytes: 960 },
] as const)('L16/$sampleRate/$channels is heard', ({ sampleRate, channels, payloadType, bytes }) => {
  const codec = createL16({ sampleRate, channels });
  expect(codec.payloadType).toBe(payloadType === 96 ? undefined : payloadType);
  const pair = new Pair({ codecs: new CodecRegistry([codec, pcmu]) });
  const agreed = { name: 'L16', clockRate: sampleRate, channels, payloadType };
  const heard = new Recording(sampleRate);
  pair.a.source = toneSource({ frequencies: [1000], sampleRate });
  pair.b.addSink(heard);
  pair.configure({ sendCodec: agreed, receiveCodecs: [agreed] });
  pair.clock.advance(2000);
  const [first, second] = [pair.sentByA[10]!, pair.sentByA[11]!];
  expect(first).toMatchObject({ payloadType, payloadLength: bytes });
  expect(second.timestamp - first.timestamp).toBe(bytes / 2 / channels);
  expect(toneLevelDbfs(heard.samples.subarray(-sampleRate), sampleRate, 1000)).toBeCloseTo(-10, 0);
  expect(pair.b.statistics()).toMatchObject({ concealedMs: 0, receiveFormat: { channels, sampleRate } });
});
