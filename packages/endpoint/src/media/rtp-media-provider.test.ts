import { defaultRegistry } from '@offhook/codecs';
import { MediaError } from '@offhook/rtp-media';
import { MemoryRtpNetwork, VirtualClock } from '@offhook/rtp-media/testing';
import { describe, expect, test } from 'vitest';
import { Endpoint } from '../endpoint/endpoint';
import { rtpMediaProvider } from './rtp-media-provider';

describe('marked packets', () => {
  function rig(failure?: MediaError) {
    const clock = new VirtualClock();
    const network = new MemoryRtpNetwork(clock);
    const asked: (number | undefined)[] = [];
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_data: object, message: string) => void warnings.push(message),
    };
    const provider = rtpMediaProvider({
      openTransport: async ({ address, dscp }) => {
        asked.push(dscp);
        if (dscp !== undefined && failure) throw failure;
        return network.transport(address);
      },
    })({ clock, logger, registry: defaultRegistry(), dscp: 46 });
    return { provider, asked, warnings };
  }

  test('are asked of the transport', async () => {
    const { provider, asked } = rig();
    await (await provider.open({ address: '192.0.2.1' })).close();
    expect(asked).toEqual([46]);
  });

  test('that cannot be had are warned of once, and calls go on', async () => {
    const { provider, asked, warnings } = rig(new MediaError('ERR_DSCP', 'Not here.'));
    for (let call = 0; call < 2; call++) await (await provider.open({ address: '192.0.2.1' })).close();
    expect(asked).toEqual([46, undefined, undefined]);
    expect(warnings).toEqual(['Not here.']);
  });

  test('other failures are failures', async () => {
    const { provider } = rig(new MediaError('ERR_RTP_PORTS', 'None.'));
    await expect(provider.open({ address: '192.0.2.1' })).rejects.toMatchObject({ code: 'ERR_RTP_PORTS' });
  });

  test.each([-1, 64, 0.5])('%d is no code point', (dscp) => {
    expect(() => new Endpoint({ dscp })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
