import { CodecRegistry, pcmu } from '@offhook/codecs';
import { createOpus } from '@offhook/codecs/opus';
import { expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';

/** ms of the packets that alice and bob send, by what was agreed and as they come. */
async function call(alice: EndpointOptions, bob: EndpointOptions, codec = 'PCMU') {
  const lab = new MemoryLab();
  const codecs = [codec];
  const { call, peer } = await lab.talking({}, { ...alice, codecs }, { ...bob, codecs });
  await lab.clock.advance(1000);
  const sent = [call, peer].map((each) => each.statistics().sendPacketMs);
  const came = [peer, call].map((each) => each.statistics().packetMs);
  expect(came).toEqual(sent);
  return { sent, offer: call.localDescription ?? '', answer: peer.localDescription ?? '' };
}

test('what each side asks for is what the other sends, where it says something (RFC 4566 §6)', async () => {
  expect((await call({}, {})).sent).toEqual([20, 20]);
  const both = await call({ ptime: 40 }, { ptime: 10 });
  expect(both.sent).toEqual([10, 40]);
  expect(both.offer).toContain('a=ptime:40');
  expect(both.answer).toContain('a=ptime:10');
  expect((await call({ ptime: 30 }, {})).sent).toEqual([20, 30]);
});

test('nothing longer is sent than the peer can take', async () => {
  const { sent, offer } = await call({ maxptime: 10 }, { ptime: 60 });
  expect(sent).toEqual([60, 10]);
  expect(offer).toContain('a=maxptime:10');
});

test('nor anything shorter than it wants of Opus (RFC 7587 §6.1)', async () => {
  const registry = () => new CodecRegistry([createOpus({ minPacketTime: 40 }), pcmu]);
  const { sent, offer } = await call({ registry: registry(), ptime: 10 }, {}, 'opus');
  expect(sent).toEqual([20, 40]);
  expect(offer).toMatch(/a=fmtp:\d+ minptime=40/);
});
