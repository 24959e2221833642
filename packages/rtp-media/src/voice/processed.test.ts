import { describe, expect, test } from 'vitest';
import { RecordingSource } from '../sources/recording-source';
import { Recording } from '../testing/session-pair';
import { GainControl } from './gain-control';
import { type AudioStage, processedSink, processedSource } from './processed';

const plus = (value: number): AudioStage => ({
  sampleRate: 8000,
  process(frame) {
    for (let i = 0; i < frame.length; i++) frame[i] = frame[i]! + value;
  },
});
const times = (value: number): AudioStage => ({
  sampleRate: 8000,
  process(frame) {
    for (let i = 0; i < frame.length; i++) frame[i] = frame[i]! * value;
  },
});

describe('stages', () => {
  test('treat what is sent in their order, and end with the source', () => {
    const source = processedSource(new RecordingSource(new Int16Array(200).fill(3), 8000), plus(1), times(10));
    const frame = new Int16Array(160);
    expect(source.read(frame)).toBe(160);
    expect(frame[0]).toBe(40);
    expect(source.read(frame)).toBe(160);
    expect([frame[39], frame[40]]).toEqual([40, 10]);
    expect(source.read(frame)).toBe(-1);
  });

  test('treat what one sink hears, and leave the frame to the others', () => {
    const heard = new Recording(8000);
    const sink = processedSink(heard, plus(1));
    const frame = new Int16Array(160).fill(5);
    sink.write(frame);
    expect(heard.samples[0]).toBe(6);
    expect(frame[0]).toBe(5);
  });

  test('are of the same rate', () => {
    expect(() => processedSink(new Recording(16_000), new GainControl())).toThrow('8000 Hz');
  });
});
