import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock';
import { sourceGroup } from './source-group';
import { SourceRates } from './source-rates';

describe('whom an address counts as', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is %s', (host, group) => expect(sourceGroup(host)).toBe(group));
});

describe('the rate of a source', () => {
  const setUp = (rate: number, burst: number, maxSources = 100) => {
    const clock = new VirtualClock();
    return { clock, rates: new SourceRates(clock, rate, burst, maxSources) };
  };
  const count = (times: number, what: () => boolean) => Array.from({ length: times }, what).filter(Boolean).length;

  it('is a burst at once, then so many a second', async () => {
    const { clock, rates } = setUp(10, 20);
    expect(count(50, () => rates.begin('192.0.2.1'))).toBe(20);
    await clock.advance(500);
    expect(count(50, () => rates.begin('192.0.2.1'))).toBe(5);
    await clock.advance(60_000);
    expect(count(50, () => rates.begin('192.0.2.1'))).toBe(20);
  });

  it('is its own: of another nothing is taken, of the same /64 it is', () => {
    const { rates } = setUp(10, 20);
    expect(count(50, () => rates.begin('2001:db8::1'))).toBe(20);
    expect(rates.begin('2001:db8::2')).toBe(false);
    expect(rates.begin('2001:db8:0:1::2')).toBe(true);
    expect(rates.begin('192.0.2.1')).toBe(true);
  });

  it('of answers is another than that of what is begun', () => {
    const { rates } = setUp(10, 20);
    expect(count(50, () => rates.begin('192.0.2.1'))).toBe(20);
    expect(count(50, () => rates.answer('192.0.2.1'))).toBe(20);
  });

  it('is known for so many sources and no more, and remembered longest for those who come often', () => {
    const { rates } = setUp(10, 20, 100);
    count(20, () => rates.begin('192.0.2.1'));
    for (let index = 0; index < 100_000; index++) {
      rates.begin(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
      if (index % 20 === 0) expect(rates.begin('192.0.2.1')).toBe(false);
      expect(rates.size).toBeLessThanOrEqual(101);
    }
  });
});
