import { loadResampler, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { beforeAll, expect, test } from 'vitest';
import { sipCoreProvider } from '../sip/sip-core-provider';
import type { SipProviderFactory } from '../sip/sip-provider';
import { MemoryLab } from '../testing/memory-lab';

beforeAll(() => loadResampler());

/** A machine whose address the test changes. */
function moving(lab: MemoryLab) {
  let host = '10.0.0.1';
  const sip: SipProviderFactory = (context) => {
    const provider = sipCoreProvider({
      transports: () => [lab.sipNetwork.transport('UDP', { host: '10.0.0.1', port: 5060 })],
    })(context);
    provider.localAddress = async () => host;
    return provider;
  };
  return { sip, move: (to: string) => (host = to) };
}

test('after the network has changed audio goes on from the new address, both ways, in the same call', async () => {
  const lab = new MemoryLab();
  const { sip, move } = moving(lab);
  const { alice, call, peer } = await lab.talking({}, { sip });
  const [here, there]: [number[], number[]] = [[], []];
  call.audio.source = toneSource({ frequencies: [440] });
  peer.audio.source = toneSource({ frequencies: [1000] });
  call.audio.addSink({ sampleRate: 8000, write: (frame) => void here.push(...frame) });
  peer.audio.addSink({ sampleRate: 8000, write: (frame) => void there.push(...frame) });
  await lab.clock.advance(1000);
  move('10.0.0.77');
  await lab.until(alice.networkChanged(), 5000);
  expect(call.state).toBe('connected');
  here.length = 0;
  there.length = 0;
  await lab.clock.advance(1000);
  expect(peer.snapshot.state).toBe('connected');
  const level = (samples: number[], hz: number) => toneLevelDbfs(Int16Array.from(samples.slice(-2000)), 8000, hz);
  expect(level(here, 1000)).toBeGreaterThan(-15);
  expect(level(there, 440)).toBeGreaterThan(-15);
  expect(lab.media.map(({ localAddress }) => localAddress)).toContain('10.0.0.77');
});

test('a change that leaves the address as it is leaves the sockets as they are', async () => {
  const lab = new MemoryLab();
  const { sip } = moving(lab);
  const { alice, call } = await lab.talking({}, { sip });
  const before = lab.media.map(({ localAddress, localPort }) => `${localAddress}:${localPort}`);
  await lab.until(alice.networkChanged(), 5000);
  expect(lab.media.map(({ localAddress, localPort }) => `${localAddress}:${localPort}`)).toEqual(before);
  expect(call.state).toBe('connected');
});
