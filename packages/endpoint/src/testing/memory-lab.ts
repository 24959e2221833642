import { type AudioSource, toneSource } from '@offhook/rtp-media';
import { MemoryRtpNetwork, type MemoryRtpTransport } from '@offhook/rtp-media/testing';
import type { Transport } from '@offhook/sip-core';
import { MemoryNetwork, type MemoryNetworkOptions, seededRandomBytes, VirtualClock } from '@offhook/sip-core/testing';
import type { Call } from '../call/call';
import { Endpoint } from '../endpoint/endpoint';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { rtpMediaProvider } from '../media/rtp-media-provider';
import { type SipCoreProviderOptions, sipCoreProvider } from '../sip/sip-core-provider';
import type { SipProvider, SipProviderFactory } from '../sip/sip-provider';

/** Whole endpoints with their real stack and media, on networks in memory, in virtual time. */
export class MemoryLab {
  readonly clock = new VirtualClock();
  readonly sipNetwork: MemoryNetwork;
  readonly rtpNetwork = new MemoryRtpNetwork(this.clock);
  /** Every media transport that was opened. */
  readonly media: MemoryRtpTransport[] = [];
  /** The SIP provider of each endpoint. */
  readonly providers: SipProvider[] = [];
  /** First lines of all SIP messages, as they were sent: `alice INVITE`, `bob 180 INVITE`. */
  readonly ladder: string[] = [];
  readonly #tags = new Map<string, Set<string>>();
  #hosts = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.sipNetwork = new MemoryNetwork(this.clock, options);
  }

  /** An active endpoint at an address of its own, `10.0.0.1` the first. */
  async endpoint(name: string, options: EndpointOptions = {}, sip: SipCoreProviderOptions = {}): Promise<Endpoint> {
    const host = `10.0.0.${++this.#hosts}`;
    const endpoint = new Endpoint({
      clock: this.clock,
      random: seededRandomBytes(this.#hosts),
      codecs: ['PCMU', 'PCMA'],
      sip: this.#remember({
        transports: (): Transport[] => [
          this.sipNetwork.transport('UDP', { host, port: 5060 }),
          this.sipNetwork.transport('TCP', { host, port: 5060 }),
        ],
        ...sip,
      }),
      media: rtpMediaProvider({
        openTransport: async ({ address }) => {
          const transport = this.rtpNetwork.transport(address);
          this.media.push(transport);
          return transport;
        },
      }),
      ...options,
    });
    endpoint.on('trace', ({ direction, data }) => {
      this.#rememberTags(data);
      if (direction === 'sent') this.ladder.push(`${name} ${summary(data)}`);
    });
    return endpoint.start();
  }

  #remember(options: SipCoreProviderOptions): SipProviderFactory {
    return (context) => {
      const provider = sipCoreProvider(options)(context);
      this.providers.push(provider);
      return provider;
    };
  }

  /** The tags seen in From and To of messages with a Call-ID. */
  sipTags(callId: string): ReadonlySet<string> {
    return this.#tags.get(callId) ?? new Set();
  }

  #rememberTags(data: Uint8Array): void {
    const text = new TextDecoder().decode(data);
    const callId = /^Call-ID: *(\S+)/im.exec(text)?.[1] ?? '';
    const tags = this.#tags.get(callId) ?? new Set();
    for (const [, tag] of text.matchAll(/^(?:From|To):.*;tag=([^;\s]+)/gim)) tags.add(tag!);
    this.#tags.set(callId, tags);
  }

  /** Two endpoints, and bob's incoming calls. */
  async pair(alice: EndpointOptions = {}, bob: EndpointOptions = {}) {
    const endpoints = { alice: await this.endpoint('alice', alice), bob: await this.endpoint('bob', bob) };
    const incoming: Call[] = [];
    endpoints.bob.on('call', (call) => incoming.push(call));
    return { ...endpoints, incoming };
  }

  /** Alice calls bob, who has not answered yet. */
  async ringing(options: Parameters<Endpoint['call']>[1] = {}, alice: EndpointOptions = {}, bob: EndpointOptions = {}) {
    const rig = await this.pair(alice, bob);
    const call = rig.alice.call('sip:bob@10.0.0.2', options);
    await this.clock.advance(50);
    return { ...rig, call, peer: rig.incoming[0]! };
  }

  /** Alice and bob talk. */
  async talking(options: Parameters<Endpoint['call']>[1] = {}, alice: EndpointOptions = {}, bob: EndpointOptions = {}) {
    const rig = await this.ringing(options, alice, bob);
    void rig.peer.answer();
    await this.clock.until(rig.call.established, 1000);
    await this.clock.until(rig.peer.established, 1000);
    this.ladder.length = 0;
    return rig;
  }

  /** Alice, with options and a source, and bob, with a tone, talk. */
  async talkingWith(alice: EndpointOptions, source: AudioSource) {
    const rig = await this.talking({ source }, alice);
    rig.peer.audio.source = toneSource({ frequencies: [700] });
    return rig;
  }

  /** Waits in virtual time. */
  until<Value>(promise: Promise<Value>, limit?: number): Promise<Value> {
    return this.clock.until(promise, limit);
  }
}

function summary(data: Uint8Array): string {
  const text = new TextDecoder().decode(data);
  const [first = ''] = text.split('\r\n', 1);
  const response = /^SIP\/2\.0 (\d{3})/.exec(first);
  if (!response) return first.split(' ', 1)[0]!;
  return `${response[1]} ${/^CSeq: *\d+ (\w+)/im.exec(text)?.[1]}`;
}
