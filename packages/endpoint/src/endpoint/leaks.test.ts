import { pcmStreamSource, toneSource } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import type { Call } from '../call/call';
import { MemoryLab } from '../testing/memory-lab';

type Fate = (call: Call, peer: () => Call | undefined, pause: (ms: number) => Promise<void>) => Promise<unknown>;

/** Every way a call can go, from alice's side and bob's. */
const FATES: Fate[] = [
  async (call, peer, pause) => {
    await peer()!.answer({ source: toneSource({ frequencies: [440] }) });
    await pause(200);
    await call.hangup();
  },
  async (call, peer) => {
    await peer()!.answer();
    await call.hold();
    await peer()!.hold();
    await call.retrieve();
    await peer()!.hangup();
    await call.ended;
  },
  async (call, peer, pause) => {
    await peer()!.ring({ earlyMedia: true });
    await pause(100);
    await call.hangup();
  },
  async (call, peer) => {
    peer()!.reject(603);
    await call.ended;
  },
  async (call, peer) => {
    await peer()!.answer();
    call.sendDtmf('123456789').catch(() => {});
    const hold = call.hold().catch(() => {});
    await peer()!.hangup();
    await hold;
    await call.ended;
  },
  async (call) => {
    await call.hangup();
  },
];

test('200 calls of every fate leave no timer, no port, no session, no transaction', async () => {
  const lab = new MemoryLab();
  const { alice, bob } = await lab.pair();
  const incoming = new Map<string, Call>();
  bob.on('call', (call) => void incoming.set(call.headers.get('X-Number')!, call));
  const pause = (ms: number) => new Promise<void>((resolve) => void lab.clock.setTimer(ms, resolve));
  const ended: Promise<unknown>[] = [];
  for (let n = 0; n < 200; n++) {
    const controller = new AbortController();
    const call = alice.call('sip:bob@10.0.0.2', {
      headers: { 'X-Number': `${n}` },
      source: pcmStreamSource({ sampleRate: 8000 }),
      delayedOffer: n % 3 === 0,
      timeout: 60_000,
      signal: controller.signal,
    });
    await lab.clock.advance(n % FATES.length === FATES.length - 1 ? 0 : 20);
    ended.push(
      FATES[n % FATES.length]!(call, () => incoming.get(`${n}`), pause),
      call.ended,
    );
    // Many at once, not one after the other.
    if (n % 20 === 19) await lab.clock.advance(500);
  }
  await lab.until(Promise.all(ended), 60_000);
  // Timers of finished transactions last up to 32 s; after that there must be silence.
  await lab.clock.advance(64_000);
  expect([alice.calls, bob.calls]).toEqual([[], []]);
  expect(lab.media.length).toBeGreaterThan(300);
  expect(lab.media.filter((transport) => !transport.closed)).toEqual([]);
  for (const { load } of lab.providers) expect(load).toMatchObject({ sessions: 0, transactions: 0, registrations: 0 });
  expect(lab.clock.pending).toBe(0);
}, 30_000);

test('stopping in the middle of calls leaves nothing either', async () => {
  const lab = new MemoryLab();
  const { alice, bob } = await lab.pair();
  bob.on('call', (call) => void call.answer().catch(() => {}));
  for (let n = 0; n < 20; n++) {
    alice.call('sip:bob@10.0.0.2');
    alice.call('sip:nobody@10.0.0.99');
    if (n === 10) await lab.clock.advance(30);
  }
  await lab.until(Promise.all([alice.close(), bob.close()]), 10_000);
  expect([alice.snapshot.state, bob.snapshot.state]).toEqual(['inactive', 'inactive']);
  expect(lab.media.filter((transport) => !transport.closed)).toEqual([]);
  await lab.clock.advance(0);
  expect(lab.clock.pending).toBe(0);
});
