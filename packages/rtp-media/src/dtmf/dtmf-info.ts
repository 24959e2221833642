import { digitOfEvent, eventOfDigit, HIGHEST_EVENT } from './telephone-event';

/** Body of an INFO that says a digit and how long it is pressed. */
export const DTMF_RELAY = 'application/dtmf-relay';
/** Body of an INFO that is a digit and nothing else. */
export const DTMF_BODY = 'application/dtmf';

/** A digit in the body of an INFO. */
export interface DtmfSignal {
  /** `0`-`9`, `*`, `#`, `A`-`D`, or `!` for a hook flash. */
  digit: string;
  /** ms; undefined when the body does not say. */
  durationMs?: number;
}

/** Nobody holds a key for longer; a greater number is none. */
const LONGEST_MS = 60_000;
/** No body that is meant has more characters. */
const LONGEST_BODY = 512;

/** Words for keys that some write in place of the key. */
const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({ star: '*', pound: '#', hash: '#', flash: '!', hf: '!' }),
);

/** Writes a body `application/dtmf-relay`. @param durationMs in ms, rounded */
export function writeDtmfRelay(digit: string, durationMs: number): string {
  return `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`;
}

/**
 * Reads the body of an INFO that brings a digit. No standard says what is in it, so whatever is in use is understood: the
 * digit as character, as event code of RFC 4733 (`10` is `*`, `11` `#`, `16` a flash) or as word, any spacing, line end
 * and case, keys in any order, a duration that is missing.
 *
 * @param contentType value of Content-Type, with parameters or without
 * @returns undefined when it is no such body, or says no digit
 */
export function readDtmfInfo(contentType: string, body: string): DtmfSignal | undefined {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if ((type !== DTMF_RELAY && type !== DTMF_BODY) || body.length > LONGEST_BODY) return undefined;
  const fields = new Map<string, string>();
  for (const line of body.split(/[\r\n]+/)) {
    const at = line.search(/[=:]/);
    if (at > 0) fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  const digit = digitOf(fields.get('signal') ?? fields.get('d') ?? (type === DTMF_BODY ? body.trim() : ''));
  if (digit === undefined) return undefined;
  const duration = fields.get('duration');
  if (duration === undefined || !/^\d+$/.test(duration) || Number(duration) > LONGEST_MS) return { digit };
  return { digit, durationMs: Number(duration) };
}

function digitOf(text: string): string | undefined {
  const code = eventOfDigit(text);
  if (code !== undefined) return digitOfEvent(code);
  if (/^1\d$/.test(text) && Number(text) <= HIGHEST_EVENT) return digitOfEvent(Number(text));
  return WORDS.get(text.toLowerCase());
}
