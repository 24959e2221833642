import { beforeAll, describe, expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { levelDbfs, signalToNoise, toneLevelDbfs } from '../analysis/level';
import { loadResampler, resample } from '../audio/resampler';
import { RecordingSource } from '../sources/recording-source';
import { toneSource } from '../sources/tone-source';
import { Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';
import { Mixer } from './mixer';
import { softLimit } from './soft-limit';

beforeAll(loadResampler);

const tone = (frequency: number, levelDb = -20, sampleRate = 8000) =>
  toneSource({ frequencies: [frequency], levelDb, sampleRate });

function run(mixer: Mixer, rounds: number): void {
  for (let i = 0; i < rounds; i++) mixer.mix();
}

describe('a conference', () => {
  test('lets everyone hear all but himself', () => {
    const mixer = new Mixer();
    const heard = [400, 1000, 1700].map((frequency) => {
      const sink = new Recording(8000);
      mixer.addLeg({ source: tone(frequency), sink });
      return sink;
    });
    run(mixer, 50);
    for (const [i, sink] of heard.entries()) {
      for (const [j, frequency] of [400, 1000, 1700].entries()) {
        const level = toneLevelDbfs(sink.samples, 8000, frequency);
        if (i === j) expect(level).toBeLessThan(-80);
        else expect(level).toBeCloseTo(-20, 1);
      }
    }
  });

  test('gives back exactly what the only other one said', () => {
    const mixer = new Mixer();
    const said = voice(3);
    const heard = new Recording(8000);
    mixer.addLeg({ source: new RecordingSource(said, 8000) });
    mixer.addLeg({ sink: heard });
    mixer.addLeg();
    run(mixer, 150);
    expect(heard.samples).toEqual(said.map((sample) => Math.round(softLimit(sample))));
  });

  test('of five who shout is limited: no wrap, no sample that jumps', () => {
    const mixer = new Mixer();
    const heard = new Recording(8000);
    for (let i = 0; i < 5; i++) mixer.addLeg({ source: tone(100, -1) });
    mixer.addLeg({ sink: heard });
    run(mixer, 50);
    const { samples } = heard;
    const single = tone(100, -1);
    const clean = new Int16Array(samples.length);
    single.read(clean);
    expect(correlate(clean, samples, { maxLag: 2 }).correlation).toBeGreaterThan(0.9);
    let steepest = 0;
    for (let i = 1; i < samples.length; i++) steepest = Math.max(steepest, Math.abs(samples[i]! - samples[i - 1]!));
    expect(steepest).toBeLessThan(15_000);
    for (let i = 0; i < samples.length; i++) expect(samples[i]! * clean[i]!).toBeGreaterThanOrEqual(0);
  });

  test('takes and gives any rate', () => {
    const mixer = new Mixer({ sampleRate: 16_000 });
    const said = voice(3, 8000);
    for (const rate of [8000, 24_000, 32_000, 44_100, 48_000]) {
      const heard = new Recording(rate);
      const speaker = mixer.addLeg({ source: new RecordingSource(resample(said, 8000, rate), rate) });
      const listener = mixer.addLeg({ sink: heard });
      run(mixer, 150);
      expect(correlate(said, resample(heard.samples, rate, 8000)).correlation).toBeGreaterThan(0.98);
      mixer.removeLeg(speaker);
      mixer.removeLeg(listener);
    }
    expect(mixer.legs.size).toBe(0);
  });

  test('is spoken to and heard through sessions at their own pace, the oldest dropped when they run apart', () => {
    const mixer = new Mixer();
    const [a, b] = [mixer.addLeg(), mixer.addLeg()];
    const said = voice(1);
    const heard: number[] = [];
    const frame = new Int16Array(160);
    for (let at = 0; at < said.length; at += 160) {
      a.input.write(said.subarray(at, at + 160));
      mixer.mix();
      heard.push(...frame.subarray(0, b.output.read(frame)));
    }
    expect(signalToNoise(said, Int16Array.from(heard))).toBeGreaterThan(60);
    expect(a.droppedMs).toBe(920); // nobody read what it was given: 80 ms wait, the rest is gone
    for (let i = 0; i < 10; i++) b.input.write(frame);
    expect(b.droppedMs).toBe(120);
  });

  test('of a leg that throws goes on without it', () => {
    const mixer = new Mixer();
    const heard = new Recording(8000);
    const broken = mixer.addLeg({
      source: {
        sampleRate: 8000,
        read() {
          throw new Error('unplugged');
        },
      },
      sink: {
        sampleRate: 8000,
        write() {
          throw new Error('unplugged');
        },
      },
    });
    mixer.addLeg({ source: tone(500) });
    mixer.addLeg({ sink: heard });
    run(mixer, 10);
    expect(broken.ended).toBe(true);
    expect(broken.error).toMatchObject({ message: 'unplugged' });
    expect(levelDbfs(heard.samples)).toBeCloseTo(-20, 1);
  });

  test('needs whole frames', () => {
    expect(() => new Mixer({ sampleRate: 11_025, frameMs: 10 })).toThrow('no whole frame');
  });
});

describe('each leg', () => {
  test('has its own gain, and a change of it is a ramp', () => {
    const mixer = new Mixer();
    const heard = new Recording(8000);
    const leg = mixer.addLeg({ source: tone(500, -30), gainDb: 6 });
    mixer.addLeg({ sink: heard });
    run(mixer, 10);
    expect(levelDbfs(heard.samples)).toBeCloseTo(-24, 1);
    leg.gainDb = -20;
    run(mixer, 11);
    expect(levelDbfs(heard.samples.subarray(11 * 160))).toBeCloseTo(-50, 0);
    const largest = (from: number, to: number) => {
      let most = 0;
      for (let i = from + 1; i < to; i++) {
        most = Math.max(most, Math.abs(heard.samples[i]! - heard.samples[i - 1]!));
      }
      return most;
    };
    expect(largest(1500, 1800)).toBeLessThanOrEqual(largest(0, 1500) + 1);
    expect(() => {
      leg.gainDb = 50;
    }).toThrow('40 dB');
  });

  test('is muted and deafened apart', () => {
    const mixer = new Mixer();
    const [toA, toB] = [new Recording(8000), new Recording(8000)];
    const a = mixer.addLeg({ source: tone(500), sink: toA, muted: true });
    const b = mixer.addLeg({ source: tone(900), sink: toB, deafened: true });
    run(mixer, 20);
    expect(levelDbfs(toB.samples)).toBe(Number.NEGATIVE_INFINITY);
    expect(levelDbfs(toA.samples)).toBeCloseTo(-20, 1);
    expect(mixer.activeSpeakers).toEqual([b]);
    a.muted = false;
    b.deafened = false;
    run(mixer, 20);
    expect(toneLevelDbfs(toB.samples.subarray(21 * 160), 8000, 500)).toBeCloseTo(-20, 1);
    expect(mixer.activeSpeakers).toContain(a);
  });
});

describe('active speakers', () => {
  test('come with the first syllable, stay over a pause, leave with silence', () => {
    const mixer = new Mixer();
    const leg = mixer.addLeg();
    const loud = new Int16Array(160).fill(3000);
    const say = (rounds: number, frame?: Int16Array) => {
      for (let i = 0; i < rounds; i++) {
        if (frame) leg.input.write(frame);
        mixer.mix();
      }
      return mixer.activeSpeakers.includes(leg);
    };
    expect(say(2, loud)).toBe(false);
    expect(say(1, loud)).toBe(true);
    expect(say(25)).toBe(true);
    expect(say(1, loud)).toBe(true);
    expect(say(29)).toBe(true);
    expect(say(1)).toBe(false);
  });

  test('are ordered by level, and places do not flicker', () => {
    const mixer = new Mixer();
    const quiet = mixer.addLeg({ source: tone(500, -30) });
    run(mixer, 10);
    const loud = mixer.addLeg({ source: tone(700, -15) });
    const nearlyAsLoud = mixer.addLeg({ source: tone(900, -14) });
    run(mixer, 20);
    expect(mixer.activeSpeakers).toEqual([loud, nearlyAsLoud, quiet]);
    const before = mixer.activeSpeakers;
    run(mixer, 20);
    expect(mixer.activeSpeakers).toBe(before);
    mixer.removeLeg(loud);
    expect(mixer.activeSpeakers).toEqual([nearlyAsLoud, quiet]);
  });
});

test('the soft limit is monotonic, odd and bounded', () => {
  let last = Number.NEGATIVE_INFINITY;
  for (let sample = -200_000; sample <= 200_000; sample += 37) {
    const limited = softLimit(sample);
    expect(limited).toBeGreaterThan(last);
    expect(Math.abs(limited)).toBeLessThan(32_767);
    expect(softLimit(-sample)).toBeCloseTo(-limited, 9);
    if (Math.abs(sample) < 23_198) expect(limited).toBe(sample);
    last = limited;
  }
});
