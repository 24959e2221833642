import { createOpus, opus } from '@offhook/codecs/opus';
import { measureSnr, speechLike } from '@offhook/codecs/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { bytesOf, ffmpeg, oggPackets, samplesOf, yardstick } from './support/yardstick';

const RATE = 48_000;
const speech = speechLike(5 * RATE, RATE);
const raw = ['-f', 's16le', '-ar', '48000', '-ac', '1'];

/** Packets as libopus in FFmpeg makes them, without the two headers of the file (RFC 7845 §5). */
const encodedByFfmpeg = (options: string[]) =>
  oggPackets(ffmpeg(raw, ['-c:a', 'libopus', ...options, '-f', 'ogg'], bytesOf(speech))).slice(2);

function decode(packets: readonly Uint8Array[]): Int16Array {
  const decoder = opus.createDecoder();
  const pcm = new Int16Array(5760);
  const frames = packets.map((packet) => {
    const samples = packet.length > 0 ? decoder.decode(packet, pcm) : decoder.conceal(pcm, 960);
    return Buffer.from(bytesOf(pcm.subarray(0, samples)));
  });
  return samplesOf(Buffer.concat(frames));
}

const lengthPrefixed = (packets: readonly Uint8Array[]) =>
  Buffer.concat(packets.flatMap((packet) => [Buffer.from([packet.length & 0xff, packet.length >> 8]), packet]));

const largestDifference = (a: Int16Array, b: Int16Array) =>
  a.reduce((most, sample, i) => Math.max(most, Math.abs(sample - b[i]!)), 0);

describeWithPeers(['cc', 'spandsp', 'libopus', 'ffmpeg'], 'Opus beside libopus in C', () => {
  test.each([
    ['SILK, narrowband', ['-b:a', '8k', '-application', 'voip', '-cutoff', '4000']],
    ['SILK, wideband, 60 ms', ['-b:a', '16k', '-application', 'voip', '-frame_duration', '60']],
    ['hybrid', ['-b:a', '28k', '-application', 'voip']],
    ['CELT', ['-b:a', '96k', '-application', 'audio']],
    ['CELT, 2.5 ms', ['-b:a', '64k', '-application', 'lowdelay', '-frame_duration', '2.5']],
    ['constant bit rate', ['-b:a', '40k', '-vbr', 'off']],
    ['stereo, heard as mono', ['-b:a', '64k', '-ac', '2']],
  ])('decodes what FFmpeg encoded, to the rounding of single samples: %s', (_, options) => {
    const packets = encodedByFfmpeg(options);
    expect(packets.length).toBeGreaterThan(50);
    const ours = decode(packets);
    const theirs = samplesOf(yardstick(['opus', 'decode'], lengthPrefixed(packets)));
    expect(ours.length).toBe(theirs.length);
    expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(2);
    expect(measureSnr(theirs, ours)).toBeGreaterThan(70);
  });

  test.each([12_000, 32_000, 64_000])(
    'what we encode at %d bit/s is as good as what it encodes, heard by it',
    (bitrate) => {
      const codec = createOpus({ bitrate, application: 'voip' });
      const encoder = codec.createEncoder();
      const payload = new Uint8Array(codec.maxPayloadBytes(20));
      const packets: Uint8Array[] = [];
      for (let i = 0; i + 960 <= speech.length; i += 960) {
        packets.push(payload.slice(0, encoder.encode(speech.subarray(i, i + 960), payload)));
      }
      const theirs = yardstick(['opus', 'encode', String(bitrate), '5'], bytesOf(speech));
      const ours = lengthPrefixed(packets);
      expect(ours.length / theirs.length).toBeGreaterThan(0.8);
      expect(ours.length / theirs.length).toBeLessThan(1.2);
      const quality = (input: Buffer) => {
        const heard = samplesOf(yardstick(['opus', 'decode'], input));
        return Math.max(...Array.from({ length: 80 }, (_, i) => measureSnr(speech, heard, 280 + i)));
      };
      expect(quality(ours)).toBeGreaterThan(quality(theirs) - 1);
    },
  );

  test('conceals every tenth packet as long and about as loud', () => {
    const packets = encodedByFfmpeg(['-b:a', '32k', '-application', 'voip']);
    const lossy = packets.map((packet, i) => (i % 10 === 5 ? new Uint8Array(0) : packet));
    const ours = decode(lossy);
    const theirs = samplesOf(yardstick(['opus', 'decode'], lengthPrefixed(lossy)));
    expect(ours.length).toBe(theirs.length);
    const energy = (pcm: Int16Array) => pcm.reduce((sum, sample) => sum + sample * sample, 0);
    expect(10 * Math.log10(energy(ours) / energy(theirs))).toBeCloseTo(0, 0);
    expect(measureSnr(theirs, ours)).toBeGreaterThan(10);
  });
});
