import { describe, expect, test } from 'vitest';
import { levelDbfs } from '../analysis/level';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-header';
import { toneSource } from '../sources/tone-source';
import { Pair, Recording } from '../testing/session-pair';

describe('comfort noise in a session (RFC 3389)', () => {
  test('a peer that falls silent under its payload type is heard as it says, and nothing counts as lost', () => {
    const pair = new Pair();
    pair.configure({ comfortNoise: [13] });
    const recording = new Recording();
    pair.b.addSink(recording);
    pair.a.source = toneSource({ frequencies: [400], levelDb: -10, sampleRate: 8000 });
    pair.clock.advance(1000);
    const last = pair.sentByA.at(-1)!;
    pair.configureA({ direction: 'recvonly' });
    const packet = new Uint8Array(RTP_HEADER_BYTES + 2);
    writeRtpHeader(packet, 13, false, (last.sequenceNumber + 1) & 0xffff, (last.timestamp + 160) >>> 0, last.ssrc);
    packet.set([50, 127], RTP_HEADER_BYTES);
    pair.transportA.sendRtp(packet);
    pair.clock.advance(3000);
    const pause = recording.samples.subarray(-16_000);
    expect(levelDbfs(pause)).toBeGreaterThan(-48);
    expect(levelDbfs(pause)).toBeLessThan(-46);
    const { concealedMs, packetsLost, ignored } = pair.b.statistics();
    expect({ concealedMs, packetsLost, unknown: ignored.unknownPayload }).toEqual({
      concealedMs: 0,
      packetsLost: 0,
      unknown: 0,
    });
  });
});
