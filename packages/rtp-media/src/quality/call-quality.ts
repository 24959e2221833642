import type { LossCounts } from '../rtp/loss-pattern';
import { type CodecImpairment, codecImpairment } from './codec-impairments';
import { mosOfR, mosOfWideR, rFactor, WIDEBAND_SCALE, wideRFactor } from './e-model';

/** What the quality of a stretch of a call is estimated from. */
export interface QualityInputs {
  /** Losses and discards. */
  loss: LossCounts;
  /** Round trip in ms; taken for 0 when absent. */
  roundTripMs?: number | undefined;
  /** Delay in ms that the jitter buffer adds. */
  bufferMs: number;
  /** Duration in ms of the packets received. */
  packetMs: number;
  /** Encoding name of the codec received. */
  codec?: string | undefined;
  /** Hz of its audio. */
  sampleRate?: number | undefined;
  /** In place of what {@link codecImpairment} says of the codec. */
  impairment?: CodecImpairment | undefined;
}

/** An estimate of the quality of what is heard. */
export interface QualityEstimate {
  /** Listening quality: losses and codec, without delay. MOS, 1 to 4.5. */
  mosLq: number;
  /** Conversational quality: delay included. MOS, 1 to 4.5. */
  mosCq: number;
  /** R of the listening quality, on the scale of the codec's bandwidth. */
  rLq: number;
  /** R of the conversational quality, on the same scale. */
  rCq: number;
  /** Whether R and MOS are those of the wideband E-model, G.107.1, and not of G.107. */
  wideband: boolean;
  /** One-way delay from mouth to ear in ms that was reckoned with. */
  delayMs: number;
  /** Share of packets lost or discarded, 0 to 1. */
  packetLoss: number;
  /** Mean length of loss runs over that of random loss; at least 1. */
  burstRatio: number;
}

/** Estimates quality by the E-model from what was measured. */
export function estimateQuality(inputs: QualityInputs): QualityEstimate {
  const { loss, roundTripMs = 0, bufferMs, packetMs } = inputs;
  const impairment = inputs.impairment ?? codecImpairment(inputs.codec, inputs.sampleRate);
  const packetLoss = loss.packets > 0 ? (loss.lost + loss.discarded) / loss.packets : 0;
  const burstRatio = burstRatioOf(loss);
  // A packet is full before it can leave.
  const delayMs = roundTripMs / 2 + bufferMs + packetMs;
  const { ie, bpl, wideband } = impairment;
  const listening = { ie, bpl, packetLoss, burstRatio };
  const rating = wideband ? wideRFactor : rFactor;
  const mos = wideband ? mosOfWideR : mosOfR;
  const rLq = rating(listening);
  const rCq = rating({ ...listening, delayMs });
  return { mosLq: mos(rLq), mosCq: mos(rCq), rLq, rCq, wideband, delayMs, packetLoss, burstRatio };
}

/** BurstR (G.107 §7.5): the mean length of loss runs over that of random loss, 1/(1 - loss); at least 1. */
export function burstRatioOf(loss: LossCounts): number {
  const bad = loss.lost + loss.discarded;
  if (bad === 0 || loss.lossRuns === 0 || bad >= loss.packets) return 1;
  return Math.max(1, (bad / loss.lossRuns) * (1 - bad / loss.packets));
}

/** R on the scale of 0 to 100 that reports carry. */
export function reportedR(r: number, wideband: boolean): number {
  return Math.min(100, Math.max(0, Math.round(wideband ? r / WIDEBAND_SCALE : r)));
}
