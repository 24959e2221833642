import type { Codec } from '../contract/codec';
import { CodecError } from '../contract/errors';
import { roomFor, speechOf } from './coder';

/** How a codec is timed. */
export interface SpeedOptions {
  /** ms of audio in a frame; the codec's usual one when absent. */
  frameDuration?: number;
  /** The peer's format parameters, which the encoder follows; none when absent. */
  fmtp?: string;
  /** What is encoded again and again, interleaved, at least one frame of it; ten seconds like speech when absent. */
  pcm?: Int16Array;
  /** Time in seconds that each kind of work is given, once it is warm; 1 when absent. */
  seconds?: number;
  /** A clock in ms; the processor time of the process where the runtime tells it (Node.js), or else `performance.now()`. */
  now?: () => number;
}

/** How many times faster than real time each kind of work is, on one core. */
export interface Speed {
  encode: number;
  decode: number;
  /** Decoding while one packet in five is lost and concealed. */
  conceal: number;
}

/** Time in ms of a batch: long beside what reading the clock takes, short beside what else the machine does. */
const BATCH_MS = 5;
/** Share of the time, before any of it counts, in which the code is compiled. */
const WARM_UP = 0.5;

/**
 * Times a codec, for a report: all frames of the audio round and round, in batches of some ms, of which the fastest counts since
 * others may use the machine. Nobody has to pass: a slow machine is no mistake.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for a frame duration the codec does not have, or less audio than a frame
 */
export function measureSpeed(codec: Codec, options: SpeedOptions = {}): Speed {
  const { frameDuration = codec.defaultFrameDuration, fmtp, seconds = 1, now = usualClock() } = options;
  const pcm = options.pcm ?? speechOf(codec, Math.ceil(10_000 / frameDuration), frameDuration);
  const encoder = codec.createEncoder({ frameDuration, ...(fmtp !== undefined && { remoteFmtp: fmtp }) });
  const decoder = codec.createDecoder(fmtp === undefined ? {} : { localFmtp: fmtp, remoteFmtp: fmtp });
  try {
    const length = encoder.frameSamples * codec.channels;
    const frames = Array.from({ length: Math.floor(pcm.length / length) }, (_, i) =>
      pcm.subarray(i * length, (i + 1) * length),
    );
    if (frames.length === 0)
      throw new CodecError('ERR_CODEC_OPTIONS', `The audio is shorter than ${frameDuration} ms.`);
    const out = new Uint8Array(codec.maxPayloadBytes(frameDuration));
    const payloads = frames.map((frame) => out.slice(0, encoder.encode(frame, out)));
    const count = frames.length;
    const room = roomFor(codec);
    const decode = (turn: number) => {
      const payload = payloads[turn % count]!;
      if (payload.length === 0) decoder.conceal(room, encoder.frameSamples);
      else decoder.decode(payload, room);
    };
    const timed = (work: (turn: number) => void) => timesRealTime(work, frameDuration, seconds, now);
    return {
      encode: timed((turn) => encoder.encode(frames[turn % count]!, out)),
      decode: timed(decode),
      conceal: timed((turn) => (turn % 5 === 4 ? decoder.conceal(room, encoder.frameSamples) : decode(turn))),
    };
  } finally {
    encoder.close?.();
    decoder.close?.();
  }
}

/**
 * Times real time of work on frames of so many ms: the best of its batches, once it is warm.
 *
 * @param work on one frame; it is told how many there were before
 */
export function timesRealTime(
  work: (turn: number) => unknown,
  frameDuration: number,
  seconds: number,
  now: () => number = usualClock(),
): number {
  let turn = 0;
  let batch = 1;
  const begun = now();
  let elapsed = 0;
  // Twice as many until they take long enough to be timed.
  while (elapsed < seconds * 1000 * WARM_UP) {
    const start = now();
    for (const end = turn + batch; turn < end; turn++) work(turn);
    const end = now();
    if (end - start < BATCH_MS) batch *= 2;
    elapsed = end - begun;
  }
  let best = Number.POSITIVE_INFINITY;
  let start = now();
  const deadline = start + seconds * 1000;
  do {
    for (const end = turn + batch; turn < end; turn++) work(turn);
    const end = now();
    if (end > start) best = Math.min(best, end - start);
    start = end;
  } while (start < deadline);
  return (batch * frameDuration) / best;
}

interface ProcessClock {
  cpuUsage?: () => { user: number; system: number };
}

function usualClock(): () => number {
  const { process } = globalThis as { process?: ProcessClock };
  const usage = process?.cpuUsage?.bind(process);
  if (!usage) return () => performance.now();
  return () => {
    const { user, system } = usage();
    return (user + system) / 1000;
  };
}
