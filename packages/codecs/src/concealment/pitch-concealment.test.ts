import { describe, expect, test } from 'vitest';
import { measureSnr, seededRandom, speechLike } from '../testing';
import { PitchConcealment } from './pitch-concealment';
import { findPitchPeriod } from './pitch-period';

const RATE = 8000;
const FRAME = 160;

const tone = (frequency: number, samples: number, rate = RATE) =>
  Int16Array.from({ length: samples }, (_, i) => 8000 * Math.sin((2 * Math.PI * frequency * i) / rate));

/** Plays a signal frame by frame, some of them lost. */
function play(signal: Int16Array, isLost: (frame: number) => boolean, rate = RATE): Int16Array {
  const concealment = new PitchConcealment(rate);
  const heard = signal.slice();
  const frame = rate / 50;
  for (let at = 0; at < signal.length; at += frame) {
    const part = heard.subarray(at, at + frame);
    if (isLost(at / frame)) concealment.conceal(part, part.length);
    else concealment.received(part, part.length);
  }
  return heard;
}

/** The largest step from one sample to the next. */
const largestStep = (pcm: Int16Array) => {
  let step = 0;
  for (let i = 1; i < pcm.length; i++) step = Math.max(step, Math.abs(pcm[i]! - pcm[i - 1]!));
  return step;
};

describe('the pitch period (ITU-T G.711 §I.2.4)', () => {
  test.each([70, 100, 125, 160, 200, 240])(
    'of a voice at %i Hz is found to within a sample, or a multiple that fits whole samples better',
    (pitch) => {
      const voice = Int16Array.from({ length: 1000 }, (_, i) => {
        const phase = (2 * Math.PI * pitch * i) / RATE;
        return 5000 * (Math.sin(phase) + 0.7 * Math.sin(2 * phase) + 0.5 * Math.sin(3 * phase));
      });
      const period = findPitchPeriod(voice, voice.length, 32, 121);
      const periods = (period * pitch) / RATE;
      expect(Math.abs(periods - Math.round(periods)) * (RATE / pitch)).toBeLessThanOrEqual(1);
    },
  );

  test('of silence and of noise is some lag in the range', () => {
    const random = seededRandom(7);
    for (const pcm of [new Int16Array(400), Int16Array.from({ length: 400 }, () => random() - 32768)]) {
      const period = findPitchPeriod(pcm, pcm.length, 32, 121);
      expect(period).toBeGreaterThanOrEqual(32);
      expect(period).toBeLessThanOrEqual(121);
    }
  });
});

describe('concealment by pitch (ITU-T G.711 Appendix I)', () => {
  test.each([8000, 16000])('the first 10 ms of a steady tone at %i Hz go on as they were', (rate) => {
    const signal = tone(100, rate / 5, rate);
    const heard = play(signal, (frame) => frame === 5, rate);
    const lost = rate / 10;
    for (let i = 0; i < rate / 100; i++) expect(Math.abs(heard[lost + i]! - signal[lost + i]!)).toBeLessThan(400);
  });

  test('a lost frame of speech is nearer to the speech than silence is', () => {
    const speech = speechLike(RATE * 2, RATE);
    const isLost = (frame: number) => frame % 10 === 5;
    const silenced = speech.map((sample, i) => (isLost(Math.floor(i / FRAME)) ? 0 : sample));
    const concealed = play(speech, isLost);
    expect(measureSnr(speech, concealed)).toBeGreaterThan(measureSnr(speech, silenced) + 3);
  });

  test('nothing clicks: no step in concealed audio or at its edges is larger than those of the audio itself', () => {
    const signal = tone(170, RATE);
    const heard = play(signal, (frame) => frame >= 10 && frame < 13);
    expect(largestStep(heard)).toBeLessThan(largestStep(signal) * 2);
  });

  test('it fades, and is silent after 60 ms', () => {
    const heard = play(tone(100, RATE / 2), (frame) => frame >= 5);
    const peak = (from: number) => Math.max(...heard.subarray(from, from + 80).map(Math.abs));
    expect(peak(800)).toBeGreaterThan(7500);
    expect(peak(800 + 240)).toBeLessThan(6000);
    expect(peak(800 + 400)).toBeLessThan(2000);
    expect(peak(800 + 480)).toBe(0);
  });

  test('the audio after a loss begins blended, and is untouched from 4 ms on', () => {
    const signal = tone(130, RATE / 2);
    const heard = play(signal, (frame) => frame === 5);
    expect(heard.subarray(6 * FRAME + 32, 7 * FRAME)).toEqual(signal.subarray(6 * FRAME + 32, 7 * FRAME));
  });

  test('silence before the first packet and after reset', () => {
    const concealment = new PitchConcealment(RATE);
    const out = new Int16Array(FRAME).fill(99);
    expect(concealment.conceal(out, FRAME)).toBe(FRAME);
    expect(out).toEqual(new Int16Array(FRAME));
    concealment.received(tone(100, FRAME), FRAME);
    concealment.reset();
    concealment.conceal(out.fill(99), FRAME);
    expect(out).toEqual(new Int16Array(FRAME));
  });

  test('frames of any length, also longer than what is remembered, are taken in', () => {
    const signal = tone(100, RATE * 2);
    for (const lengths of [[1, 7, 960], [4000], [2000, 1, 1999]]) {
      const concealment = new PitchConcealment(RATE);
      let at = 0;
      for (let round = 0; round < 3; round++) {
        for (const length of lengths) {
          concealment.received(signal.slice(at, at + length), length);
          at += length;
        }
      }
      const out = new Int16Array(40);
      concealment.conceal(out, 40);
      for (let i = 0; i < 40; i++) expect(Math.abs(out[i]! - signal[at + i]!)).toBeLessThan(400);
    }
  });
});
