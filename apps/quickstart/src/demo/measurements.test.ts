import { describe, expect, it } from 'vitest';
import { styleFor } from '../output/style';
import { checks, type Measurements, noMeasurements } from './measurements';
import { report } from './report';

const good: Measurements = {
  registered: true,
  established: true,
  holdConfirmed: true,
  retrieved: true,
  dtmfSent: '12#',
  dtmfReceived: '12#',
  hungUp: true,
  unregistered: true,
  packetsSent: 500,
  packetsReceived: 500,
  packetsLost: 0,
  audioCorrelation: 0.99,
};
const failed = (measured: Measurements) => checks(measured).filter(({ ok }) => !ok);

describe('the verdict of the demonstration', () => {
  it('is good when everything is as it should be', () => {
    expect(failed(good)).toEqual([]);
  });

  it('finds each thing that is not', () => {
    const faults: Partial<Measurements>[] = [
      { registered: false },
      { established: false },
      { packetsReceived: 0 },
      { packetsLost: 50 },
      { audioCorrelation: 0.5 },
      { holdConfirmed: false },
      { retrieved: false },
      { dtmfReceived: '12' },
      { hungUp: false },
      { unregistered: false },
    ];
    for (const fault of faults) expect(failed({ ...good, ...fault })).toHaveLength(1);
  });

  it('is bad while nothing was measured', () => {
    expect(failed(noMeasurements('1'))).toHaveLength(checks(good).length);
  });

  it('is told to people as ticks and crosses over the measures there are', () => {
    const text = report({ ...good, retrieved: false }, styleFor({ write: () => {} }, {}));
    expect(text).toContain('✓ hung up');
    expect(text).toContain('✗ retrieved');
    expect(text).toContain('packets received   500 (0 lost)');
    expect(text).not.toContain('round trip');
  });
});
