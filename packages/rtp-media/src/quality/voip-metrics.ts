import { type VoipMetricsBlock, XR_UNAVAILABLE } from '../rtcp/extended-report';
import { GMIN } from '../rtp/loss-pattern';
import type { AudioStatistics } from '../session/audio-statistics';
import { estimateQuality, reportedR } from './call-quality';
import { dbm0 } from './signal-meter';

/** VoIP metrics in plain units; what the peer did not measure is absent. */
export interface VoipMetrics {
  /** Shares, 0 to 1, of packets lost and discarded since reception began. */
  lossRate: number;
  discardRate: number;
  /** Shares, 0 to 1, of packets lost or discarded within bursts and within gaps. */
  burstDensity: number;
  gapDensity: number;
  /** Mean durations in ms. */
  burstMs: number;
  gapMs: number;
  roundTripMs?: number;
  endSystemDelayMs: number;
  /** In dBm0. */
  signalDbm0?: number;
  noiseDbm0?: number;
  /** Residual echo return loss in dB. */
  residualEchoReturnLossDb?: number;
  /** 0 to 100. */
  rFactor?: number;
  externalRFactor?: number;
  mosLq?: number;
  mosCq?: number;
  /** Jitter buffer delays in ms: nominal now, maximum now, greatest ever. */
  jitterBufferNominalMs: number;
  jitterBufferMaximumMs: number;
  jitterBufferAbsoluteMaximumMs: number;
}

/** An enhanced concealment, an adaptive jitter buffer, and half the frames it takes to rise (RFC 3611 §4.7.7). */
const CONCEALMENT_ENHANCED = 2;
const ADAPTIVE = 3;
const RATE = 5;

/**
 * What we report of a stream received (RFC 3611 §4.7).
 *
 * @param longestBufferMs greatest delay the jitter buffer may aim at
 * @returns undefined before anything was received
 */
export function voipMetricsBlock(statistics: AudioStatistics, longestBufferMs: number): VoipMetricsBlock | undefined {
  const { loss, remoteSsrc, packetMs, roundTripMs, bufferMs, targetBufferMs, queuedMs, signal } = statistics;
  if (remoteSsrc === undefined) return undefined;
  const quality = estimateQuality({
    loss,
    roundTripMs,
    bufferMs: statistics.meanBufferMs,
    packetMs,
    codec: statistics.receiveFormat?.name,
    sampleRate: statistics.receiveFormat?.sampleRate,
  });
  const gapPackets = loss.packets - loss.burstPackets;
  const gapLosses = loss.lost + loss.discarded - loss.burstLosses;
  const received = signal?.received;
  return {
    type: 'voip-metrics',
    ssrc: remoteSsrc,
    lossRate: share(loss.lost, loss.packets),
    discardRate: share(loss.discarded, loss.packets),
    burstDensity: share(loss.burstLosses, loss.burstPackets),
    gapDensity: share(gapLosses, gapPackets),
    burstDuration: loss.bursts > 0 ? word((loss.burstPackets * packetMs) / loss.bursts) : 0,
    gapDuration: loss.gaps > 0 ? word((gapPackets * packetMs) / loss.gaps) : 0,
    roundTripDelay: word(roundTripMs ?? 0),
    endSystemDelay: word(bufferMs + queuedMs + statistics.sendPacketMs),
    signalLevel: level(received && dbm0(received.activeEnergy, received.activeMs)),
    noiseLevel: level(
      received && dbm0(received.energy - received.activeEnergy, received.durationMs - received.activeMs),
    ),
    residualEchoReturnLoss: XR_UNAVAILABLE,
    gmin: GMIN,
    rFactor: reportedR(quality.rCq, quality.wideband),
    externalRFactor: XR_UNAVAILABLE,
    mosListening: Math.round(quality.mosLq * 10),
    mosConversational: Math.round(quality.mosCq * 10),
    concealment: CONCEALMENT_ENHANCED,
    jitterBufferAdaptive: ADAPTIVE,
    jitterBufferRate: RATE,
    jitterBufferNominal: word(targetBufferMs),
    jitterBufferMaximum: word(Math.max(bufferMs, targetBufferMs) + queuedMs),
    jitterBufferAbsoluteMaximum: word(longestBufferMs),
  };
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(255, Math.max(0, Math.floor((part * 256) / whole))) : 0;
}

function word(value: number): number {
  return Math.min(0xffff, Math.max(0, Math.round(value)));
}

function level(db: number | undefined): number {
  return db === undefined ? XR_UNAVAILABLE : Math.max(-128, Math.min(126, Math.round(db)));
}

/** A report of VoIP metrics in plain units. */
export function readVoipMetrics(block: VoipMetricsBlock): VoipMetrics {
  const metrics: VoipMetrics = {
    lossRate: block.lossRate / 256,
    discardRate: block.discardRate / 256,
    burstDensity: block.burstDensity / 256,
    gapDensity: block.gapDensity / 256,
    burstMs: block.burstDuration,
    gapMs: block.gapDuration,
    endSystemDelayMs: block.endSystemDelay,
    jitterBufferNominalMs: block.jitterBufferNominal,
    jitterBufferMaximumMs: block.jitterBufferMaximum,
    jitterBufferAbsoluteMaximumMs: block.jitterBufferAbsoluteMaximum,
  };
  if (block.roundTripDelay !== 0) metrics.roundTripMs = block.roundTripDelay;
  if (block.signalLevel !== XR_UNAVAILABLE) metrics.signalDbm0 = block.signalLevel;
  if (block.noiseLevel !== XR_UNAVAILABLE) metrics.noiseDbm0 = block.noiseLevel;
  if (block.residualEchoReturnLoss !== XR_UNAVAILABLE) {
    metrics.residualEchoReturnLossDb = block.residualEchoReturnLoss;
  }
  // §4.7.5: other values than these stand for nothing.
  if (block.rFactor <= 100) metrics.rFactor = block.rFactor;
  if (block.externalRFactor <= 100) metrics.externalRFactor = block.externalRFactor;
  if (isMos(block.mosListening)) metrics.mosLq = block.mosListening / 10;
  if (isMos(block.mosConversational)) metrics.mosCq = block.mosConversational / 10;
  return metrics;
}

function isMos(value: number): boolean {
  return value >= 10 && value <= 50;
}
