/** Bytes of a telephone-event payload (RFC 4733 §2.3). */
export const EVENT_PAYLOAD_BYTES = 4;

/** The longest duration a packet can say; longer events go on in a new segment (RFC 4733 §2.5.1.3). */
export const MAX_EVENT_DURATION = 0xffff;

/** Characters in the order of their event codes (RFC 4733 §3.2): the sixteen digits, then `!` for a hook flash. */
const CHARACTERS = '0123456789*#ABCD!';

/** The last event code that stands for a character: the hook flash. */
export const HIGHEST_EVENT = CHARACTERS.length - 1;

/** Stands among event codes for a pause. */
export const DTMF_PAUSE = -1;

/** The payload of one telephone-event packet. */
export interface TelephoneEvent {
  /** Event code; 0 to 15 are DTMF digits, 16 a hook flash. */
  event: number;
  /** Whether the event has ended. */
  end: boolean;
  /** Power level as dBm0 without its minus sign, 0 to 63. */
  volume: number;
  /** Since the start of the event or segment, in units of the event clock. */
  duration: number;
}

/** The event code of a digit, in either case; undefined when there is none. */
export function eventOfDigit(digit: string): number | undefined {
  const code = digit.length === 1 ? CHARACTERS.indexOf(digit.toUpperCase()) : -1;
  return code < 0 ? undefined : code;
}

/** The digit of an event code; undefined when it is no DTMF digit or flash. */
export function digitOfEvent(event: number): string | undefined {
  return CHARACTERS[event];
}

/** Writes a payload (RFC 4733 §2.3). */
export function writeTelephoneEvent(
  into: Uint8Array,
  offset: number,
  event: number,
  end: boolean,
  volume: number,
  duration: number,
): void {
  into[offset] = event;
  into[offset + 1] = (end ? 0x80 : 0) | (volume & 0x3f);
  into[offset + 2] = duration >>> 8;
  into[offset + 3] = duration;
}

/**
 * Reads a payload (RFC 4733 §2.3).
 *
 * @returns false when it is too short
 */
export function readTelephoneEvent(bytes: Uint8Array, offset: number, length: number, into: TelephoneEvent): boolean {
  if (length < EVENT_PAYLOAD_BYTES) return false;
  into.event = bytes[offset]!;
  const flags = bytes[offset + 1]!;
  into.end = flags > 127;
  into.volume = flags & 0x3f;
  into.duration = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  return true;
}

/**
 * Whether an event is in a list of events, as format parameters give them (RFC 4733 §2.4.1): `0-15`, `0-11,16`.
 *
 * @param events the list; without one it is the sixteen DTMF digits
 */
export function listsEvent(events: string | undefined, event: number): boolean {
  return (events ?? '0-15').split(',').some((part) => {
    const [first = '', last = first] = part.split('-');
    return first.trim() !== '' && event >= Number(first) && event <= Number(last);
  });
}
