import { CodecRegistry, createIlbc, ilbc, pcmu } from '@offhook/codecs';
import { expect, test } from 'vitest';
import { correlateSegments } from '../analysis/correlate';
import { RecordingSource } from '../sources/recording-source';
import { Pair, PCMU, Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';

const RATE = 8000;
const SECONDS = 5;

/** A call with iLBC from A, whose codec is this one, to B, which said this. */
function call(codec = createIlbc({ mode: 20 }), remoteFmtp?: string, ptime = 20) {
  const pair = new Pair({ codecs: new CodecRegistry([codec, pcmu]) });
  const said = voice(SECONDS, RATE, 3);
  const agreed = {
    ...{ name: 'iLBC', clockRate: RATE, channels: 1, payloadType: 102 },
    ...(remoteFmtp !== undefined && { remoteFmtp }),
  };
  const heard = new Recording(RATE);
  pair.a.source = new RecordingSource(said, RATE);
  pair.b.addSink(heard);
  pair.configure({ sendCodec: agreed, receiveCodecs: [agreed, PCMU], ptime });
  pair.clock.advance(SECONDS * 1000 + 200);
  const { correlation } = correlateSegments(said, heard.samples, { segment: RATE / 5, maxLag: RATE / 4 });
  const [first, second] = pair.sentByA;
  return { correlation, step: second!.timestamp - first!.timestamp, receiveCodec: pair.b.statistics().receiveCodec };
}

// RFC 3952 §5: 20 ms when both say so, else 30, whatever ptime asks for; several frames go into a packet.
test.each([
  ['mode=20', 20, 160],
  ['mode=20', 60, 480],
  ['mode=30', 20, 240],
  ['mode=30', 60, 480],
  [undefined, 20, 240],
])('a codec made for 20 ms, a peer that says %s, and ptime %d', (remoteFmtp, ptime, step) => {
  const { correlation, ...seen } = call(undefined, remoteFmtp, ptime);
  expect(seen).toEqual({ step, receiveCodec: 'iLBC' });
  // What the codec by itself leaves of this voice, which is half noise, is 0.67.
  expect(correlation).toBeGreaterThan(0.65);
});

test('a codec made for 30 ms, and a peer that says mode=20', () => {
  expect(call(ilbc, 'mode=20').step).toBe(240);
});
