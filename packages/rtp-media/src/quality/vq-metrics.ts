import { GMIN } from '../rtp/loss-pattern';
import type { AudioStatistics, CodecFormat } from '../session/audio-statistics';
import { reportedR } from './call-quality';
import type { IntervalStatistics } from './interval-statistics';
import type { AlarmMeasure } from './quality-alarms';
import type { VoipMetrics } from './voip-metrics';
import type { VqAlert, VqMetrics } from './vq-report';

/** Beside the measures, what a report of them says. */
export interface VqMetricsContext {
  /** When the interval, or the call, began and ended. */
  start: Date;
  stop: Date;
  /** Greatest delay in ms the jitter buffer may aim at; 400 when absent, as for a session. */
  longestBufferMs?: number;
  /** Whether the peer suppresses silence. */
  silenceSuppression?: boolean;
}

/** The local metrics of a report (RFC 6035 §4.6.2): of an interval, or of a whole call. */
export function localVqMetrics(
  interval: IntervalStatistics,
  statistics: AudioStatistics,
  context: VqMetricsContext,
): VqMetrics {
  const { quality, received } = interval;
  const endSystem = interval.bufferMs + statistics.queuedMs + statistics.sendPacketMs;
  const metrics: VqMetrics = {
    start: context.start,
    stop: context.stop,
    jitterBuffer: {
      adaptive: 3,
      nominal: statistics.targetBufferMs,
      max: Math.max(statistics.bufferMs, statistics.targetBufferMs),
      absoluteMax: context.longestBufferMs ?? 400,
    },
    packetLoss: { networkLossRate: interval.lossRate * 100, discardRate: interval.discardRate * 100 },
    burstGapLoss: {
      burstDensity: interval.burstDensity * 100,
      burstDuration: interval.burstMs,
      gapDensity: interval.gapDensity * 100,
      gapDuration: interval.gapMs,
      gmin: GMIN,
    },
    delay: { endSystem, interarrivalJitter: interval.jitterMs },
  };
  const { roundTripMs } = interval;
  if (roundTripMs !== undefined) {
    metrics.delay = { ...metrics.delay, roundTrip: roundTripMs, symmetricOneWay: roundTripMs / 2 + endSystem };
  }
  if (statistics.receiveFormat) {
    metrics.sessionDescription = describe(statistics.receiveFormat, statistics.packetMs, context.silenceSuppression);
  }
  if (received?.activeDbm0 !== undefined || received?.noiseDbm0 !== undefined) {
    metrics.signal = {
      ...(received.activeDbm0 !== undefined && { level: received.activeDbm0 }),
      ...(received.noiseDbm0 !== undefined && { noiseLevel: received.noiseDbm0 }),
    };
  }
  if (quality) {
    metrics.quality = {
      listeningR: reportedR(quality.rLq, quality.wideband),
      conversationalR: reportedR(quality.rCq, quality.wideband),
      mosLq: quality.mosLq,
      mosCq: quality.mosCq,
      algorithm: quality.wideband ? 'G.107.1' : 'G.107',
    };
  }
  return metrics;
}

/** The remote metrics of a report: what the peer said in its latest extended report (RFC 3611 §4.7). */
export function remoteVqMetrics(metrics: VoipMetrics, context: Pick<VqMetricsContext, 'start' | 'stop'>): VqMetrics {
  return {
    start: context.start,
    stop: context.stop,
    jitterBuffer: {
      nominal: metrics.jitterBufferNominalMs,
      max: metrics.jitterBufferMaximumMs,
      absoluteMax: metrics.jitterBufferAbsoluteMaximumMs,
    },
    packetLoss: { networkLossRate: metrics.lossRate * 100, discardRate: metrics.discardRate * 100 },
    burstGapLoss: {
      burstDensity: metrics.burstDensity * 100,
      burstDuration: metrics.burstMs,
      gapDensity: metrics.gapDensity * 100,
      gapDuration: metrics.gapMs,
    },
    delay: {
      endSystem: metrics.endSystemDelayMs,
      ...(metrics.roundTripMs !== undefined && { roundTrip: metrics.roundTripMs }),
    },
    signal: {
      ...(metrics.signalDbm0 !== undefined && { level: metrics.signalDbm0 }),
      ...(metrics.noiseDbm0 !== undefined && { noiseLevel: metrics.noiseDbm0 }),
      ...(metrics.residualEchoReturnLossDb !== undefined && {
        residualEchoReturnLoss: metrics.residualEchoReturnLossDb,
      }),
    },
    quality: {
      ...(metrics.rFactor !== undefined && { conversationalR: metrics.rFactor }),
      ...(metrics.externalRFactor !== undefined && { externalRIn: metrics.externalRFactor }),
      ...(metrics.mosLq !== undefined && { mosLq: metrics.mosLq }),
      ...(metrics.mosCq !== undefined && { mosCq: metrics.mosCq }),
    },
  };
}

const ALERT_METRICS: Readonly<Record<AlarmMeasure, string>> = {
  loss: 'NLR',
  remoteLoss: 'NLR',
  jitter: 'IAJ',
  mos: 'MOSCQ',
  roundTrip: 'RTD',
  silentSource: 'SL',
  silentPeer: 'SL',
};

/** The heading of an alert report for an alarm of a `QualityMonitor` that was raised or, with `Clear`, cleared (§4.5). */
export function vqAlert(measure: AlarmMeasure, severity: VqAlert['severity'] = 'Warning'): VqAlert {
  const direction = measure === 'remoteLoss' ? 'remote' : 'local';
  return { type: ALERT_METRICS[measure], severity, direction };
}

function describe(
  format: CodecFormat,
  packetMs: number,
  silenceSuppression: boolean | undefined,
): NonNullable<VqMetrics['sessionDescription']> {
  return {
    ...(format.payloadType !== undefined && { payloadType: format.payloadType }),
    payloadDescription: format.name,
    sampleRate: format.sampleRate,
    frameDuration: packetMs,
    framesPerPacket: 1,
    packetsPerSecond: 1000 / packetMs,
    ...(format.fmtp !== undefined && { fmtp: format.fmtp }),
    concealment: 2,
    ...(silenceSuppression !== undefined && { silenceSuppression }),
  };
}
