import { readWav } from '../../wav/wav-format';
import { ArtefactMeter } from './artefacts';
import { networkTraces } from './network-traces';
import { type ReplayResult, replay } from './replay';

/** Seconds of speech that each network of the table carries. */
const SECONDS = 60;

/**
 * Speech for the replays: a recording again and again, at 8 kHz.
 *
 * @param wav a recording of 16 kHz
 */
export function replaySpeech(wav: Uint8Array, seconds = SECONDS): Int16Array {
  const { samples, sampleRate } = readWav(wav);
  if (sampleRate !== 16_000) throw new TypeError(`Give a recording of 16000 Hz, not ${sampleRate}.`);
  const once = new Int16Array(samples.length >> 1);
  for (let i = 0; i < once.length; i++) {
    const before = samples[2 * i - 1] ?? 0;
    once[i] = Math.round((before + 2 * samples[2 * i]! + (samples[2 * i + 1] ?? 0)) / 4);
  }
  return Int16Array.from({ length: seconds * 8000 }, (_, i) => once[i % once.length]!);
}

/** Replays every network. */
export function replayAll(speech: Int16Array): ReplayResult[] {
  const meter = new ArtefactMeter(speech);
  return networkTraces.map((trace) => replay(trace, meter));
}

/** The results as a table in Markdown. */
export function replayTable(results: readonly ReplayResult[]): string {
  const rows = results.map((each) => [
    each.name,
    each.meanDelayMs.toFixed(0),
    each.delay95Ms.toFixed(0),
    String(each.lost),
    String(each.late),
    each.concealedMs.toFixed(0),
    each.acceleratedMs.toFixed(0),
    each.deceleratedMs.toFixed(0),
    each.spectralDb.toFixed(2),
    (each.damaged * 100).toFixed(1),
    String(each.clicks),
  ]);
  const head = [
    'Network',
    'Delay, ms',
    '95 %, ms',
    'Lost',
    'Late',
    'Concealed, ms',
    'Accelerated, ms',
    'Decelerated, ms',
    'Spectrum, dB',
    'Damaged, %',
    'Clicks',
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
