import type { AudioStatistics, CodecFormat } from '../session/audio-statistics';
import type { SignalStatistics } from './signal-meter';

/** An object of a statistics report, with the member names and units of the W3C's "Identifiers for WebRTC's Statistics API". */
export type RtcStats = { id: string; type: string; timestamp: number } & Record<string, string | number | boolean>;

/** What the session cannot tell of itself. */
export interface RtcStatsContext {
  /** Wall-clock time of the reading in ms since 1970 (`timestamp`). */
  timestamp: number;
  /** Media identification in the description (`mid`). */
  mid?: string;
  /** Begins the ids of the objects, to tell several sessions apart; empty when absent. */
  idPrefix?: string;
}

/**
 * The statistics of a session as `RTCPeerConnection.getStats()` has them, by id: `codec`, `inbound-rtp`, `outbound-rtp`,
 * `remote-inbound-rtp`, `remote-outbound-rtp`, `media-source`, `transport`, and with ICE `candidate-pair`,
 * `local-candidate` and `remote-candidate`. Durations are in seconds. Members the
 * session does not know are absent, as are objects it has nothing for.
 */
export function rtcStats(statistics: AudioStatistics, context: RtcStatsContext): Map<string, RtcStats> {
  const report = new Map<string, RtcStats>();
  const prefix = context.idPrefix ?? '';
  const add = (id: string, type: string, members: Members): void => {
    report.set(prefix + id, clean({ id: prefix + id, type, timestamp: context.timestamp }, members));
  };
  const { sendFormat, receiveFormat, remote, remoteSent, signal, remoteSsrc } = statistics;
  const transportId = `${prefix}T`;
  const common = { kind: 'audio', transportId, mid: context.mid };

  const { transport } = statistics;
  const pair = transport?.localCandidateType !== undefined && transport.remoteCandidateType !== undefined;
  add('T', 'transport', {
    packetsSent: statistics.packetsSent + statistics.rtcpSent,
    packetsReceived: statistics.packetsReceived + statistics.rtcpReceived,
    iceState: transport?.iceState,
    selectedCandidatePairId: pair && `${prefix}P`,
    dtlsState: transport?.protection === 'dtls' && 'connected',
    srtpCipher: transport?.suite,
  });
  if (pair) {
    const roundTripMs = transport.checkRoundTripMs;
    add('P', 'candidate-pair', {
      transportId,
      localCandidateId: `${prefix}L`,
      remoteCandidateId: `${prefix}R`,
      state: 'succeeded',
      nominated: true,
      currentRoundTripTime: roundTripMs !== undefined && roundTripMs / 1000,
    });
    add('L', 'local-candidate', { transportId, candidateType: transport.localCandidateType });
    add('R', 'remote-candidate', { transportId, candidateType: transport.remoteCandidateType });
  }
  if (sendFormat) add('CO', 'codec', codec(sendFormat, transportId));
  if (receiveFormat) add('CI', 'codec', codec(receiveFormat, transportId));
  if (signal) add('S', 'media-source', { kind: 'audio', ...audioLevel(signal.sent) });
  add('O', 'outbound-rtp', {
    ...common,
    ssrc: statistics.ssrc,
    codecId: sendFormat && `${prefix}CO`,
    mediaSourceId: signal && `${prefix}S`,
    remoteId: remote && `${prefix}RI`,
    packetsSent: statistics.packetsSent,
    bytesSent: statistics.octetsSent,
    headerBytesSent: statistics.packetsSent * 12,
    active: statistics.packetsSent > 0,
  });
  if (remoteSsrc !== undefined) {
    add('I', 'inbound-rtp', {
      ...common,
      ssrc: remoteSsrc,
      codecId: receiveFormat && `${prefix}CI`,
      remoteId: remoteSent && `${prefix}RO`,
      ...inbound(statistics),
    });
  }
  if (remote) {
    add('RI', 'remote-inbound-rtp', {
      ...common,
      ssrc: statistics.ssrc,
      codecId: sendFormat && `${prefix}CO`,
      localId: `${prefix}O`,
      packetsLost: remote.packetsLost,
      fractionLost: remote.fractionLost,
      jitter: remote.jitterMs / 1000,
      roundTripTime: statistics.roundTripMs === undefined ? undefined : statistics.roundTripMs / 1000,
      totalRoundTripTime: statistics.roundTripTotalMs / 1000,
      roundTripTimeMeasurements: statistics.roundTrips,
    });
  }
  if (remoteSent && remoteSsrc !== undefined) {
    add('RO', 'remote-outbound-rtp', {
      ...common,
      ssrc: remoteSsrc,
      codecId: receiveFormat && `${prefix}CI`,
      localId: `${prefix}I`,
      packetsSent: remoteSent.packets,
      bytesSent: remoteSent.octets,
    });
  }
  return report;
}

/** What is undefined or false is not known, except of those members that are true or false. */
type Members = Record<string, string | number | boolean | undefined>;
const TRUE_OR_FALSE = new Set(['active', 'nominated']);

function inbound(statistics: AudioStatistics): Members {
  const rate = (statistics.receiveFormat?.sampleRate ?? 8000) / 1000;
  const samples = (ms: number) => Math.round(ms * rate);
  const emitted = samples(statistics.playedMs);
  return {
    packetsReceived: statistics.packetsReceived,
    packetsLost: statistics.packetsLost,
    packetsDiscarded: statistics.packetsDiscarded,
    bytesReceived: statistics.octetsReceived,
    headerBytesReceived: statistics.packetsReceived * 12,
    jitter: statistics.jitterMs / 1000,
    jitterBufferDelay: (statistics.meanBufferMs / 1000) * emitted,
    jitterBufferEmittedCount: emitted,
    totalSamplesReceived: samples(statistics.decodedMs + statistics.concealedMs + statistics.comfortNoiseMs),
    concealedSamples: samples(statistics.concealedMs),
    concealmentEvents: statistics.concealmentEvents,
    insertedSamplesForDeceleration: samples(statistics.insertedMs),
    removedSamplesForAcceleration: samples(statistics.droppedMs),
    ...(statistics.signal && audioLevel(statistics.signal.received)),
  };
}

function codec(format: CodecFormat, transportId: string): Members {
  return {
    payloadType: format.payloadType,
    transportId,
    mimeType: `audio/${format.name}`,
    clockRate: format.clockRate,
    channels: format.channels,
    sdpFmtpLine: format.fmtp,
  };
}

function audioLevel(signal: SignalStatistics): Members {
  return {
    audioLevel: signal.level,
    totalAudioEnergy: signal.energy / 1000,
    totalSamplesDuration: signal.durationMs / 1000,
  };
}

function clean(base: { id: string; type: string; timestamp: number }, members: Members): RtcStats {
  const stats: RtcStats = base;
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined && (value !== false || TRUE_OR_FALSE.has(name))) stats[name] = value;
  }
  return stats;
}
