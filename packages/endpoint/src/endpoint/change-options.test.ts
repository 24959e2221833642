import { describe, expect, test } from 'vitest';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import { remoteSdp } from '../testing/scripted-sip-provider';

describe('options that are changed while the endpoint is active', () => {
  test('count for the calls that begin then', async () => {
    const { endpoint, sip } = await scriptedEndpoint();
    const first = sip.incoming({ offer: remoteSdp() });
    endpoint.reconfigure({ autoAnswer: true });
    const second = sip.incoming({ offer: remoteSdp() });
    await new Promise((resolve) => setImmediate(resolve));
    expect(first.log).not.toContain('accept');
    expect(second.log.join(' ')).toMatch(/accept/);
    endpoint.reconfigure({ autoAnswer: undefined, admission: () => 603 });
    sip.incoming({ offer: remoteSdp() });
    expect(endpoint.calls).toHaveLength(2);
    endpoint.reconfigure({ admission: undefined, maxCalls: 2 });
    sip.incoming({ offer: remoteSdp() });
    expect(endpoint.calls).toHaveLength(2);
    endpoint.reconfigure({ maxCalls: undefined });
    sip.incoming({ offer: remoteSdp() });
    expect(endpoint.calls).toHaveLength(3);
  });

  test('are all taken, or none', async () => {
    const { endpoint, sip } = await scriptedEndpoint();
    expect(() => endpoint.reconfigure({ admission: () => 603, ptime: 500 })).toThrow(/`ptime` cannot be used/);
    expect(() => endpoint.reconfigure({ admission: () => 603, codecs: ['morse'] })).toThrow(/No codec morse/);
    expect(() => endpoint.reconfigure({ admission: () => 603, codecs: [] })).toThrow(/at least one codec/);
    sip.incoming({ offer: remoteSdp() });
    expect(endpoint.calls).toHaveLength(1);
  });
});
