import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { levelDbfs } from '../analysis/level';
import { seededRandom } from '../testing/seeded-random';
import { voice } from '../testing/voice';
import { readWav } from '../wav/wav-format';
import { GainControl } from './gain-control';
import { LevelMeter } from './level-meter';
import { Limiter } from './limiter';
import { VoiceDetector } from './voice-detector';

const sine = (levelDb: number, ms: number, frequency = 1000) =>
  Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.round(32_767 * 10 ** (levelDb / 20) * Math.sin((2 * Math.PI * frequency * i) / 8000)),
  );
const noise = (levelDb: number, ms: number, seed = 1) => {
  const random = seededRandom(seed);
  const amplitude = 32_767 * 10 ** (levelDb / 20) * Math.sqrt(1.5);
  return Int16Array.from({ length: ms * 8 }, () => Math.round((random() * 2 - 1) * amplitude));
};
const scaled = (pcm: Int16Array, db: number) => pcm.map((sample) => Math.round(sample * 10 ** (db / 20)));
const added = (a: Int16Array, b: Int16Array) => a.map((sample, i) => sample + (b[i] ?? 0));

function inFrames(pcm: Int16Array, take: (frame: Int16Array) => void, samples = 160): Int16Array {
  const copy = pcm.slice();
  for (let at = 0; at < copy.length; at += samples) take(copy.subarray(at, at + samples));
  return copy;
}

describe('the level meter', () => {
  test('shows a sine at its level, RMS and peak', () => {
    const meter = new LevelMeter();
    inFrames(sine(-20, 2000), (frame) => meter.write(frame));
    expect(meter.rmsDb).toBeCloseTo(-20, 1);
    expect(meter.peakDb).toBeCloseTo(-20, 1);
    meter.reset();
    expect([meter.rmsDb, meter.peakDb]).toEqual([-96, -96]);
  });

  test('takes its time: 63 % of the power after the integration time', () => {
    const meter = new LevelMeter({ integrationMs: 300 });
    inFrames(sine(-20, 300), (frame) => meter.write(frame));
    expect(meter.rmsDb).toBeCloseTo(-20 + 10 * Math.log10(1 - Math.exp(-1)), 1);
  });

  test('holds a peak for a second, then lets it fall by 20 dB a second', () => {
    const meter = new LevelMeter();
    inFrames(sine(-10, 100), (frame) => meter.write(frame));
    inFrames(new Int16Array(7600), (frame) => meter.write(frame));
    expect(meter.peakDb).toBeCloseTo(-10, 1);
    inFrames(new Int16Array(8000), (frame) => meter.write(frame));
    expect(meter.peakDb).toBeGreaterThan(-31);
    expect(meter.peakDb).toBeLessThan(-28);
  });
});

describe('the limiter', () => {
  test('leaves what is under its ceiling alone, but for its delay', () => {
    const limiter = new Limiter();
    const said = voice(2).map((sample) => sample / 2);
    const heard = inFrames(said, (frame) => limiter.process(frame, frame));
    expect(heard.subarray(limiter.delay)).toEqual(said.subarray(0, said.length - limiter.delay));
    expect(limiter.delay).toBe(40);
  });

  test('keeps every sample under its ceiling, and the wave form', () => {
    const limiter = new Limiter({ ceilingDb: -3 });
    const said = voice(4);
    const loud = Float32Array.from(said, (sample) => sample * 8);
    const heard = new Int16Array(said.length);
    limiter.process(loud, heard);
    const ceiling = Math.ceil(32_767 * 10 ** (-3 / 20));
    for (const sample of heard) expect(Math.abs(sample)).toBeLessThanOrEqual(ceiling);
    expect(correlate(said, heard, { maxLag: 60 })).toMatchObject({ lag: 40 });
    // A clipped one of the same loudness is 0.9 at best.
    expect(correlate(said, heard, { maxLag: 60 }).correlation).toBeGreaterThan(0.9);
  });

  test('has turned down before a peak comes, and turns up again', () => {
    const limiter = new Limiter({ releaseMs: 50 });
    const steps: number[] = [];
    inFrames(sine(-20, 500), (frame) => limiter.process(frame, frame));
    const shout = Float32Array.from(sine(-6, 200), (sample) => sample * 4);
    const out = new Int16Array(160);
    for (let at = 0; at < shout.length; at += 160) {
      limiter.process(shout.subarray(at, at + 160), out);
      steps.push(limiter.gain);
    }
    expect(steps[5]).toBeCloseTo(0.89 / 2, 1);
    inFrames(sine(-20, 500), (frame) => limiter.process(frame, frame));
    expect(limiter.gain).toBeGreaterThan(0.99);
  });
});

