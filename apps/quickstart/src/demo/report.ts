import type { Style } from '../output/style';
import { type Check, checks, type Measurements } from './measurements';

/** The end of the demonstration, for people. */
export function report(measured: Measurements, style: Style): string {
  const rows: [string, string | undefined][] = [
    ['time to answer', milliseconds(measured.timeToAnswerMs)],
    ['codec', measured.codec],
    ['packets sent', measured.packetsSent?.toString()],
    ['packets received', received(measured)],
    ['jitter', milliseconds(measured.jitterMs)],
    ['round trip', milliseconds(measured.roundTripMs)],
    ['audio correlation', measured.audioCorrelation?.toFixed(3)],
    ['echo delay', milliseconds(measured.echoDelayMs)],
    ['DTMF received', measured.dtmfReceived],
    ['recording', measured.recording],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `  ${style.dim(name.padEnd(width))}  ${value}`);
  return ['', ...checks(measured).map((check) => line(check, style)), '', ...table].join('\n');
}

const line = ({ ok, what }: Check, style: Style) => `  ${ok ? style.good('✓') : style.bad('✗')} ${what}`;

const milliseconds = (value: number | undefined) => (value === undefined ? undefined : `${value.toFixed(1)} ms`);

function received({ packetsReceived, packetsLost }: Measurements): string | undefined {
  return packetsReceived === undefined ? undefined : `${packetsReceived} (${packetsLost ?? 0} lost)`;
}
