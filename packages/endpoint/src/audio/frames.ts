import { pcmStreamSink } from '@offhook/rtp-media';
import type { CallAudio } from '../media/call-audio';

/** How to read what the peer says. */
export interface FramesOptions {
  /** Hz wanted; 16000 when absent. */
  sampleRate?: number;
  /** ms kept for a reader that is behind; 2000 when absent. */
  maxQueueMs?: number;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/** @internal What is heard of a call, until it is over. */
export async function* framesOf(
  audio: CallAudio,
  { sampleRate = 16_000, maxQueueMs = 2000, signal }: FramesOptions,
): AsyncGenerator<Int16Array, void, void> {
  if (audio.closed || signal?.aborted) return;
  const sink = pcmStreamSink({ sampleRate, maxQueueMs });
  const close = (): void => sink.close();
  const off = audio.on('closed', close);
  signal?.addEventListener('abort', close);
  audio.addSink(sink);
  try {
    yield* { [Symbol.asyncIterator]: () => sink[Symbol.asyncIterator]() };
  } finally {
    audio.removeSink(sink);
    signal?.removeEventListener('abort', close);
    off();
  }
}
