import { describe, expect, it } from 'vitest';
import { count, dtmfDigits, header, port, refusal, seconds, secondsOrNone } from './values';

describe('the values of options', () => {
  it('takes seconds with fractions, and no nonsense', () => {
    expect(seconds('0.5')).toBe(0.5);
    for (const text of ['0', '-1', '', ' ', 'soon', '1e9', 'Infinity']) expect(() => seconds(text)).toThrow('seconds');
    expect(secondsOrNone('0')).toBe(0);
    expect(() => secondsOrNone('')).toThrow('seconds');
  });

  it('takes ports from 0 to 65535', () => {
    expect([port('0'), port('65535')]).toEqual([0, 65535]);
    for (const text of ['65536', '-1', '5060x', '']) expect(() => port(text)).toThrow('port');
  });

  it('takes whole counts and statuses of refusal', () => {
    expect(count('200')).toBe(200);
    for (const text of ['0', '1.5', 'many']) expect(() => count(text)).toThrow('whole');
    expect(refusal('486')).toBe(486);
    for (const text of ['200', '183', '700', '48']) expect(() => refusal(text)).toThrow('status');
  });

  it('takes digits of a telephone', () => {
    expect(dtmfDigits('12*#d')).toBe('12*#D');
    expect(dtmfDigits('1,!')).toBe('1,!');
    expect(() => dtmfDigits('12e')).toThrow('digits');
  });

  it('collects headers', () => {
    expect(header('X-Two:  b: c', header('X-One: a'))).toEqual([
      ['X-One', 'a'],
      ['X-Two', 'b: c'],
    ]);
    expect(() => header('no colon')).toThrow('Name: value');
  });

  it('refuses a header that would smuggle another in', () => {
    expect(() => header('X-One: a\r\nVia: b')).toThrow('Name: value');
  });
});
