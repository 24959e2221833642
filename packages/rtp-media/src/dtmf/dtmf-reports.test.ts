import { beforeEach, describe, expect, test } from 'vitest';
import type { DtmfMethod } from './dtmf-digit';
import { DtmfReports } from './dtmf-reports';

describe('a digit that comes by several methods', () => {
  let told: string[];
  let reports: DtmfReports;

  beforeEach(() => {
    told = [];
    reports = new DtmfReports(
      ({ digit, method }) => told.push(`${digit} down ${method}`),
      ({ digit, method, durationMs }) => told.push(`${digit} up ${method} ${durationMs}`),
    );
  });

  /** Presses in any order of time: begin and end of each. */
  function press(...presses: [digit: string, method: DtmfMethod, from: number, to: number][]): void {
    const moments = presses.flatMap(([digit, method, from, to]) => [
      { at: from, run: () => reports.began({ digit, method }, from) },
      { at: to, run: () => reports.ended({ digit, method, durationMs: to - from }, to) },
    ]);
    for (const { run } of moments.sort((a, b) => a.at - b.at)) run();
  }

  test('is reported once, as the first of them says', () => {
    press(['5', 'rfc4733', 0, 160], ['5', 'inband', 90, 240]);
    expect(told).toEqual(['5 down rfc4733', '5 up rfc4733 160']);
  });

  test('a tone that a gateway let through for a moment comes before the event', () => {
    press(['5', 'inband', 0, 45], ['5', 'rfc4733', 60, 220]);
    expect(told).toEqual(['5 down inband', '5 up inband 45']);
  });

  test('the same key twice is two digits', () => {
    press(['1', 'rfc4733', 0, 100], ['1', 'rfc4733', 170, 270], ['1', 'inband', 120, 220], ['1', 'inband', 290, 390]);
    expect(told).toEqual(['1 down rfc4733', '1 up rfc4733 100', '1 down rfc4733', '1 up rfc4733 100']);
  });

  test('other keys, and the same key later, are digits of their own', () => {
    press(['1', 'rfc4733', 0, 100], ['2', 'inband', 120, 220], ['1', 'inband', 5000, 5100]);
    expect(told.filter((line) => line.includes('down'))).toEqual(['1 down rfc4733', '2 down inband', '1 down inband']);
  });

  test('methods of one way do not stand for each other', () => {
    reports = new DtmfReports(
      ({ digit, method }) => told.push(`${digit} ${method}`),
      () => {},
      (method) => (method.startsWith('info') ? 'signalling' : 'media'),
    );
    press(['1', 'rfc4733', 0, 100], ['1', 'inband', 120, 220], ['1', 'info', 130, 130], ['2', 'info', 300, 300]);
    press(['2', 'rfc4733', 350, 400], ['2', 'info-dtmf', 450, 450]);
    expect(told).toEqual(['1 rfc4733', '1 inband', '2 info', '2 info-dtmf']);
  });

  test('an end without a beginning is nothing', () => {
    reports.ended({ digit: '1', method: 'inband', durationMs: 40 }, 0);
    expect(told).toEqual([]);
  });
});
