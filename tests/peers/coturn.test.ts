import { readFileSync } from 'node:fs';
import { defaultRegistry } from '@offhook/codecs';
import {
  AudioSession,
  type IceServerOptions,
  type IceTransport,
  type MediaError,
  type OpenIceTransportOptions,
  openIceTransport,
  wavFileSource,
  wavRecorder,
} from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { startCoturn } from './support/coturn';
import { describeWithPeers } from './support/peers';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

const codec = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
/** What a clean G.711 path leaves of speech, on a machine that does other things too. */
const clean = 0.85;
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** One side of a call, which plays speech and records what it hears. */
async function party(options: OpenIceTransportOptions) {
  const transport = await openIceTransport({ addresses: ['127.0.0.1'], ...options });
  const errors: MediaError[] = [];
  transport.on('error', (error) => errors.push(error));
  const session = new AudioSession({ transport, codecs: defaultRegistry() });
  const file = recordingPath('coturn');
  const recorder = await wavRecorder(file);
  session.source = await wavFileSource(speechFile, { loop: true });
  session.addSink(recorder);
  let isOpen = true;
  const finish = async () => {
    if (!isOpen) return;
    isOpen = false;
    await session.close();
    await recorder.close();
  };
  onTestFinished(finish);
  await transport.gather();
  return { transport, session, errors, heard: () => finish().then(() => heardSpeech(readFileSync(file))) };
}

type Party = Awaited<ReturnType<typeof party>>;

function connect(a: Party, b: Party): void {
  const [offer, answer] = [a.transport.local, b.transport.local];
  b.transport.connect({ ...offer, role: 'controlled' }, true);
  a.transport.connect({ ...answer, role: 'controlling' }, true);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { rtp } = other.transport.defaultAddress;
    one.session.configure({
      remoteRtp: rtp,
      rtcpMux: true,
      sendCodec: codec,
      receiveCodecs: [codec],
      direction: 'sendrecv',
    });
  }
}

const completed = async (...transports: IceTransport[]) => {
  for (let i = 0; i < 100 && transports.some(({ state }) => state !== 'completed'); i++) await seconds(0.05);
  expect(transports.map(({ state }) => state)).toEqual(transports.map(() => 'completed'));
};

const types = ({ selected }: IceTransport) => [selected?.local.type, selected?.remote.type];

describeWithPeers(['turnserver'], 'coturn', () => {
  test('relays a call, over UDP, TCP and TLS, and speech comes through both ways', async () => {
    const { port, tlsPort, ca } = await startCoturn();
    const account = { username: 'alice', credential: 'secret' };
    const servers: Record<string, IceServerOptions> = {
      udp: { urls: `turn:127.0.0.1:${port}`, ...account },
      tcp: { urls: `turn:127.0.0.1:${port}?transport=tcp`, ...account },
      tls: { urls: `turns:127.0.0.1:${tlsPort}`, ...account, tls: { ca } },
    };
    for (const [name, server] of Object.entries(servers)) {
      const relayed = { rtcpMux: true, servers: [server], relayOnly: true };
      const [a, b] = await Promise.all([party(relayed), party(relayed)]);
      expect([a.errors, b.errors], name).toEqual([[], []]);
      expect(a.transport.local.candidates.map((each) => each.split(' ')[7])).toEqual(['relay']);
      connect(a, b);
      await completed(a.transport, b.transport);
      expect(types(a.transport)).toEqual(['relay', 'relay']);
      await seconds(7);
      const statistics = a.session.statistics();
      expect(statistics.packetsLost, name).toBeLessThan(3);
      expect(statistics.packetsReceived, name).toBeGreaterThan(100);
      expect(await b.heard(), name).toBeGreaterThan(clean);
      expect(await a.heard(), name).toBeGreaterThan(clean);
    }
  });

  test('tells where it sees us, and is a relay for one side only', async () => {
    const { port } = await startCoturn();
    const account = { username: 'alice', credential: 'secret' };
    const urls = [`stun:127.0.0.1:${port}`, `turn:127.0.0.1:${port}`];
    const a = await party({ rtcpMux: true, servers: [{ urls, ...account }], relayOnly: true });
    const b = await party({ rtcpMux: true, servers: [{ urls: `stun:127.0.0.1:${port}` }] });
    // On loopback there is no translator: the address seen is the socket's own.
    expect(b.transport.local.candidates).toHaveLength(1);
    expect(b.errors).toEqual([]);
    connect(a, b);
    await completed(a.transport, b.transport);
    expect(types(a.transport)).toEqual(['relay', 'host']);
    expect(types(b.transport)).toEqual(['host', 'relay']);
    await seconds(7);
    expect(await b.heard()).toBeGreaterThan(clean);
  });

  test('refuses a wrong password, a wrong certificate and one who asks too late; a call without it goes on', async () => {
    const { port, tlsPort } = await startCoturn();
    const wrong = await party({
      rtcpMux: true,
      servers: [
        { urls: `turn:127.0.0.1:${port}`, username: 'alice', credential: 'guessed' },
        { urls: `turns:127.0.0.1:${tlsPort}`, username: 'alice', credential: 'secret' },
      ],
    });
    expect(wrong.errors.map(({ code }) => code)).toEqual(['ERR_TURN', 'ERR_TURN']);
    expect(wrong.errors.some(({ message }) => /user name and password/.test(message))).toBe(true);
    expect(wrong.errors.some(({ message }) => /self.signed|unable to/i.test(message))).toBe(true);
    const other = await party({ rtcpMux: true });
    connect(wrong, other);
    await completed(wrong.transport, other.transport);
    expect(types(wrong.transport)).toEqual(['host', 'host']);
  });
});
