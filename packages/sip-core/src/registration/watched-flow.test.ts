import { describe, expect, test } from 'vitest';
import type { Flow } from '../transport/transport';
import { CONNECTION_INTERVAL, DATAGRAM_INTERVAL } from './flow-keeper';
import { keepAliveInterval } from './watched-flow';

const flow = (reliable: boolean, host = '192.0.2.1') => ({ reliable, local: { host, port: 0 } }) as Flow;

describe('how often keep-alives are sent', () => {
  test.each([
    ['with outbound, over a connection', flow(true), true, CONNECTION_INTERVAL],
    ['with outbound, in datagrams', flow(false), true, DATAGRAM_INTERVAL],
    ['without: never', flow(true), false, undefined],
    ['without, in datagrams: never', flow(false), false, undefined],
    ['where nobody can connect to us, always', flow(true, 'x.invalid'), false, CONNECTION_INTERVAL],
  ])('%s', (_case, over, outbound, interval) => {
    expect(keepAliveInterval('auto', over, outbound, 0)).toBe(interval);
    expect(keepAliveInterval('off', over, outbound, 0)).toBeUndefined();
    expect(keepAliveInterval({ interval: 10_000 }, over, outbound, 0)).toEqual([8_000, 10_000]);
  });

  test('as Flow-Timer asks (RFC 5626 §4.4), though not so seldom that a NAT forgets datagrams', () => {
    expect(keepAliveInterval('auto', flow(true), true, 1_000)).toEqual([800_000, 1_000_000]);
    expect(keepAliveInterval('auto', flow(false), true, 20)).toEqual([16_000, 20_000]);
    expect(keepAliveInterval('auto', flow(false), true, 1_000)).toBe(DATAGRAM_INTERVAL);
  });
});
