import { describe, expect, it } from 'vitest';
import { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedPeer } from '../testing/scripted-peer';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { TransactionLayer } from '../transaction/transaction-layer';
import type { Address } from '../transport/transport';
import { allowNextHop, LoopDetector } from './forwarding';

const request = (headers: Record<string, string> = {}, uri = 'sip:bob@example.com') =>
  SipRequest.create({
    method: 'INVITE',
    uri,
    headers: {
      From: '<sip:a@h>;tag=a',
      To: '<sip:b@h>',
      'Call-ID': 'c',
      CSeq: '1 INVITE',
      ...headers,
    },
  });

describe('what a request may do at the next hop', () => {
  it('is one hop less', () => {
    expect(allowNextHop(request({ 'Max-Forwards': '10' }))).toMatchObject({ maxForwards: 9 });
    expect(allowNextHop(request())).toMatchObject({ maxForwards: 70 });
    expect(allowNextHop(request({ 'Max-Forwards': '1' }))).toMatchObject({ maxForwards: 0 });
    expect(allowNextHop(request({ 'Max-Forwards': '0' }))).toEqual({ status: 483, reason: 'too-many-hops' });
  });

  it('is its breadth, shared (RFC 5393 §5.3.3)', () => {
    expect(allowNextHop(request(), 1)).toMatchObject({ maxBreadth: [60] });
    expect(allowNextHop(request({ 'Max-Breadth': '7' }), 3)).toMatchObject({ maxBreadth: [3, 2, 2] });
    expect(allowNextHop(request({ 'Max-Breadth': '3' }), 3)).toMatchObject({ maxBreadth: [1, 1, 1] });
    expect(allowNextHop(request({ 'Max-Breadth': '2' }), 3)).toEqual({ status: 440, reason: 'too-broad' });
    expect(allowNextHop(request({ 'Max-Breadth': '0' }))).toEqual({ status: 440, reason: 'too-broad' });
    expect(allowNextHop(request({ 'Max-Breadth': 'wide' }))).toMatchObject({ maxBreadth: [60] });
  });
});

describe('a loop (RFC 5393 §4.2)', () => {
  const here = { host: '192.0.2.1', port: 5060 };
  const detector = new LoopDetector({ sentBy: () => [here], secret: 's' });
  const after = (sent: SipRequest, received: SipRequest) => {
    const branch = `z9hG4bK${detector.mark(sent)}random`;
    received.headers.prepend('Via', `SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}`);
    received.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKother');
    return received;
  };

  it('is a request that comes back as it was', () => {
    expect(detector.look(request({ Via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa' }))).toBe('new');
    expect(detector.look(after(request(), request()))).toBe('loop');
    expect(detector.admit(after(request(), request()))).toEqual({ status: 482, reason: 'loop' });
  });

  it('is none when it was changed on its way: that is a spiral', () => {
    expect(detector.look(after(request(), request({}, 'sip:carol@example.com')))).toBe('spiral');
    expect(detector.look(after(request(), request({ Route: '<sip:p1;lr>' })))).toBe('spiral');
    expect(detector.look(after(request(), request({ CSeq: '2 INVITE' })))).toBe('spiral');
    expect(detector.admit(after(request(), request({ CSeq: '2 INVITE' })))).toMatchObject({ maxForwards: 70 });
  });

  it('is no matter of Vias of others, whatever they write', () => {
    const forged = request({ Via: `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK${detector.mark(request())}x` });
    expect(detector.look(forged)).toBe('new');
    const old = request({ Via: 'SIP/2.0/UDP 192.0.2.1:5060' });
    expect(detector.look(old)).toBe('spiral');
  });
});

describe('two elements that forward to each other', () => {
  /** Sends a request into the ring; gives its answer and how often it was forwarded. */
  async function ring(detect: boolean) {
    const clock = new VirtualClock();
    const network = new MemoryNetwork(clock);
    const addresses: Address[] = ['192.0.2.1', '192.0.2.2'].map((host) => ({ host, port: 5060 }));
    let forwarded = 0;
    const layers = addresses.map((address, index) => {
      const transport = network.transport('UDP', address);
      const detector = new LoopDetector({ sentBy: () => [transport.local] });
      const layer: TransactionLayer = new TransactionLayer(
        {
          request: (transaction) => {
            const received = transaction.request;
            const allowance = detect ? detector.admit(received) : allowNextHop(received);
            if ('status' in allowance) {
              layer.countRefusal(allowance.reason, transaction.flow);
              transaction.reply(allowance.status);
              return;
            }
            forwarded++;
            const copy = received.clone();
            copy.maxForwards = allowance.maxForwards;
            copy.headers.set('Max-Breadth', allowance.maxBreadth[0]!);
            layer.request(
              copy,
              transport.flow(addresses[1 - index]!),
              {
                response: (response) => {
                  const back = response.clone();
                  back.headers.removeFirst('Via');
                  if (response.status >= 200) transaction.respond(back);
                },
                timeout: () => transaction.reply(408),
                transportError: () => transaction.reply(503),
              },
              detector.mark(received),
            );
          },
          ack: () => {},
        },
        { clock, random: seededRandomBytes(index), forwards: true },
      );
      return { layer, transport };
    });
    for (const { layer, transport } of layers) await layer.attach(transport);
    const peer = new ScriptedPeer(clock, network.transport('UDP', { host: '192.0.2.9', port: 5060 }));
    await peer.start();
    const sent = request({ 'Max-Forwards': '20' });
    sent.uri = SipUri.parse('sip:nobody@example.com');
    peer.send(sent, addresses[0]!);
    const status = detect ? 482 : 483;
    await peer.receiveStatus(status);
    const refused = layers.map(({ layer }) => layer.counters.refusals);
    return { forwarded, refused };
  }

  it('are told apart by 482 after one round', async () => {
    const { forwarded, refused } = await ring(true);
    expect(forwarded).toBe(2);
    expect(refused[0]!.loop).toBe(1);
  });

  it('are stopped by Max-Forwards in any case: 483', async () => {
    const { forwarded, refused } = await ring(false);
    expect(forwarded).toBe(20);
    expect(refused[0]!['too-many-hops'] + refused[1]!['too-many-hops']).toBe(1);
  });
});