describe('the voice detector', () => {
  /** Share of frames of 10 ms that are taken for speech. */
  const share = (pcm: Int16Array, detector = new VoiceDetector()) => {
    let active = 0;
    inFrames(pcm, (frame) => (active += Number(detector.process(frame))), 80);
    return active / (pcm.length / 80);
  };

  test('hears the syllables of a voice, and nothing in silence or noise', () => {
    expect(share(new Int16Array(16_000))).toBe(0);
    expect(share(voice(10), new VoiceDetector({ hangoverMs: 0 }))).toBeGreaterThan(0.45);
    expect(share(voice(10), new VoiceDetector({ hangoverMs: 0 }))).toBeLessThan(0.7);
    for (const level of [-60, -50, -40, -30]) {
      const detector = new VoiceDetector();
      share(noise(level, 10_000), detector);
      expect(share(noise(level, 10_000, 2), detector)).toBeLessThan(0.02);
    }
  });

  test('finds a voice 12 dB above steady noise, once the noise is known', () => {
    const detector = new VoiceDetector({ hangoverMs: 0 });
    const said = voice(10);
    const room = levelDbfs(said) - 12;
    share(noise(room, 8000), detector);
    expect(detector.noiseFloorDb).toBeCloseTo(room, -1);
    const found = share(added(said, noise(room, 10_000, 3)), detector);
    expect(found).toBeGreaterThan(0.35);
    expect(found).toBeLessThan(0.7);
  });

  test('finds the speech of the recording', () => {
    const { samples, sampleRate } = readWav(
      readFileSync(new URL('../../../../apps/quickstart/assets/speech.wav', import.meta.url)),
    );
    const detector = new VoiceDetector({ sampleRate });
    const frame = sampleRate / 100;
    let [right, all] = [0, 0];
    for (let at = 0; at + frame <= samples.length; at += frame) {
      const part = samples.subarray(at, at + frame);
      const active = detector.process(part);
      // What is loud is speech there, whatever else is.
      if (levelDbfs(part) < -30) continue;
      all++;
      right += Number(active);
    }
    expect(all).toBeGreaterThan(50);
    expect(right / all).toBeGreaterThan(0.95);
  });

  test('hangs over the end of a word, and a click is no word', () => {
    const detector = new VoiceDetector({ hangoverMs: 200 });
    share(noise(-65, 1000), detector);
    share(sine(-20, 100, 300), detector);
    expect(detector.active).toBe(true);
    expect(share(noise(-65, 400), detector)).toBeCloseTo(0.5, 1);
    const click = new Int16Array(80);
    click[40] = 30_000;
    detector.process(click);
    expect(detector.active).toBe(false);
  });
});

describe('the gain control', () => {
  const settled = (pcm: Int16Array, control = new GainControl()) => {
    const out = inFrames(pcm, (frame) => control.process(frame));
    return levelDbfs(out.subarray(out.length - 5 * 8000));
  };

  test('brings a quiet and a loud voice to the same level', () => {
    const said = voice(15);
    const level = levelDbfs(said);
    const quiet = settled(scaled(said, -35 - level));
    const loud = settled(scaled(said, -14 - level));
    expect(Math.abs(quiet - loud)).toBeLessThan(3);
    expect(quiet).toBeGreaterThan(-25);
    expect(loud).toBeLessThan(-17);
  });

  test('does not pull up noise in a pause', () => {
    const control = new GainControl();
    settled(voice(10), control);
    const before = control.gainDb;
    inFrames(noise(-60, 5000), (frame) => control.process(frame));
    expect(Math.abs(control.gainDb - before)).toBeLessThan(2);
  });

  test('turns down faster than up, and never clips', () => {
    const control = new GainControl({ maxGainDb: 20 });
    inFrames(scaled(voice(10), -30), (frame) => control.process(frame));
    expect(control.gainDb).toBeGreaterThan(10);
    const shouted = inFrames(scaled(voice(1), 3), (frame) => control.process(frame));
    expect(control.gainDb).toBeLessThan(0);
    const ceiling = Math.ceil(32_767 * 10 ** (-1 / 20));
    for (const sample of shouted) expect(Math.abs(sample)).toBeLessThanOrEqual(ceiling);
  });

  test('refuses limits that make no sense', () => {
    expect(() => new GainControl({ targetDb: 0 })).toThrow('target');
    expect(() => new GainControl({ attackDb: 0 })).toThrow('more than 0');
  });
});
