import { defaultRegistry } from '@offhook/codecs';
import { AudioSession, type AudioSink, correlate, Pacer, RecordingSource } from '@offhook/rtp-media';
import { MemoryRtpNetwork } from '@offhook/rtp-media/testing';
import { SipStack } from '@offhook/sip-core';
import { MemoryNetwork, seededRandom, seededRandomBytes, VirtualClock } from '@offhook/sip-core/testing';
import { describe, expect, it } from 'vitest';
import { sdp } from '../testing/phones';
import { AudioLeg } from './audio-leg';
import { type EchoCall, EchoService } from './echo-service';

/** A caller and the service, on networks in memory, in virtual time. */
async function setUp() {
  const clock = new VirtualClock();
  const sip = new MemoryNetwork(clock);
  const rtp = new MemoryRtpNetwork(clock);
  const service = new EchoService({
    transports: [sip.transport('UDP', { host: '192.0.2.1', port: 5060 })],
    mediaAddress: '192.0.2.1',
    openTransport: async (address) => rtp.transport(address),
    clock,
    random: seededRandomBytes(1),
  });
  const calls: EchoCall[] = [];
  service.on('call', (call) => calls.push(call));
  const stack = new SipStack({
    transports: [sip.transport('UDP', { host: '192.0.2.2', port: 5060 })],
    clock,
    random: seededRandomBytes(2),
  });
  await Promise.all([service.start(), stack.start()]);
  const audio = new AudioSession({
    transport: rtp.transport('192.0.2.2'),
    codecs: defaultRegistry(),
    pacer: new Pacer(clock),
    clock,
    random: seededRandomBytes(3),
  });
  const leg = new AudioLeg(audio, defaultRegistry());
  const call = async (options: { delayedOffer?: boolean } = {}) => {
    const from = '<sip:alice@192.0.2.2>';
    const session = stack.invite({ uri: 'sip:echo@192.0.2.1', from, offerAnswer: leg, ...options });
    const established = new Promise<void>((resolve, reject) => {
      session.on('established', resolve);
      session.on('ended', reject);
    });
    await clock.until(established);
    await clock.advance(100);
    return session;
  };
  return { clock, service, calls, stack, audio, leg, call };
}

/** Collects what a session hears. */
class Ear implements AudioSink {
  readonly sampleRate = 8000;
  readonly heard: number[] = [];

  write(frame: Int16Array): void {
    this.heard.push(...frame);
  }
}

/** A second of noise: like nothing but itself. */
function noise(): Int16Array {
  const random = seededRandom(7);
  return Int16Array.from({ length: 8000 }, () => (random() - 0.5) * 16_000);
}

describe('the echo service', () => {
  it.each([false, true])('sends back what it hears (offer in the 200: %s)', async (delayedOffer) => {
    const { clock, audio, call } = await setUp();
    await call({ delayedOffer });
    const ear = new Ear();
    audio.addSink(ear);
    audio.source = new RecordingSource(noise(), 8000);
    await clock.advance(1500);
    const { correlation, lag } = correlate(noise(), Int16Array.from(ear.heard));
    expect(correlation).toBeGreaterThan(0.98);
    expect(lag).toBeLessThan(8 * 250);
  });

  it('says which digits it decoded', async () => {
    const { clock, calls, audio, call } = await setUp();
    await call();
    void audio.sendDtmf('0123456789*#');
    await clock.advance(4000);
    expect(calls[0]?.digits).toBe('0123456789*#');
  });

  it('knows when it is held', async () => {
    const { clock, calls, leg, call } = await setUp();
    const session = await call();
    const changes: boolean[] = [];
    calls[0]?.on('hold', (held) => changes.push(held));
    for (const direction of ['sendonly', 'sendrecv'] as const) {
      leg.direction = direction;
      await clock.until(session.reinvite());
    }
    expect(changes).toEqual([true, false]);
  });

  it('forgets a call when it has ended', async () => {
    const { clock, service, calls, call } = await setUp();
    const session = await call();
    let ended = 0;
    calls[0]?.on('ended', () => ended++);
    await clock.until(session.terminate());
    expect(ended).toBe(1);
    await clock.until(service.close());
  });

  it('refuses what it has no codec for, with 488', async () => {
    const { clock, stack } = await setUp();
    const lines = [
      'v=0',
      'o=- 1 1 IN IP4 192.0.2.2',
      's=-',
      'c=IN IP4 192.0.2.2',
      't=0 0',
      'm=audio 4000 RTP/AVP 18',
      '',
    ];
    const g729 = {
      createOffer: () => sdp(lines.join('\r\n')),
      createAnswer: () => sdp(''),
      acceptAnswer: () => {},
      rollback: () => {},
    };
    const session = stack.invite({ uri: 'sip:echo@192.0.2.1', from: '<sip:alice@192.0.2.2>', offerAnswer: g729 });
    const ended = new Promise((resolve) => session.on('ended', resolve));
    expect(await clock.until(ended)).toMatchObject({ status: 488 });
  });
});
