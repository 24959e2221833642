import { type AudioStatistics, estimateQuality } from '@offhook/rtp-media';

/** What is told of the audio of a call when it has ended. */
export function audioFacts(statistics: AudioStatistics) {
  const { packetsSent, packetsReceived, packetsLost, packetsRecovered, jitterMs, roundTripMs } = statistics;
  return {
    packetsSent,
    packetsReceived,
    packetsLost,
    ...(packetsRecovered > 0 && { packetsRecovered }),
    jitterMs: round(jitterMs),
    ...(roundTripMs !== undefined && { roundTripMs: round(roundTripMs) }),
    ...(packetsReceived > 0 && { mos: round(mosOf(statistics)) }),
    ...transportFacts(statistics),
  };
}

/** How packets went: a plain transport has nothing to tell, which says that they went in clear. */
function transportFacts({ transport }: AudioStatistics) {
  if (!transport) return { protection: 'clear' };
  const { protection, suite, iceState, localCandidateType, remoteCandidateType } = transport;
  return {
    protection,
    ...(suite && { suite }),
    ...(iceState && { ice: iceState }),
    ...(localCandidateType && { path: `${localCandidateType}-${remoteCandidateType}` }),
  };
}

/** What a listener would say of the call, 1 to 4.5 (ITU-T G.107). */
const mosOf = ({ loss, roundTripMs, meanBufferMs, packetMs, receiveFormat }: AudioStatistics): number =>
  estimateQuality({
    loss,
    roundTripMs,
    bufferMs: meanBufferMs,
    packetMs,
    codec: receiveFormat?.name,
    sampleRate: receiveFormat?.sampleRate,
  }).mosCq;

/** The same for people, in one line. */
export function audioLine(statistics: AudioStatistics): string {
  const protection = statistics.transport?.protection;
  const { packetsSent, packetsReceived, packetsLost, jitterMs, roundTripMs } = statistics;
  const parts = [
    `${packetsSent} packets sent`,
    `${packetsReceived} received`,
    `${packetsLost} lost`,
    `jitter ${jitterMs.toFixed(1)} ms`,
    ...(roundTripMs === undefined ? [] : [`round trip ${roundTripMs.toFixed(1)} ms`]),
    ...(packetsReceived > 0 ? [`MOS ${mosOf(statistics).toFixed(1)}`] : []),
    ...(protection && protection !== 'clear' ? [`protected by ${protection}`] : []),
  ];
  return parts.join(', ');
}

/** To a tenth. */
export const round = (value: number): number => Math.round(value * 10) / 10;
