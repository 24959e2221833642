import { describe, expect, test } from 'vitest';
import { MemoryRtpNetwork, type MemoryRtpTransport } from '../testing/memory-rtp-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Address } from '../transport/rtp-transport';
import { IceTransport, type IceTransportOptions } from './ice-transport';

const RTP = Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7);
const RTCP = Uint8Array.of(0x81, 200, 0, 1, 0, 0, 0, 1);

function lab() {
  const clock = new VirtualClock(1000);
  const network = new MemoryRtpNetwork(clock);
  let seed = 1;
  const open = (sockets: [MemoryRtpTransport, ...MemoryRtpTransport[]], options: Partial<IceTransportOptions> = {}) => {
    const transport = new IceTransport({ sockets, clock, random: seededRandomBytes(seed++), ...options });
    const heard: { kind: string; from: Address; bytes: Uint8Array }[] = [];
    transport.onRtp((bytes, from) => heard.push({ kind: 'rtp', from: { ...from }, bytes: bytes.slice() }));
    transport.onRtcp((bytes, from) => heard.push({ kind: 'rtcp', from: { ...from }, bytes: bytes.slice() }));
    return { transport, heard };
  };
  const connect = (a: IceTransport, b: IceTransport, rtcpMux = false) => {
    const [offer, answer] = [a.local, b.local];
    a.setRemote(b.defaultAddress.rtp, b.defaultAddress.rtcp);
    b.setRemote(a.defaultAddress.rtp, a.defaultAddress.rtcp);
    b.connect({ ...offer, role: 'controlled' }, rtcpMux);
    a.connect({ ...answer, role: 'controlling' }, rtcpMux);
  };
  return { clock, network, open, connect };
}

test('RTP and RTCP go over the pairs that were found, and come from where the peer said', async () => {
  const { clock, network, open, connect } = lab();
  const a = open([network.transport('192.0.2.1')]);
  const b = open([network.transport('192.0.2.2'), network.transport('198.51.100.2')]);
  await Promise.all([a.transport.gather(), b.transport.gather()]);
  expect(a.transport.local.candidates).toHaveLength(2);
  expect(b.transport.local.candidates).toHaveLength(4);
  connect(a.transport, b.transport);
  await clock.run(1000);
  expect([a.transport.state, b.transport.state]).toEqual(['completed', 'completed']);
  a.transport.sendRtp(RTP);
  a.transport.sendRtcp(RTCP);
  b.transport.sendRtp(RTP);
  await clock.run(10);
  const { rtp, rtcp } = a.transport.defaultAddress;
  expect(b.heard).toEqual([
    { kind: 'rtp', from: rtp, bytes: RTP },
    { kind: 'rtcp', from: rtcp, bytes: RTCP },
  ]);
  expect(a.heard).toMatchObject([{ kind: 'rtp', from: b.transport.defaultAddress.rtp }]);
});

test('RTCP on the port of RTP, once both agreed to it (RFC 5761)', async () => {
  const { clock, network, open, connect } = lab();
  const a = open([network.transport('192.0.2.1')]);
  const b = open([network.transport('192.0.2.2')]);
  await Promise.all([a.transport.gather(), b.transport.gather()]);
  connect(a.transport, b.transport, true);
  await clock.run(1000);
  a.transport.sendRtcp(RTCP);
  await clock.run(10);
  expect(b.heard.map(({ kind }) => kind)).toEqual(['rtcp']);
});

test('media from a stranger is dropped, before and after the pair is found', async () => {
  const { clock, network, open, connect } = lab();
  const a = open([network.transport('192.0.2.1')]);
  const b = open([network.transport('192.0.2.2')]);
  await Promise.all([a.transport.gather(), b.transport.gather()]);
  const inject = () => network.send(RTP, { host: '198.51.100.66', port: 4000 }, a.transport.defaultAddress.rtp);
  inject();
  connect(a.transport, b.transport);
  await clock.run(1000);
  inject();
  await clock.run(10);
  expect(a.heard).toEqual([]);
  expect(a.transport.foreign).toBe(2);
});

describe('a peer without ICE', () => {
  test('gets plain RTP, and its own is taken', async () => {
    const { clock, network, open } = lab();
    const a = open([network.transport('192.0.2.1')]);
    await a.transport.gather();
    const peer = network.transport('192.0.2.2');
    const heard: Uint8Array[] = [];
    peer.onRtp((bytes) => heard.push(bytes.slice()));
    a.transport.connectPlainly();
    a.transport.setRemote(peer.rtpAddress, peer.rtcpAddress);
    a.transport.sendRtp(RTP);
    peer.setRemote(a.transport.defaultAddress.rtp, a.transport.defaultAddress.rtcp);
    peer.sendRtp(RTP);
    peer.sendRtcp(RTCP);
    await clock.run(10);
    expect(heard).toEqual([RTP]);
    expect(a.heard).toEqual([
      { kind: 'rtp', from: peer.rtpAddress, bytes: RTP },
      { kind: 'rtcp', from: peer.rtcpAddress, bytes: RTCP },
    ]);
  });
});

test('a network lost and another found: a restart moves the call (RFC 8445 §9)', async () => {
  const { clock, network, open, connect } = lab();
  const first = network.transport('192.0.2.1');
  const a = open([first, network.transport('198.51.100.1')]);
  const b = open([network.transport('192.0.2.2')]);
  await Promise.all([a.transport.gather(), b.transport.gather()]);
  connect(a.transport, b.transport);
  await clock.run(1000);
  network.setPath('192.0.2.1', '192.0.2.2', { loss: 1 });
  network.setPath('192.0.2.2', '192.0.2.1', { loss: 1 });
  const offer = a.transport.restart();
  b.transport.connect({ ...offer, role: 'controlled' }, false);
  // The answer has the credentials that come of the offer.
  a.transport.connect({ ...b.transport.local, role: 'controlling' }, false);
  await clock.run(3000);
  expect([a.transport.state, b.transport.state]).toEqual(['completed', 'completed']);
  expect(b.transport.selected?.remote.address.host).toBe('198.51.100.1');
  b.transport.sendRtp(RTP);
  await clock.run(10);
  expect(a.heard).toHaveLength(1);
});

test('only relayed candidates are told where only they may be', async () => {
  const { clock, network, open } = lab();
  const { transport } = open([network.transport('192.0.2.1')], { relayOnly: true });
  await transport.gather();
  expect(transport.local).toMatchObject({ candidates: [], complete: true });
  await transport.close();
  await clock.run(3000);
  expect(clock.pending).toBe(0);
});

test('a public address takes the place of a private one, with the ports', async () => {
  const { network, open } = lab();
  const { transport } = open([network.transport('10.0.0.1', 4000)], { publicAddress: '203.0.113.1' });
  await transport.gather();
  expect(transport.local.candidates[0]).toMatch(/^h0 1 UDP \d+ 203\.0\.113\.1 4000 typ host$/);
  expect(transport.defaultAddress.rtp).toEqual({ host: '203.0.113.1', port: 4000 });
});
