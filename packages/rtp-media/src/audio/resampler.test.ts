import { beforeAll, describe, expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { RecordingSource } from '../sources/recording-source';
import { Pair, Recording } from '../testing/session-pair';
import { voice } from '../testing/voice';
import { loadResampler, Resampler, resample } from './resampler';
import { ResamplingSink } from './resampling-sink';
import { ResamplingSource } from './resampling-source';

beforeAll(loadResampler);

const sine = (frequency: number, rate: number, seconds = 1) =>
  Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * frequency * i) / rate)),
  );

/** Ratio in dB of a tone, at whatever phase, to everything else. */
function purity(pcm: Int16Array, frequency: number, rate: number): number {
  const length = Math.floor(pcm.length / rate / 0.1) * Math.round(rate * 0.1);
  const step = (2 * Math.PI * frequency) / rate;
  let [inPhase, quadrature] = [0, 0];
  for (let i = 0; i < length; i++) {
    inPhase += (pcm[i]! * Math.cos(step * i) * 2) / length;
    quadrature += (pcm[i]! * Math.sin(step * i) * 2) / length;
  }
  let [signal, rest] = [0, 0];
  for (let i = 0; i < length; i++) {
    const tone = inPhase * Math.cos(step * i) + quadrature * Math.sin(step * i);
    signal += tone * tone;
    rest += (pcm[i]! - tone) ** 2;
  }
  return 10 * Math.log10(signal / rest);
}

describe('resampling', () => {
  test.each([
    [8000, 16_000],
    [8000, 48_000],
    [48_000, 8000],
    [44_100, 8000],
    [8000, 44_100],
    [24_000, 32_000],
    [11_025, 8000],
  ])('from %i to %i Hz keeps a tone in place, 60 dB clean', (from, to) => {
    const converted = resample(sine(1000, from), from, to);
    expect(converted.length).toBe(to);
    const edge = Math.round(to / 20);
    const middle = (pcm: Int16Array) => pcm.subarray(edge, pcm.length - edge);
    expect(purity(middle(converted), 1000, to)).toBeGreaterThan(60);
    const { lag, correlation } = correlate(middle(sine(1000, to)), middle(converted), { maxLag: 3 });
    expect(Math.abs(lag)).toBeLessThanOrEqual(1);
    expect(correlation).toBeGreaterThan(0.9);
  });

  const rates = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];
  const pairs = rates.flatMap((from) => rates.filter((to) => to !== from).map((to) => [from, to] as const));

  test.each(pairs)('a stream from %i to %i Hz, frame by frame of 20 ms, is 60 dB clean up to 3 kHz', (from, to) => {
    for (const frequency of [300, 1000, 3000]) {
      const resampler = new Resampler(from, to);
      const input = sine(frequency, from);
      const step = from / 50;
      const part = new Int16Array(resampler.outputLength(step));
      const heard: number[] = [];
      for (let at = 0; at < input.length; at += step) {
        const made = resampler.process(input.subarray(at, at + step), step, part);
        heard.push(...part.subarray(0, made));
      }
      // A click at the border of a frame would be in the rest that the tone is compared with.
      const edge = Math.round(to / 20);
      expect(purity(Int16Array.from(heard).subarray(edge, -edge), frequency, to)).toBeGreaterThan(60);
      resampler.close();
    }
  });

  test('what the lower rate cannot hold is filtered, not folded back', () => {
    const converted = resample(sine(6000, 16_000), 16_000, 8000);
    const loudest = converted.subarray(400, -400).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(loudest).toBeLessThan(20);
  });

  test('a stream in pieces is the stream in one', () => {
    const whole = new Resampler(8000, 48_000);
    const pieces = new Resampler(8000, 48_000);
    const input = sine(700, 8000);
    const once = new Int16Array(whole.outputLength(input.length));
    const count = whole.process(input, input.length, once);
    const joined: number[] = [];
    const part = new Int16Array(pieces.outputLength(777));
    for (let at = 0; at < input.length; at += 777) {
      const piece = input.subarray(at, at + 777);
      const made = pieces.process(piece, piece.length, part);
      joined.push(...part.subarray(0, made));
    }
    expect(joined).toEqual([...once.subarray(0, count)]);
    whole.close();
    pieces.close();
  });

  test.each([0, 8000.5, 500_000, Number.NaN])('a rate of %d is refused', (rate) => {
    expect(() => new Resampler(8000, rate)).toThrow('Give a sample rate');
  });

  test('a source of another rate ends when it ends, with all it had', () => {
    const source = new ResamplingSource(new RecordingSource(sine(1000, 16_000), 16_000), 8000);
    const frame = new Int16Array(160);
    let total = 0;
    for (let count = source.read(frame); count >= 0; count = source.read(frame)) total += count;
    expect(total).toBe(8000);
    source.close();
  });

  test('a sink of a rate that does not divide gets every sample', () => {
    const recording = new Recording(11_025);
    const sink = new ResamplingSink(recording, 8000);
    for (let i = 0; i < 50; i++) sink.write(new Int16Array(160));
    expect(recording.samples.length).toBe(11_025);
    sink.close();
  });

  test('a call takes a source of 44.1 kHz and a sink of 24 kHz', () => {
    const pair = new Pair();
    const heard = new Recording(24_000);
    const said = voice(4);
    pair.a.source = new RecordingSource(resample(said, 8000, 44_100), 44_100);
    pair.b.addSink(heard);
    pair.configure();
    pair.clock.advance(4500);
    expect(heard.samples.length).toBe(24_000 * 4.5);
    expect(correlate(said, resample(heard.samples, 24_000, 8000)).correlation).toBeGreaterThan(0.97);
  });
});
