import type { AudioSession } from '../session/audio-session';
import type { AudioSink } from './audio-sink';
import type { AudioSource } from './audio-source';
import { PcmQueue } from './pcm-queue';

/** Audio kept at most, in ms: more would be delay that nobody asked for. */
const LONGEST_MS = 60;

/** Something that hears at one rate and speaks at the same. */
export interface EchoSession {
  readonly receiveSampleRate: number;
  source: AudioSource | undefined;
  /** Writes what is heard to a sink. */
  addSink(sink: AudioSink): void;
  /** Writes no more to it. */
  removeSink(sink: AudioSink): void;
  /** Echoes in the thread of the session, where that is another one; returns a function that stops it. */
  echo?(): () => void;
}

/**
 * Sends back what a session receives, at the rate of its codec and without added delay: an echo service.
 *
 * @returns a function that stops it
 */
export function echo(session: AudioSession | EchoSession): () => void {
  if ('echo' in session && session.echo) return session.echo();
  const queue = new PcmQueue(3200);
  const loop: AudioSource & AudioSink = {
    get sampleRate() {
      return session.receiveSampleRate;
    },
    write(frame) {
      queue.push(frame, frame.length);
      queue.drop(queue.length - Math.max(frame.length, Math.round((LONGEST_MS * session.receiveSampleRate) / 1000)));
    },
    read: (frame) => queue.shift(frame, frame.length),
  };
  session.addSink(loop);
  session.source = loop;
  return () => {
    session.removeSink(loop);
    if (session.source === loop) session.source = undefined;
  };
}
