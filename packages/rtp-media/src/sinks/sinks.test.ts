import { describe, expect, test } from 'vitest';
import { nullSink } from './null-sink';
import { pcmStreamSink } from './pcm-stream-sink';

const frame = (value: number) => new Int16Array(160).fill(value);

describe('PCM that is read', () => {
  test('comes as frames of the reader’s own', async () => {
    const sink = pcmStreamSink();
    const reused = frame(1);
    sink.write(reused);
    reused.fill(2);
    sink.write(reused);
    sink.close();
    const heard: number[] = [];
    for await (const got of sink) heard.push(got[0]!);
    expect(heard).toEqual([1, 2]);
  });

  test('a reader that waits gets the next frame', async () => {
    const sink = pcmStreamSink();
    const reader = sink[Symbol.asyncIterator]();
    const next = reader.next();
    sink.write(frame(7));
    expect((await next).value![0]).toBe(7);
    const last = reader.next();
    sink.close();
    expect((await last).done).toBe(true);
    sink.write(frame(8));
    expect((await reader.next()).done).toBe(true);
  });

  test('a slow reader loses the oldest, and the call never waits', async () => {
    const sink = pcmStreamSink({ maxQueueMs: 100 });
    for (let i = 0; i < 20; i++) sink.write(frame(i));
    expect(sink.queuedMs).toBe(100);
    expect(sink.droppedMs).toBe(300);
    sink.close();
    const heard: number[] = [];
    for await (const got of sink) heard.push(got[0]!);
    expect(heard).toEqual([15, 16, 17, 18, 19]);
  });

  test('needs a queue', () => {
    expect(() => pcmStreamSink({ maxQueueMs: 0 })).toThrow('maxQueueMs');
  });
});

test('the null sink takes everything', () => {
  const sink = nullSink(16_000);
  sink.write(frame(1));
  expect(sink.sampleRate).toBe(16_000);
});
