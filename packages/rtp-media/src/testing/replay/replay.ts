import { pcmu } from '@offhook/codecs';
import type { JitterBufferOptions } from '../../playout/jitter-buffer';
import { Playout } from '../../playout/playout';
import type { ArtefactMeter, Artefacts } from './artefacts';
import type { NetworkTrace } from './network-traces';

/** Time between a packet's fastest arrival and the frame made after it, in ms: the middle of what may be. */
const PHASE_MS = 10;
const FRAME = 160;
const FRAME_MS = 20;

/** What a replayed network did to a listener. Delays are from the making of a packet to its being heard. */
export interface ReplayResult extends Artefacts {
  name: string;
  meanDelayMs: number;
  /** 95 % of the frames had no more delay than this. */
  delay95Ms: number;
  concealedMs: number;
  acceleratedMs: number;
  deceleratedMs: number;
  lost: number;
  late: number;
}

/**
 * Sends audio of 8 kHz through a network as PCMU packets of 20 ms and plays it out, in virtual time.
 *
 * @param meter made of the audio to send
 * @param options of the jitter buffer
 */
export function replay(
  trace: NetworkTrace,
  meter: ArtefactMeter,
  options: Omit<JitterBufferOptions, 'clockRate'> = {},
): ReplayResult {
  const sent = meter.ideal;
  const { arrivals, lost } = arrivalsOf(trace, Math.floor(sent.length / FRAME));
  const encoder = pcmu.createEncoder();
  const payloads = Array.from({ length: Math.floor(sent.length / FRAME) }, (_, i) => {
    const payload = new Uint8Array(FRAME);
    encoder.encode(sent.subarray(i * FRAME, (i + 1) * FRAME), payload);
    return payload;
  });
  const playout = new Playout(options);
  playout.configure(new Map([[0, { codec: pcmu }]]));
  const heard = new Int16Array(sent.length);
  const frame = new Int16Array(FRAME);
  const expected: number[] = [];
  const delays: number[] = [];
  const rate = 1 + (trace.ppm ?? 0) / 1e6;
  for (let i = 0, next = 0; (i + 1) * FRAME <= sent.length; i++) {
    const now = i * FRAME_MS + PHASE_MS;
    for (; next < arrivals.length && arrivals[next]!.at <= now; next++) {
      const { at, number } = arrivals[next]!;
      const timestamp = (0xffff_0000 + number * FRAME) >>> 0;
      playout.receive(0, (65_000 + number) & 0xffff, timestamp, payloads[number]!, 0, FRAME, at);
    }
    playout.pull(frame, now);
    heard.set(frame, i * FRAME);
    const position = playout.position;
    const sample = position === undefined ? Number.NaN : position - 0xffff_0000;
    expected.push(sample < -0x8000_0000 ? sample + 0x1_0000_0000 : sample);
    if (position !== undefined) delays.push(now - (expected[i]! / 8) * rate);
  }
  delays.sort((a, b) => a - b);
  return {
    name: trace.name,
    meanDelayMs: delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
    delay95Ms: delays[Math.floor(delays.length * 0.95)]!,
    concealedMs: playout.concealedMs,
    acceleratedMs: playout.droppedMs,
    deceleratedMs: playout.insertedMs,
    lost,
    late: playout.discarded,
    ...meter.measure(heard, expected),
  };
}

interface Arrival {
  at: number;
  number: number;
}

function arrivalsOf(trace: NetworkTrace, packets: number): { arrivals: Arrival[]; lost: number } {
  const network = trace.start();
  const arrivals: Arrival[] = [];
  let lost = 0;
  for (let number = 0; number < packets; number++) {
    const delays = network(number);
    if (delays.length === 0) lost++;
    const sentAt = number * FRAME_MS * (1 + (trace.ppm ?? 0) / 1e6);
    for (const delay of delays) arrivals.push({ at: sentAt + delay, number });
  }
  // Sorting is stable: what arrives at once stays in order.
  arrivals.sort((a, b) => a.at - b.at);
  return { arrivals, lost };
}
