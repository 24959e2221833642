import type { Check, Checks } from './check';
import { Coder, speechOf } from './coder';

const WARM_UP = 20_000;
const FRAMES = 2000;
const ROUNDS = 9;
/** A codec that takes its time is asked for fewer frames: warm-up and each round end after so many ms. */
const WARM_UP_MS = 500;
const ROUND_MS = 150;
const ATTEMPTS = 4;

/** The steady path takes no memory. Measured where the runtime tells how much is in use (Node.js); silent elsewhere. */
export const allocationChecks: Checks = (codec, { bytesPerFrame }) => {
  const memory = memoryInUse();
  if (!memory || bytesPerFrame === Number.POSITIVE_INFINITY) return [];
  const measured: Check = [
    `encoding and decoding a frame takes at most ${bytesPerFrame} bytes of heap`,
    () => {
      const coder = new Coder(codec);
      const { encoder, decoder, pcm, length } = coder;
      const speech = speechOf(codec, 10);
      const frames = Array.from({ length: 10 }, (_, i) => speech.subarray(i * length, (i + 1) * length));
      const payloads = frames.map((_, i) => coder.payload.slice(0, coder.encode(speech, i)));
      const run = (count: number) => {
        for (let i = 0; i < count; i++) {
          encoder.encode(frames[i % 10]!, coder.payload);
          decoder.decode(payloads[i % 10]!, pcm);
          if (i % 10 === 9) decoder.conceal(pcm, encoder.frameSamples);
        }
      };
      const measure = (): number => {
        const start = performance.now();
        let warm = 0;
        for (; warm < (WARM_UP * 160) / length && performance.now() - start < WARM_UP_MS; warm += 100) run(100);
        const count = Math.min(FRAMES, Math.ceil((warm * ROUND_MS) / (performance.now() - start)));
        const growth: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const before = memory();
          run(count);
          growth.push((memory() - before) / count);
        }
        // The collector may run in a round and others may allocate in one; the median is of neither.
        return growth.sort((a, b) => a - b)[ROUNDS >> 1]!;
      };
      // On a busy machine the compiler of the runtime is behind: what takes memory until it has done its work takes none later, what takes it then, takes it always.
      let median = measure();
      for (let again = 1; again < ATTEMPTS && median > bytesPerFrame; again++) median = measure();
      if (median > bytesPerFrame) throw new Error(`it takes ${median.toFixed(0)} bytes`);
    },
  ];
  return [measured];
};

interface MemoryReport {
  heapUsed: number;
  arrayBuffers: number;
}

function memoryInUse(): (() => number) | undefined {
  const { process } = globalThis as { process?: { memoryUsage?: () => MemoryReport } };
  const usage = process?.memoryUsage?.bind(process);
  if (!usage) return undefined;
  return () => {
    const { heapUsed, arrayBuffers } = usage();
    return heapUsed + arrayBuffers;
  };
}
