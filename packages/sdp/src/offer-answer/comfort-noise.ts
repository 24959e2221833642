import { formatKey } from './match-codecs';
import type { RemoteFormat } from './remote-media';

/** The name of RFC 3389's format. */
export const COMFORT_NOISE = 'CN';

/** Comfort noise both sides agreed to, at one clock rate (RFC 3389). */
export interface NegotiatedComfortNoise {
  /** Clock rate in Hz, that of the audio it stands in for. */
  clockRate: number;
  /** Payload type the peer takes. */
  sendPayloadType: number;
  /** Payload type we take. */
  receivePayloadType: number;
}

/** The text that stands for comfort noise of a clock rate in the payload types. */
export const noiseKey = (clockRate: number): string => formatKey({ name: COMFORT_NOISE, clockRate });

/** The static payload type is for 8,000 Hz; other rates have dynamic ones (RFC 3389 §4). */
export const noisePayloadType = (clockRate: number): number | undefined => (clockRate === 8000 ? 13 : undefined);

/** The clock rates to offer it at: those of the codecs, but for Opus, which has silence of its own. */
export const noiseRates = (clockRates: readonly number[]): number[] =>
  [...new Set(clockRates)].filter((rate) => rate <= 32_000);

/** The comfort noise formats of a remote line that go with these clock rates. */
export function noiseFor(formats: readonly RemoteFormat[], clockRates: readonly number[]): RemoteFormat[] {
  const found: RemoteFormat[] = [];
  for (const format of formats) {
    const fits = format.name.toUpperCase() === COMFORT_NOISE && noiseRates(clockRates).includes(format.clockRate);
    if (fits && !found.some(({ clockRate }) => clockRate === format.clockRate)) found.push(format);
  }
  return found;
}
