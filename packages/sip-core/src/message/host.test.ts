import { expect, test } from 'vitest';
import { comparableHost, isIPv4, isIPv6 } from './host';

test.each([
  '::',
  '::1',
  '1::',
  '2001:db8::1',
  '2001:DB8:0:0:8:800:200C:417A',
  '::ffff:192.0.2.1',
  '64:ff9b::192.0.2.33',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:192.0.2.1',
  '1:2:3:4:5:6:7::',
])('%s is IPv6', (text) => {
  expect(isIPv6(text)).toBe(true);
});

test.each([
  '',
  ':',
  ':::',
  '1',
  '1:2',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1::',
  '12345::',
  'g::',
  '::1%eth0',
  '[::1]',
  '::192.0.2',
  '::192.0.2.256',
  '192.0.2.1::',
  '::192.0.2.1:1',
  '1:2:3:4:5:6:7:192.0.2.1',
  ':1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:',
])('%j is no IPv6', (text) => {
  expect(isIPv6(text)).toBe(false);
});

test('IPv4', () => {
  for (const good of ['0.0.0.0', '192.0.2.1', '255.255.255.255']) expect(isIPv4(good), good).toBe(true);
  for (const bad of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.', '1.2.3.x', '1.2.3.0004', '-1.2.3.4'])
    expect(isIPv4(bad), bad).toBe(false);
});

test('equal hosts have one form', () => {
  expect(comparableHost('Example.COM')).toBe('example.com');
  expect(comparableHost('2001:DB8::')).toBe('2001:db8:0:0:0:0:0:0');
  expect(comparableHost('::FFFF:192.0.2.1')).toBe(comparableHost('::ffff:c000:0201'));
});
