import { InvalidArgumentError } from 'commander';

/** Parsers for the values of options: each returns the value or says in a sentence what it should be. */

/** A length of time in seconds, fractions allowed, zero not. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0 || value > 604_800) {
    throw new InvalidArgumentError('It must be a number of seconds greater than 0, such as 5 or 0.5.');
  }
  return value;
}

/** A length of time in seconds, fractions and zero allowed. */
export function secondsOrNone(text: string): number {
  return Number(text) === 0 && text.trim() !== '' ? 0 : seconds(text);
}

/** A port of UDP or TCP; 0 lets the system choose one. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('It must be a port number from 0 to 65535.');
  }
  return Number(text);
}

/** How many. */
export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
    throw new InvalidArgumentError('It must be a whole number greater than 0.');
  }
  return Number(text);
}

/** A SIP status that refuses a call (RFC 3261 §21.4 to §21.6). */
export function refusal(text: string): number {
  if (!/^[456]\d\d$/.test(text))
    throw new InvalidArgumentError('It must be a SIP status from 400 to 699, such as 486.');
  return Number(text);
}

/** Digits of RFC 4733: `0` to `9`, `*`, `#`, `A` to `D`, `!` for a flash; commas are pauses of a second. */
export function dtmfDigits(text: string): string {
  if (!/^[0-9*#A-D!,]+$/i.test(text)) {
    throw new InvalidArgumentError(
      'It must be made of the digits 0 to 9, *, # and A to D, ! (flash) and commas (pauses).',
    );
  }
  return text.toUpperCase();
}

/** Collects `Name: value` from an option that may be given more than once. */
export function header(text: string, before: readonly [string, string][] = []): [string, string][] {
  const match = /^([-.!%*_+`'~\w]+)\s*:\s*(.*)$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must look like "Name: value".');
  return [...before, [match[1]!, match[2]!]];
}

/** A number within bounds, fractions allowed. */
export const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };

/** A whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    if (!/^\d{1,10}$/.test(text) || Number(text) < least || Number(text) > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return Number(text);
  };

/** One of several words. */
export const choice =
  (...words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
