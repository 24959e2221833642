import { createSocket } from 'node:dgram';
import { levelDbfs, toneSource } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { shareOfTone } from '../testing/tone-share';
import { Endpoint } from './endpoint';
import type { TransportOptions } from './transport-options';

/** Collects samples and says when there are enough. */
function recorder(samples: number) {
  const pcm = new Int16Array(samples);
  let length = 0;
  let full: () => void;
  const done = new Promise<void>((resolve) => {
    full = resolve;
  });
  return {
    pcm,
    done,
    sink: {
      sampleRate: 8000,
      write(frame: Int16Array) {
        if (length === 0 && levelDbfs(frame) < -40) return;
        pcm.set(frame.subarray(0, samples - length), length);
        length = Math.min(samples, length + frame.length);
        if (length === samples) full();
      },
    },
  };
}

const addressOf = (endpoint: Endpoint, protocol: string) => {
  const { host, port } = endpoint.addresses.find((address) => address.protocol === protocol)!;
  return `${host.includes(':') ? `[${host}]` : host}:${port};transport=${protocol}`;
};

test.each<[string, TransportOptions]>([
  ['UDP', { protocol: 'udp', host: '127.0.0.1' }],
  ['TCP', { protocol: 'tcp', host: '127.0.0.1' }],
  ['UDP over IPv6', { protocol: 'udp', host: '::1' }],
])('a tone each way over real sockets: %s', async (_, transport) => {
  const alice = await new Endpoint({ transports: [transport] }).start();
  const bob = await new Endpoint({ transports: [transport] }).start();
  onTestFinished(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });
  const [atAlice, atBob] = [recorder(8000), recorder(8000)];
  bob.on('call', (call) => call.answer({ source: toneSource({ frequencies: [1000] }), sink: atBob.sink }));
  const call = alice.call(`sip:bob@${addressOf(bob, transport.protocol)}`, {
    source: toneSource({ frequencies: [440] }),
    sink: atAlice.sink,
  });
  await call.established;
  await Promise.all([atAlice.done, atBob.done]);
  for (const [{ pcm }, hz] of [
    [atAlice, 1000],
    [atBob, 440],
  ] as const) {
    expect(shareOfTone(pcm, hz)).toBeGreaterThan(0.6);
  }
  const { statistics } = await call.hangup();
  expect(statistics).toMatchObject({ sendCodec: 'opus', receiveCodec: 'opus' });
  expect(statistics.packetsReceived).toBeGreaterThan(20);
});

test('by default there is UDP and TCP on free ports of every address, which reach each other', async () => {
  await using alice = await new Endpoint().start();
  await using bob = await new Endpoint().start();
  expect(alice.addresses.map(({ protocol, host }) => `${protocol} ${host}`)).toEqual(['udp 0.0.0.0', 'tcp 0.0.0.0']);
  bob.on('call', (call) => call.answer());
  const { port } = bob.addresses[0]!;
  const call = await alice.call(`sip:bob@localhost:${port}`).established;
  await call.hangup();
});

test('several transports at once, of both IP versions, and again after a stop', async () => {
  const hosts = ['127.0.0.1', '::1'];
  const transports = hosts.flatMap((host) => [
    { protocol: 'udp' as const, host },
    { protocol: 'tcp' as const, host },
  ]);
  await using alice = await new Endpoint({ transports }).start();
  await using bob = await new Endpoint({ transports }).start();
  bob.on('call', (call) => call.answer());
  for (let round = 0; round < 2; round++) {
    const calls = bob.addresses.map(({ protocol, host, port }) => {
      const at = host.includes(':') ? `[${host}]` : host;
      return alice.call(`sip:bob@${at}:${port};transport=${protocol}`).established;
    });
    expect(await Promise.all(calls)).toHaveLength(4);
    await bob.stop();
    expect(bob.addresses).toEqual([]);
    await bob.start();
  }
});

test('a port in use is an error that says so, and leaves nothing open', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => socket.close(resolve)));
  const { port } = socket.address();
  const endpoint = new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1', port }] });
  await expect(endpoint.start()).rejects.toMatchObject({
    name: 'EndpointError',
    code: 'ERR_PORT_IN_USE',
    message: expect.stringContaining(String(port)),
  });
  expect(endpoint.state).toBe('inactive');
});

test('an address of another machine is an error that says so', async () => {
  const endpoint = new Endpoint({ transports: [{ protocol: 'tcp', host: '192.0.2.1' }] });
  await expect(endpoint.start()).rejects.toMatchObject({ code: 'ERR_ADDRESS_UNAVAILABLE' });
});

test('a call nothing can carry fails with a sentence', async () => {
  await using endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  const { established } = endpoint.call('sip:bob@127.0.0.1;transport=tcp');
  await expect(established).rejects.toMatchObject({ code: 'ERR_CALL_TRANSPORT' });
  await expect(endpoint.call('sip:bob@[::1]').established).rejects.toMatchObject({ code: 'ERR_CALL_TRANSPORT' });
});
