import { CodecError } from '../contract/errors';

/** How an Opus codec is made. */
export interface OpusOptions {
  /**
   * Rate of the PCM taken and given, in Hz: 8000, 12000, 16000, 24000 or 48000 (the default). What travels is the same
   * Opus; a lower rate tells the peer by `maxplaybackrate` that more bandwidth is wasted on us.
   */
  sampleRate?: 8000 | 12000 | 16000 | 24000 | 48000;
  /** Channels of PCM; 1 when absent. What travels may be either, and `a=rtpmap` always says 2 (RFC 7587 §7). */
  channels?: 1 | 2;
  /** Target in bit/s, 6000 to 510000; the peer's `maxaveragebitrate` may lower it. By rate and channels when absent: 32000 at 48 kHz mono. */
  bitrate?: number;
  /** Effort of the encoder, 0 to 10; 5 when absent. */
  complexity?: number;
  /** What the encoder is tuned for: `voip` (the default), `audio`, or `restricted-lowdelay` without SILK and so without error correction. */
  application?: 'voip' | 'audio' | 'restricted-lowdelay';
  /** Ask the peer for in-band forward error correction (`useinbandfec`), and give it when asked; true when absent. */
  inbandFec?: boolean;
  /** Ask the peer to send nothing through silence (`usedtx`); false when absent. Ours sends nothing when the peer asks for it. */
  dtx?: boolean;
  /** Ask the peer for a constant bit rate (`cbr`), and send one; false when absent. */
  constantBitrate?: boolean;
  /** Ask the peer for no more bit/s than this (`maxaveragebitrate`), 6000 to 510000; no limit when absent. */
  maxAverageBitrate?: number;
  /** Ask the peer for packets no shorter than so many ms (`minptime`), 3 to 120; 3 is understood when absent. */
  minPacketTime?: number;
  /** Share of packets lost that encoders expect until they are told, 0 to 1; 0 when absent. */
  expectedLoss?: number;
}

/** Limits of `maxaveragebitrate` (RFC 7587 §7.1). */
export const LEAST_BITRATE = 6000;
export const MOST_BITRATE = 510_000;

const sampleRates: readonly number[] = [8000, 12000, 16000, 24000, 48000];

/** Options with every default in its place. */
export type OpusSettings = Required<Omit<OpusOptions, 'maxAverageBitrate' | 'minPacketTime'>> &
  Pick<OpusOptions, 'maxAverageBitrate' | 'minPacketTime'>;

/** Fills in defaults. @throws CodecError `ERR_CODEC_OPTIONS` with the name of what is out of range */
export function opusSettings(options: OpusOptions): OpusSettings {
  const { sampleRate = 48000, channels = 1 } = options;
  const settings = {
    ...options,
    sampleRate,
    channels,
    bitrate: options.bitrate ?? usualBitrate(sampleRate) * channels,
    complexity: options.complexity ?? 5,
    application: options.application ?? 'voip',
    inbandFec: options.inbandFec ?? true,
    dtx: options.dtx ?? false,
    constantBitrate: options.constantBitrate ?? false,
    expectedLoss: options.expectedLoss ?? 0,
  };
  if (!sampleRates.includes(sampleRate)) refuse(`sampleRate must be one of ${sampleRates.join(', ')} Hz`);
  if (channels !== 1 && channels !== 2) refuse('channels must be 1 or 2');
  if (!['voip', 'audio', 'restricted-lowdelay'].includes(settings.application)) {
    refuse('application must be voip, audio or restricted-lowdelay');
  }
  within('bitrate', settings.bitrate, LEAST_BITRATE, MOST_BITRATE);
  within('complexity', settings.complexity, 0, 10);
  within('maxAverageBitrate', settings.maxAverageBitrate, LEAST_BITRATE, MOST_BITRATE);
  within('minPacketTime', settings.minPacketTime, 3, 120);
  if (!(settings.expectedLoss >= 0 && settings.expectedLoss <= 1)) refuse('expectedLoss must be from 0 to 1');
  return settings;
}

/** For one channel of speech: amid the ranges of RFC 7587 §3.1.1. */
function usualBitrate(sampleRate: number): number {
  if (sampleRate <= 8000) return 12_000;
  if (sampleRate <= 16000) return 20_000;
  return 32_000;
}

function within(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  refuse(`${name} must be a whole number from ${least} to ${most}`);
}

function refuse(reason: string): never {
  throw new CodecError('ERR_CODEC_OPTIONS', `Opus: ${reason}.`);
}
