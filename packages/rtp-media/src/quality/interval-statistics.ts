import type { LossCounts } from '../rtp/loss-pattern';
import type { AudioStatistics } from '../session/audio-statistics';
import { estimateQuality, type QualityEstimate } from './call-quality';
import type { CodecImpairment } from './codec-impairments';
import { dbm0, type SignalStatistics } from './signal-meter';

/** What happened to a stream within an interval. Durations are in ms, shares from 0 to 1. */
export interface IntervalStatistics {
  /** Wall-clock time of the interval's end, in ms since 1970. */
  at: number;
  durationMs: number;
  packetsSent: number;
  packetsReceived: number;
  packetsLate: number;
  duplicates: number;
  reordered: number;
  /** Losses and discards among the packets whose fate was settled in the interval: those due about 64 packets before. */
  loss: LossCounts;
  /** Share of them lost, and discarded. */
  lossRate: number;
  discardRate: number;
  /** Shares lost or discarded within bursts and within gaps, and their mean durations (RFC 3611 §4.7.2). */
  burstDensity: number;
  gapDensity: number;
  burstMs: number;
  gapMs: number;
  /** Interarrival jitter at the end of the interval. */
  jitterMs: number;
  /** Mean of the round trips measured in the interval, or the latest before. */
  roundTripMs?: number;
  /** Mean delay that the jitter buffer added; that at the end when nothing played. */
  bufferMs: number;
  concealedMs: number;
  concealmentEvents: number;
  comfortNoiseMs: number;
  /** Audio left out, and put in, to change the delay. */
  droppedMs: number;
  insertedMs: number;
  /** What the source gave, before muting, while there was one. */
  sent?: SignalInterval;
  /** What was heard. */
  received?: SignalInterval;
  muted: boolean;
  /** What the peer hears of us, by its latest report, once it sent one. */
  remote?: RemoteInterval;
  /** Estimated by the E-model; absent when no packet was expected. */
  quality?: QualityEstimate;
}

/** What the peer says it receives from us. */
export interface RemoteInterval {
  /** Share lost, since its report before. */
  lossRate: number;
  jitterMs: number;
  /** The peer's own estimate when it sends VoIP metrics (RFC 3611 §4.7), else ours from its loss, jitter and round trip. */
  mosCq: number;
}

/** A signal within an interval. */
export interface SignalInterval {
  durationMs: number;
  /** ms, in frames of 10 ms, in which somebody spoke. */
  activeMs: number;
  /** Level of all, of the parts in which somebody spoke, and of the rest, in dBm0; absent for no such part. */
  levelDbm0?: number;
  activeDbm0?: number;
  noiseDbm0?: number;
  /** ms, at the end, since anything was louder than -65 dBm0; may reach back before the interval. */
  silentMs: number;
}

/**
 * What happened between two readings of the statistics of one session.
 *
 * @param at wall-clock time of the later one, in ms since 1970
 * @param durationMs ms between them
 * @param impairment of the codec received, in place of what is known of it
 */
