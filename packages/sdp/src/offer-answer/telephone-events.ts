import { formatKey } from './match-codecs';
import type { RemoteFormat } from './remote-media';

/** The name of RFC 4733's format. */
export const TELEPHONE_EVENT = 'telephone-event';

/** Events when nobody names others: the sixteen DTMF digits (RFC 4733 §2.4.1). */
export const DTMF_EVENTS = '0-15';

/** The clock rate that every telephone understands. */
const COMMON_RATE = 8000;

/** The text that stands for the telephone events of a clock rate in {@link PayloadTypes}. */
export const eventKey = (clockRate: number): string => formatKey({ name: TELEPHONE_EVENT, clockRate });

/**
 * The clock rates to offer telephone events at: those of the codecs, each once, since events share the time stamps of the
 * audio (RFC 4733 §2.1). 8,000 Hz comes first, so that it gets the payload type that old telephones take for granted.
 */
export function eventRates(clockRates: readonly number[]): number[] {
  const rates = [...new Set(clockRates)];
  return rates.includes(COMMON_RATE) ? [COMMON_RATE, ...rates.filter((rate) => rate !== COMMON_RATE)] : rates;
}

/** The telephone-event formats of a remote line that go with these clock rates; one of 8,000 Hz goes with any. */
export function eventsFor(formats: readonly RemoteFormat[], clockRates: readonly number[]): RemoteFormat[] {
  const events: RemoteFormat[] = [];
  for (const format of formats) {
    if (format.name.toLowerCase() !== TELEPHONE_EVENT) continue;
    if (format.clockRate !== COMMON_RATE && !clockRates.includes(format.clockRate)) continue;
    if (!events.some(({ clockRate }) => clockRate === format.clockRate)) events.push(format);
  }
  return events;
}
