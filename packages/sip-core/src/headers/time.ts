import type { Params } from '../message/params';
import { excerpt } from '../message/scanner';
import { SipSyntaxError } from '../platform/errors';
import { SingleHeader } from './codec';
import {
  endOfComment,
  formatComment,
  formatNumber,
  formatParams,
  ParamReader,
  parseComment,
  parseNumber,
  parseParameterized,
  present,
} from './grammar';

/** When to try again (RFC 3261 §20.33). */
export interface RetryAfter {
  /** Seconds to wait. */
  readonly seconds: number;
  /** Seconds for which the callee can then be reached. */
  readonly duration?: number | undefined;
  /** For people. */
  readonly comment?: string | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Retry-After: 120 (I'm in a meeting);duration=60` (RFC 3261 §20.33). */
export const RetryAfter = new SingleHeader<RetryAfter>('Retry-After', 'RFC 3261 §20.33', {
  parse(text) {
    const digits = /^\d+/.exec(text)?.[0] ?? '';
    const rest = text.slice(digits.length).trimStart();
    const end = rest.startsWith('(') ? endOfComment(rest, 0) : 0;
    if (end < 0) throw new SipSyntaxError(`A comment never closes in "${excerpt(text)}"; add the ")" that ends it.`);
    const reader = new ParamReader(parseParameterized(rest.slice(end)).params);
    return present({
      seconds: parseNumber(digits, 'number of seconds', Number.MAX_SAFE_INTEGER),
      duration: reader.number('duration'),
      comment: end > 0 ? parseComment(rest.slice(0, end)) : undefined,
      params: reader.rest(),
    });
  },
  format: ({ seconds, duration, comment, params }) =>
    formatNumber(seconds, 'number of seconds', Number.MAX_SAFE_INTEGER) +
    (comment === undefined ? '' : ` ${formatComment(comment)}`) +
    formatParams({ duration }, params),
});

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** When the message was first sent: `Date: Sat, 13 Nov 2010 23:29:00 GMT` (RFC 3261 §20.17). Seconds are the finest part. */
export const DateHeader = new SingleHeader<Date>('Date', 'RFC 3261 §20.17', {
  parse(text) {
    const match =
      /^[a-z]{3},[ \t]*(\d{1,2})[ \t]+([a-z]{3})[ \t]+(\d{4})[ \t]+(\d\d):(\d\d):(\d\d)[ \t]+(?:GMT|UTC)$/i.exec(text);
    const month = MONTHS.findIndex((name) => name.toLowerCase() === match?.[2]?.toLowerCase());
    const date = match && new Date(0);
    if (date && month >= 0) {
      const [, day, , year, hours, minutes, seconds] = match.map(Number);
      date.setUTCFullYear(year!, month, day!);
      // A leap second is read as the one after it.
      const inRange = date.getUTCDate() === day && hours! < 24 && minutes! < 60 && seconds! < 61;
      date.setUTCHours(hours!, minutes!, seconds!);
      if (inRange) return date;
    }
    throw new SipSyntaxError(`"${excerpt(text)}" is no date; write it as Sat, 13 Nov 2010 23:29:00 GMT.`);
  },
  format(date) {
    const year = date.getUTCFullYear();
    if (year >= 0 && year <= 9999) return date.toUTCString();
    throw new SipSyntaxError('The date cannot be written; its year must be from 0 to 9999.');
  },
});

/** When the client sent the request, and how long the server held it (RFC 3261 §20.38). */
export interface Timestamp {
  /** Seconds of a clock of the client, whatever its beginning. */
  readonly time: number;
  /** Seconds between request and response at the server. */
  readonly delay?: number | undefined;
}

/** `Timestamp: 54.3 0.5` (RFC 3261 §20.38). */
export const Timestamp = new SingleHeader<Timestamp>('Timestamp', 'RFC 3261 §20.38', {
  parse(text) {
    const match = /^(\d{1,15}(?:\.\d{0,15})?)(?:[ \t]+(\d{0,15}(?:\.\d{0,15})?))?$/.exec(text);
    if (!match) throw new SipSyntaxError(`"${excerpt(text)}" is no timestamp; write seconds, such as 54.3.`);
    return present({ time: Number(match[1]), delay: match[2] && match[2] !== '.' ? Number(match[2]) : undefined });
  },
  format: ({ time, delay }) => formatSeconds(time) + (delay === undefined ? '' : ` ${formatSeconds(delay)}`),
});

function formatSeconds(seconds: number): string {
  if (!(seconds >= 0 && seconds < 1e15)) throw new SipSyntaxError(`${seconds} is no number of seconds.`);
  const text = String(seconds);
  return text.includes('e') ? seconds.toFixed(9) : text;
}