export function intervalBetween(
  before: AudioStatistics,
  after: AudioStatistics,
  at: number,
  durationMs: number,
  impairment?: CodecImpairment,
): IntervalStatistics {
  const loss = lossBetween(before.loss, after.loss);
  const gapPackets = Math.max(0, loss.packets - loss.burstPackets);
  const gapLosses = Math.max(0, loss.lost + loss.discarded - loss.burstLosses);
  const playedMs = after.playedMs - before.playedMs;
  const bufferMs =
    playedMs > 0
      ? (after.meanBufferMs * after.playedMs - before.meanBufferMs * before.playedMs) / playedMs
      : after.bufferMs;
  const roundTripMs = roundTripBetween(before, after);
  const interval: IntervalStatistics = {
    at,
    durationMs,
    packetsSent: after.packetsSent - before.packetsSent,
    packetsReceived: after.packetsReceived - before.packetsReceived,
    packetsLate: after.packetsLate - before.packetsLate,
    duplicates: after.duplicates - before.duplicates,
    reordered: after.reordered - before.reordered,
    loss,
    lossRate: ratio(loss.lost, loss.packets),
    discardRate: ratio(loss.discarded, loss.packets),
    burstDensity: ratio(loss.burstLosses, loss.burstPackets),
    gapDensity: ratio(gapLosses, gapPackets),
    burstMs: ratio(loss.burstPackets * after.packetMs, loss.bursts),
    gapMs: ratio(gapPackets * after.packetMs, Math.max(1, loss.gaps)),
    jitterMs: after.jitterMs,
    bufferMs,
    concealedMs: after.concealedMs - before.concealedMs,
    concealmentEvents: after.concealmentEvents - before.concealmentEvents,
    comfortNoiseMs: after.comfortNoiseMs - before.comfortNoiseMs,
    droppedMs: after.droppedMs - before.droppedMs,
    insertedMs: after.insertedMs - before.insertedMs,
    muted: after.muted,
  };
  if (roundTripMs !== undefined) interval.roundTripMs = roundTripMs;
  const remote = remoteBetween(after, roundTripMs);
  if (remote) interval.remote = remote;
  if (after.signal) {
    interval.sent = signalBetween(before.signal?.sent, after.signal.sent);
    interval.received = signalBetween(before.signal?.received, after.signal.received);
  }
  if (loss.packets > 0) {
    interval.quality = estimateQuality({
      loss,
      roundTripMs,
      bufferMs,
      packetMs: after.packetMs,
      codec: after.receiveFormat?.name,
      sampleRate: after.receiveFormat?.sampleRate,
      impairment,
    });
  }
  return interval;
}

function lossBetween(before: LossCounts, after: LossCounts): LossCounts {
  return {
    packets: after.packets - before.packets,
    lost: after.lost - before.lost,
    discarded: after.discarded - before.discarded,
    lossRuns: after.lossRuns - before.lossRuns,
    bursts: after.bursts - before.bursts,
    burstPackets: after.burstPackets - before.burstPackets,
    burstLosses: after.burstLosses - before.burstLosses,
    gaps: after.gaps - before.gaps,
  };
}

function roundTripBetween(before: AudioStatistics, after: AudioStatistics): number | undefined {
  const count = after.roundTrips - before.roundTrips;
  return count > 0 ? (after.roundTripTotalMs - before.roundTripTotalMs) / count : after.roundTripMs;
}

/** How deep, in terms of its jitter, the peer's jitter buffer is taken to be. */
const BUFFER_PER_JITTER = 2;
/** Reports give loss in 1/256 (RFC 3550 §6.4.1). */
const REPORTED_PACKETS = 256;

function remoteBetween(after: AudioStatistics, roundTripMs: number | undefined): RemoteInterval | undefined {
  const { remote, remoteVoipMetrics, sendFormat } = after;
  if (!remote) return undefined;
  const { fractionLost, jitterMs } = remote;
  const lost = fractionLost * REPORTED_PACKETS;
  const loss = {
    packets: REPORTED_PACKETS,
    lost,
    discarded: 0,
    lossRuns: lost,
    bursts: 0,
    burstPackets: 0,
    burstLosses: 0,
    gaps: 1,
  };
  const mosCq =
    remoteVoipMetrics?.mosCq ??
    estimateQuality({
      loss,
      roundTripMs,
      bufferMs: jitterMs * BUFFER_PER_JITTER,
      packetMs: after.sendPacketMs,
      codec: sendFormat?.name,
      sampleRate: sendFormat?.sampleRate,
    }).mosCq;
  return { lossRate: fractionLost, jitterMs, mosCq };
}

function signalBetween(before: SignalStatistics | undefined, after: SignalStatistics): SignalInterval {
  const durationMs = after.durationMs - (before?.durationMs ?? 0);
  const activeMs = after.activeMs - (before?.activeMs ?? 0);
  const energy = after.energy - (before?.energy ?? 0);
  const activeEnergy = after.activeEnergy - (before?.activeEnergy ?? 0);
  const level = dbm0(energy, durationMs);
  const active = dbm0(activeEnergy, activeMs);
  const noise = dbm0(energy - activeEnergy, durationMs - activeMs);
  return {
    durationMs,
    activeMs,
    ...(level !== undefined && { levelDbm0: level }),
    ...(active !== undefined && { activeDbm0: active }),
    ...(noise !== undefined && { noiseDbm0: noise }),
    silentMs: after.silentMs,
  };
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
