import { Readable, Writable } from 'node:stream';
import { PcmStreamSink, type PcmStreamSinkOptions } from '../sinks/pcm-stream-sink';
import { PcmStreamSource } from '../sources/pcm-stream-source';
import { bytesOfPcm, PcmAssembler } from '../streams/pcm-bytes';
import type { PcmInputOptions } from '../streams/web-streams';

// Node.js file: streams.

/** A Node.js stream that an application reads what a call hears from. */
export interface NodePcmOutput {
  /** For the session: `session.addSink(sink)`. Close it to end the stream. Counts what a slow reader lost. */
  sink: PcmStreamSink;
  /** Bytes: mono samples of 16 bits, little-endian. */
  readable: Readable;
}

/** A Node.js stream that an application writes what a call says into. */
export interface NodePcmInput {
  /** For the session: `session.source = source`. It ends with the stream. Counts what was dropped. */
  source: PcmStreamSource;
  /** Takes bytes: mono samples of 16 bits, little-endian, in pieces of any length. */
  writable: Writable;
}

/**
 * What a call hears, as a Node.js stream of bytes. A slow reader never holds up the call: what it does not read in time
 * waits, up to `maxQueueMs`, and is dropped beyond, the oldest first.
 */
export function nodePcmOutput(options: PcmStreamSinkOptions = {}): NodePcmOutput {
  const sink = new PcmStreamSink(options);
  const frames = sink[Symbol.asyncIterator]();
  const readable = new Readable({
    // One frame ahead at most: the bounded queue of the sink is the one that counts.
    highWaterMark: 1,
    read() {
      frames.next().then(
        ({ done, value }) => this.push(done ? null : bytesOfPcm(value)),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      sink.close();
      done(error);
    },
  });
  return { sink, readable };
}

/** What a call says, as a Node.js stream of bytes: its end ends the source, its error makes the source fail. */
export function nodePcmInput(options: PcmInputOptions = {}): NodePcmInput {
  const source = new PcmStreamSource(options);
  const live = options.whenFull === 'drop-oldest';
  const assembler = new PcmAssembler();
  const writable = new Writable({
    decodeStrings: true,
    write(bytes: Uint8Array, _encoding, done) {
      const pcm = assembler.push(bytes);
      if (!live) {
        source.write(pcm).then(() => done(), done);
        return;
      }
      source.pushLatest(pcm);
      done();
    },
    final(done) {
      source.end();
      done();
    },
    destroy(error, done) {
      if (error) source.fail(error);
      else source.end();
      done(error);
    },
  });
  return { source, writable };
}
