import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PitchConcealment } from '../concealment/pitch-concealment';
import { seededRandom } from '../testing';
import { g722 } from './g722';

const FRAME = 320;
const SEEDS = 10;

/** Five seconds of speech at 16 kHz; the samples of a WAV file follow upon a header of 44 bytes. */
const file = readFileSync(fileURLToPath(new URL('../../../../apps/quickstart/assets/speech.wav', import.meta.url)));
const speech = new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + (file.length & ~1)));

const encoder = g722.createEncoder();
const payloads = Array.from({ length: Math.floor(speech.length / FRAME) }, (_, frame) => {
  const payload = new Uint8Array(160);
  encoder.encode(speech.subarray(frame * FRAME, (frame + 1) * FRAME), payload);
  return payload;
});

type Way = 'whole' | 'silence' | 'pitch' | 'ours';

/** What is heard of the speech when frames are lost, and how that is made up for. */
function heard(lost: readonly boolean[], way: Way): Int16Array {
  const decoder = g722.createDecoder();
  const pitch = new PitchConcealment(16_000);
  const pcm = new Int16Array(payloads.length * FRAME);
  for (const [frame, payload] of payloads.entries()) {
    const out = pcm.subarray(frame * FRAME, (frame + 1) * FRAME);
    if (!lost[frame]) {
      decoder.decode(payload, out);
      // Without the decoder's own concealment, which is never called then.
      if (way === 'pitch') pitch.received(out, FRAME);
    } else if (way === 'ours') decoder.conceal(out, FRAME);
    else if (way === 'pitch') pitch.conceal(out, FRAME);
  }
  return pcm;
}

const whole = heard([], 'whole');
const isVoice = (frame: number) => {
  let energy = 0;
  for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) energy += whole[i]! ** 2;
  return energy / FRAME > 1e4;
};

/** Mean of the signal-to-noise ratios of 20 ms each, in dB, those of voice that are asked for; each within -10 and 35. */
function segmentalSnr(pcm: Int16Array, counts: (frame: number) => boolean): number {
  let sum = 0;
  let frames = 0;
  for (const frame of payloads.keys()) {
    if (!counts(frame) || !isVoice(frame)) continue;
    let signal = 0;
    let noise = 1;
    for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) {
      signal += whole[i]! ** 2;
      noise += (whole[i]! - pcm[i]!) ** 2;
    }
    sum += Math.max(-10, Math.min(35, 10 * Math.log10(signal / noise)));
    frames++;
  }
  return sum / frames;
}

/** Means over ten patterns of loss: of all frames, and of the two after each loss. */
function quality(loss: number, way: Way): { all: number; after: number } {
  const sums = { all: 0, after: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed * 77);
    const lost = payloads.map((_, frame) => random() / 65_536 < loss && frame > 3);
    const pcm = heard(lost, way);
    sums.all += segmentalSnr(pcm, () => true) / SEEDS;
    sums.after += segmentalSnr(pcm, (i) => !lost[i] && (lost[i - 1] || lost[i - 2]) === true) / SEEDS;
  }
  return sums;
}

describe('concealment of G.722 (ideas of ITU-T G.722 Appendix III)', () => {
  test.each([0.01, 0.05, 0.1, 0.2])(
    'at a loss of %d speech is nearer to what was sent than by pitch alone, or silence',
    (loss) => {
      const [ours, pitch, silence] = [quality(loss, 'ours'), quality(loss, 'pitch'), quality(loss, 'silence')];
      for (const other of [pitch, silence]) {
        expect(ours.all).toBeGreaterThan(other.all + 0.02);
        expect(ours.after).toBeGreaterThan(other.after + 0.2);
      }
    },
  );

  test('what is asked for in pieces of any length is the same as in one', () => {
    const run = (lengths: number[]) => {
      const decoder = g722.createDecoder();
      const pcm = new Int16Array(FRAME * 3);
      for (const payload of payloads.slice(20, 40)) decoder.decode(payload, pcm);
      const made: number[] = [];
      for (const length of lengths) {
        decoder.conceal(pcm, length);
        made.push(...pcm.subarray(0, length));
      }
      decoder.decode(payloads[41]!, pcm);
      return [...made, ...pcm.subarray(0, FRAME)];
    };
    const inOne = run([960]);
    expect(run([320, 320, 320])).toEqual(inOne);
    expect(run([1, 7, 312, 2, 638])).toEqual(inOne);
  });

  test.each([5, 10, 25, 50])('after %d packets in a row speech comes back sooner, and at its level', (length) => {
    const back = (way: Way) => {
      const sums = { snr: 0, level: 0, cuts: 0 };
      for (let first = 10; first + length + 5 < payloads.length; first += 5) {
        const end = first + length;
        const pcm = heard(
          payloads.map((_, frame) => frame >= first && frame < end),
          way,
        );
        const snr = segmentalSnr(pcm, (frame) => frame >= end && frame < end + 5);
        if (Number.isNaN(snr)) continue;
        const peak = (of: Int16Array) => Math.max(...of.subarray(end * FRAME, (end + 5) * FRAME).map(Math.abs));
        sums.snr += snr;
        sums.level += peak(pcm) / peak(whole);
        sums.cuts++;
      }
      return { snr: sums.snr / sums.cuts, level: sums.level / sums.cuts };
    };
    const [ours, pitch] = [back('ours'), back('pitch')];
    expect(ours.snr).toBeGreaterThan(pitch.snr + 0.3);
    expect(ours.level).toBeLessThan(Math.min(1.15, pitch.level));
  });
});
