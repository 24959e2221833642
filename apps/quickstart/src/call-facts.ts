import type { AudioStatistics } from '@offhook/rtp-media';

/** What is told of the audio of a call when it has ended. */
export function audioFacts(statistics: AudioStatistics) {
  const { packetsSent, packetsReceived, packetsLost, jitterMs, roundTripMs } = statistics;
  return {
    packetsSent,
    packetsReceived,
    packetsLost,
    jitterMs: round(jitterMs),
    ...(roundTripMs !== undefined && { roundTripMs: round(roundTripMs) }),
  };
}

/** The same for people, in one line. */
export function audioLine(statistics: AudioStatistics): string {
  const { packetsSent, packetsReceived, packetsLost, jitterMs, roundTripMs } = statistics;
  const parts = [
    `${packetsSent} packets sent`,
    `${packetsReceived} received`,
    `${packetsLost} lost`,
    `jitter ${jitterMs.toFixed(1)} ms`,
    ...(roundTripMs === undefined ? [] : [`round trip ${roundTripMs.toFixed(1)} ms`]),
  ];
  return parts.join(', ');
}

/** To a tenth. */
export const round = (value: number): number => Math.round(value * 10) / 10;
