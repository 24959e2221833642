import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';
import { MediaError } from '../platform/errors';

/** Something that treats frames in place, at one rate: `GainControl`, `NoiseSuppressor`, or one's own. */
export interface AudioStage {
  /** Hz of what it treats. */
  readonly sampleRate: number;
  /** Treats the first `count` samples of a frame in place. */
  process(frame: Int16Array, count?: number): void;
}

/**
 * A source whose audio goes through stages, in their order, before it is sent.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` when a stage is made for another rate
 */
export function processedSource(source: AudioSource, ...stages: AudioStage[]): AudioSource {
  sameRate(source.sampleRate, stages);
  return {
    sampleRate: source.sampleRate,
    read(frame) {
      const count = source.read(frame);
      if (count < 0) return count;
      // A stage that delays gives what it holds when nothing comes: the whole frame goes through, its rest silent.
      frame.fill(0, count);
      for (const stage of stages) stage.process(frame);
      return frame.length;
    },
    close: () => source.close?.(),
  };
}

/**
 * A sink that hears audio after it went through stages, in their order. Other sinks of the session hear it as it came.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` when a stage is made for another rate
 */
export function processedSink(sink: AudioSink, ...stages: AudioStage[]): AudioSink {
  sameRate(sink.sampleRate, stages);
  let own = new Int16Array(0);
  return {
    sampleRate: sink.sampleRate,
    write(frame) {
      if (own.length !== frame.length) own = new Int16Array(frame.length);
      own.set(frame);
      for (const stage of stages) stage.process(own);
      sink.write(own);
    },
    close: () => sink.close?.(),
  };
}

function sameRate(sampleRate: number, stages: readonly AudioStage[]): void {
  const other = stages.find((stage) => stage.sampleRate !== sampleRate);
  if (!other) return;
  const message = `A stage for ${other.sampleRate} Hz cannot treat audio of ${sampleRate} Hz; make it for that rate.`;
  throw new MediaError('ERR_MEDIA_ARGUMENT', message);
}
