import { defaultRegistry } from '@offhook/codecs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DtlsCertificate } from '../dtls/dtls-certificate';
import { openIceTransport } from '../node/open-ice-transport';
import { openUdpRtpTransport } from '../node/udp-rtp-transport';
import type { MediaError } from '../platform/errors';
import { AudioSession } from '../session/audio-session';
import { toneSource } from '../sources/tone-source';
import type { SrtpKeyParameters } from '../srtp/srtp-key';
import { MediaTransport } from './media-transport';
import type { TransportAgreement } from './transport-agreement';

const PCMU = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
let certificates: [DtlsCertificate, DtlsCertificate];
const sessions: AudioSession[] = [];

beforeAll(async () => {
  certificates = await Promise.all([DtlsCertificate.create(), DtlsCertificate.create()]);
});

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});

async function party(index: 0 | 1, ice: boolean) {
  const base = ice ? await openIceTransport({ rtcpMux: true }) : await openUdpRtpTransport();
  const transport = new MediaTransport({ base, certificate: certificates[index] });
  const session = new AudioSession({ transport, codecs: defaultRegistry() });
  sessions.push(session);
  await transport.ice?.gather();
  session.source = toneSource({ frequencies: [440] });
  const errors: MediaError[] = [];
  session.on('error', (error) => errors.push(error));
  return { transport, session, errors };
}

type Party = Awaited<ReturnType<typeof party>>;

function agree(to: Party, other: Party, transport: TransportAgreement, rtcpMux: boolean): void {
  const { localAddress: host, localPort: port } = other.transport;
  to.session.configure({
    remoteRtp: { host, port },
    rtcpMux,
    sendCodec: PCMU,
    receiveCodecs: [PCMU],
    direction: 'sendrecv',
    transport,
  });
}

/** Resolves when both receive, or rejects with what stands in the way. */
async function audible(...parties: Party[]): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (parties.every(({ session }) => session.statistics().packetsReceived > 20)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(JSON.stringify(parties.map(({ session, errors }) => [session.statistics(), errors])));
}

const key = (fill: number): SrtpKeyParameters => ({
  suite: 'AEAD_AES_256_GCM',
  masterKey: new Uint8Array(32).fill(fill),
  masterSalt: new Uint8Array(12).fill(fill),
});

const iceOf = ({ transport }: Party, role: 'controlling' | 'controlled') =>
  transport.localIce && { ...transport.localIce, role };

describe.each([
  ['without ICE', false],
  ['with ICE', true],
])('a call %s', (_title, ice) => {
  const way = (a: Party, b: Party, ofA: TransportAgreement, ofB: TransportAgreement) => {
    const [toA, toB] = [iceOf(b, 'controlling'), iceOf(a, 'controlled')];
    agree(b, a, { ...ofB, ...(toB && { ice: toB }) }, true);
    agree(a, b, { ...ofA, ...(toA && { ice: toA }) }, true);
  };

  test('in clear, protected by keys of SDP, and by DTLS, one after the other', async () => {
    const [a, b] = [await party(0, ice), await party(1, ice)];
    way(a, b, {}, {});
    await audible(a, b);
    expect(a.session.statistics().transport).toMatchObject({
      protection: 'clear',
      ...(ice && { iceState: expect.stringMatching(/connected|completed/), localCandidateType: 'host' }),
    });
    way(a, b, { srtp: { local: key(1), remote: key(2) } }, { srtp: { local: key(2), remote: key(1) } });
    const before = b.session.statistics().packetsReceived;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(b.session.statistics().packetsReceived - before).toBeGreaterThan(10);
    expect(b.session.statistics().transport).toMatchObject({ protection: 'sdes', suite: 'AEAD_AES_256_GCM' });
    const [ofA, ofB] = certificates.map(({ fingerprints }) => fingerprints);
    way(a, b, { dtls: { role: 'client', fingerprints: ofB! } }, { dtls: { role: 'server', fingerprints: ofA! } });
    await expect.poll(() => b.session.statistics().transport?.protection, { timeout: 5000 }).toBe('dtls');
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { transport } = b.session.statistics();
    expect(transport).toMatchObject({ suite: 'AEAD_AES_128_GCM' });
    expect(transport!.srtp!.unprotected).toBeGreaterThan(20);
    expect([a.errors, b.errors]).toEqual([[], []]);
  });

  test('whose DTLS fails sends nothing, and says why', async () => {
    const [a, b] = [await party(0, ice), await party(1, ice)];
    const wrong = certificates[0].fingerprints;
    way(
      a,
      b,
      { dtls: { role: 'client', fingerprints: wrong } },
      { dtls: { role: 'server', fingerprints: certificates[0].fingerprints } },
    );
    await expect.poll(() => a.errors.length, { timeout: 5000 }).toBe(1);
    expect(a.errors[0]).toMatchObject({ code: 'ERR_DTLS' });
    expect(a.session.statistics().transport).toMatchObject({ protection: 'waiting' });
    expect(b.session.statistics().packetsReceived).toBe(0);
  });
});
