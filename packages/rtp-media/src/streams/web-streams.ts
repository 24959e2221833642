import { PcmStreamSink, type PcmStreamSinkOptions } from '../sinks/pcm-stream-sink';
import { PcmStreamSource, type PcmStreamSourceOptions } from '../sources/pcm-stream-source';

/** Settings of a stream that feeds a call. */
export interface PcmInputOptions extends PcmStreamSourceOptions {
  /**
   * What happens when more is written than is played: `wait` holds the writer back (a file, a synthesised voice),
   * `drop-oldest` takes everything at once and drops the oldest (live audio); `wait` when absent.
   */
  whenFull?: 'wait' | 'drop-oldest';
}

/** A Web stream that an application reads what a call hears from. */
export interface WebPcmOutput {
  /** For the session: `session.addSink(sink)`. Close it to end the stream. Counts what a slow reader lost. */
  sink: PcmStreamSink;
  /** Frames of mono samples, each the reader's own. */
  readable: ReadableStream<Int16Array>;
}

/** A Web stream that an application writes what a call says into. */
export interface WebPcmInput {
  /** For the session: `session.source = source`. It ends when the stream is closed. Counts what was dropped. */
  source: PcmStreamSource;
  /** Takes pieces of mono samples of any length. */
  writable: WritableStream<Int16Array>;
}

/**
 * What a call hears, as a Web stream. A slow reader never holds up the call: what it does not read in time waits, up to
 * `maxQueueMs`, and is dropped beyond, the oldest first.
 */
export function webPcmOutput(options: PcmStreamSinkOptions = {}): WebPcmOutput {
  const sink = new PcmStreamSink(options);
  const frames = sink[Symbol.asyncIterator]();
  const readable = new ReadableStream<Int16Array>(
    {
      async pull(controller) {
        const { done, value } = await frames.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => sink.close(),
    },
    // Nothing waits in the stream: the bounded queue of the sink is the only one.
    { highWaterMark: 0 },
  );
  return { sink, readable };
}

/** What a call says, as a Web stream: closing it ends the source, aborting it makes the source fail with the reason. */
export function webPcmInput(options: PcmInputOptions = {}): WebPcmInput {
  const source = new PcmStreamSource(options);
  const live = options.whenFull === 'drop-oldest';
  const writable = new WritableStream<Int16Array>({
    write: (pcm) => (live ? source.pushLatest(pcm) : source.write(pcm)),
    close: () => source.end(),
    abort: (reason) => source.fail(reason),
  });
  return { source, writable };
}
