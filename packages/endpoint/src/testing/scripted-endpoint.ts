import { MemoryRtpNetwork } from '@offhook/rtp-media/testing';
import { VirtualClock } from '@offhook/sip-core/testing';
import { Endpoint } from '../endpoint/endpoint';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { rtpMediaProvider } from '../media/rtp-media-provider';
import { ScriptedSipProvider } from './scripted-sip-provider';

/** An active endpoint whose signalling is a script, on a network in memory and in virtual time. */
export async function scriptedEndpoint(options: EndpointOptions = {}) {
  const clock = new VirtualClock();
  const network = new MemoryRtpNetwork(clock);
  const sip = new ScriptedSipProvider();
  const transports: ReturnType<MemoryRtpNetwork['transport']>[] = [];
  const media = rtpMediaProvider({
    openTransport: async ({ address }) => {
      const transport = network.transport(address);
      transports.push(transport);
      return transport;
    },
  });
  const endpoint = new Endpoint({ clock, sip: sip.factory, media, ...options });
  await endpoint.start();
  return { endpoint, sip, clock, network, transports };
}
