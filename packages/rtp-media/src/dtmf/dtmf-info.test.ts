import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DTMF_BODY, DTMF_RELAY, readDtmfInfo, writeDtmfRelay } from './dtmf-info';

describe('digits in an INFO', () => {
  test('what is written is read, for every key', () => {
    expect(writeDtmfRelay('5', 160.4)).toBe('Signal=5\r\nDuration=160\r\n');
    for (const digit of '0123456789*#ABCD!') {
      expect(readDtmfInfo(DTMF_RELAY, writeDtmfRelay(digit, 100))).toEqual({ digit, durationMs: 100 });
      expect(readDtmfInfo(DTMF_BODY, digit)).toEqual({ digit });
    }
  });

  test.each([
    [DTMF_RELAY, 'Signal= 5\nDuration= 250', { digit: '5', durationMs: 250 }],
    [DTMF_RELAY, 'signal=d\r\n', { digit: 'D' }],
    [DTMF_RELAY, '\r\nDURATION = 90 \r\nSIGNAL = # \r\n\r\n', { digit: '#', durationMs: 90 }],
    [DTMF_RELAY, 'Signal: 7\r\nDuration: 40', { digit: '7', durationMs: 40 }],
    [DTMF_RELAY, 'Signal=10\r\nDuration=100', { digit: '*', durationMs: 100 }],
    [DTMF_RELAY, 'Signal=11', { digit: '#' }],
    [DTMF_RELAY, 'Signal=16', { digit: '!' }],
    [DTMF_RELAY, 'Signal=hf', { digit: '!' }],
    [DTMF_RELAY, 'd=3\r\n', { digit: '3' }],
    [DTMF_RELAY, 'Signal=1\r\nDuration=soon', { digit: '1' }],
    [DTMF_RELAY, 'Signal=1\r\nDuration=99999999', { digit: '1' }],
    ['Application/DTMF-Relay; charset=utf-8', 'Signal=1', { digit: '1' }],
    [DTMF_BODY, '11\r\n', { digit: '#' }],
    [DTMF_BODY, ' star ', { digit: '*' }],
    [DTMF_BODY, 'Signal=4\r\nDuration=100', { digit: '4', durationMs: 100 }],
  ])('%s with %j is understood', (type, body, signal) => {
    expect(readDtmfInfo(type, body)).toEqual(signal);
  });

  test.each([
    [DTMF_RELAY, ''],
    [DTMF_RELAY, '5'],
    [DTMF_RELAY, 'Signal=\r\nDuration=100'],
    [DTMF_RELAY, 'Signal=17'],
    [DTMF_RELAY, 'Signal=12x'],
    [DTMF_BODY, '123'],
    [DTMF_BODY, 'constructor'],
    [DTMF_BODY, ' '.repeat(1000)],
    ['text/plain', 'Signal=5'],
    ['', '5'],
  ])('%s with %j is none', (type, body) => {
    expect(readDtmfInfo(type, body)).toBeUndefined();
  });

  test('whatever comes, it is a digit or nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(DTMF_RELAY, DTMF_BODY), fc.string({ maxLength: 600 }), (type, body) => {
        const signal = readDtmfInfo(type, body);
        if (signal) expect('0123456789*#ABCD!').toContain(signal.digit);
        const relay = readDtmfInfo(type, `Signal=${body}\nDuration=${body}`);
        if (relay?.durationMs !== undefined) expect(relay.durationMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
