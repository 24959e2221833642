import { inspect } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openUdpRtpTransport } from '../node/udp-rtp-transport';
import type { MediaError } from '../platform/errors';
import type { SrtpProtection } from '../srtp/secure-transport';
import type { Address, RtpTransport } from '../transport/rtp-transport';
import { DtlsCertificate } from './dtls-certificate';
import { DtlsTransport } from './dtls-transport';
import { fingerprintOf, matchesFingerprint } from './fingerprint';

let alice: DtlsCertificate;
let bob: DtlsCertificate;
const open: RtpTransport[] = [];

beforeAll(async () => {
  [alice, bob] = await Promise.all([DtlsCertificate.create(), DtlsCertificate.create()]);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** A transport at one end of loopback, whose datagrams pass through `change`. */
async function end(
  certificate: DtlsCertificate,
  change: (bytes: Uint8Array) => Uint8Array | undefined = (bytes) => bytes,
) {
  const socket = await openUdpRtpTransport({ rtcpMux: true });
  const changing: RtpTransport = Object.assign(Object.create(socket) as RtpTransport, {
    sendRtp: (bytes: Uint8Array) => {
      const changed = change(new Uint8Array(bytes));
      if (changed) socket.sendRtp(changed);
    },
    setRemote: (rtp: Address, rtcp: Address) => socket.setRemote(rtp, rtcp),
    onRtp: (handler: Parameters<RtpTransport['onRtp']>[0]) => socket.onRtp(handler),
    close: () => socket.close(),
  });
  const transport = new DtlsTransport(changing, certificate);
  open.push(transport);
  const outcome = new Promise<SrtpProtection | MediaError>((resolve) => {
    transport.on('connected', resolve);
    transport.on('failed', resolve);
  });
  return { transport, outcome, address: { host: '127.0.0.1', port: socket.localPort } };
}

type End = Awaited<ReturnType<typeof end>>;

function meet(client: End, server: End, ofClient = alice.fingerprints, ofServer = bob.fingerprints): void {
  client.transport.setRemote(server.address, server.address);
  server.transport.setRemote(client.address, client.address);
  server.transport.start({ role: 'server', fingerprints: ofClient });
  client.transport.start({ role: 'client', fingerprints: ofServer });
}

describe('DTLS-SRTP (RFC 5764)', () => {
  test('both ends get each other’s keys; RTP passes beside it', async () => {
    const [client, server] = [await end(alice), await end(bob)];
    const heard = new Promise<Uint8Array>((resolve) =>
      server.transport.onRtp((bytes) => resolve(new Uint8Array(bytes))),
    );
    meet(client, server);
    const [ours, theirs] = (await Promise.all([client.outcome, server.outcome])) as [SrtpProtection, SrtpProtection];
    expect(ours.local).toEqual(theirs.remote);
    expect(ours.remote).toEqual(theirs.local);
    expect(ours.local).toMatchObject({ suite: expect.stringMatching(/^AEAD_AES_128_GCM|AES_CM_128_HMAC_SHA1_80$/) });
    expect(ours.local.masterKey).not.toEqual((ours.remote as typeof ours.local).masterKey);
    const packet = Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1);
    client.transport.sendRtp(packet);
    expect(await heard).toEqual(packet);
  });

  test('lost datagrams are sent again', async () => {
    let sent = 0;
    const lossy = () => {
      let count = 0;
      return (bytes: Uint8Array) => {
        sent++;
        return count++ === 0 ? undefined : bytes;
      };
    };
    const [client, server] = [await end(alice, lossy()), await end(bob, lossy())];
    meet(client, server);
    expect(await client.outcome).toHaveProperty('local');
    expect(await server.outcome).toHaveProperty('local');
    expect(sent).toBeGreaterThan(4);
  });

  test('a peer whose certificate is another than announced gets no keys, whoever is the client', async () => {
    const mallory = await DtlsCertificate.create();
    const [client, server] = [await end(alice), await end(mallory)];
    meet(client, server);
    expect(await client.outcome).toMatchObject({ code: 'ERR_DTLS', message: expect.stringContaining('fingerprint') });
    const [badClient, goodServer] = [await end(mallory), await end(bob)];
    meet(badClient, goodServer);
    expect(await goodServer.outcome).toMatchObject({
      code: 'ERR_DTLS',
      message: expect.stringContaining('fingerprint'),
    });
  });

  test.each(['client', 'server'] as const)(
    'one who shows a %s certificate it has not the key of gets no keys',
    async (role) => {
      // The stranger has a key of its own and shows the certificate of another.
      const stolen = role === 'server' ? bob : alice;
      const forger = await DtlsCertificate.create();
      const forged = Object.assign(Object.create(forger) as DtlsCertificate, {});
      Object.defineProperty(forged, 'material', {
        get: () => ({ ...forger.material, cert: stolen.material.cert }),
      });
      const [client, server] =
        role === 'server' ? [await end(alice), await end(forged)] : [await end(forged), await end(bob)];
      meet(client, server);
      const honest = role === 'server' ? client : server;
      expect(await honest.outcome).toMatchObject({ code: 'ERR_DTLS', message: expect.stringContaining('not the key') });
    },
  );

  test('a handshake that somebody changed under way fails', async () => {
    // The offer of the stronger profile is taken out of the hello: a downgrade.
    const downgrade = (bytes: Uint8Array) => {
      const at = bytes.findIndex(
        (_, i) => bytes[i] === 0 && bytes[i + 1] === 14 && bytes[i + 2] === 0 && bytes[i + 3] === 7,
      );
      if (bytes[0] === 22 && bytes[13] === 1 && at > 0) {
        const changed = bytes.slice();
        changed[at + 7] = 1;
        return changed;
      }
      return bytes;
    };
    const [client, server] = [await end(alice, downgrade), await end(bob)];
    meet(client, server);
    const outcome = await Promise.race([server.outcome, client.outcome]);
    expect(outcome).toMatchObject({ code: 'ERR_DTLS' });
  });

  test('an association stands: neither a new hello nor noise changes it', async () => {
    const [client, server] = [await end(alice), await end(bob)];
    meet(client, server);
    await Promise.all([client.outcome, server.outcome]);
    let again = 0;
    server.transport.on('connected', () => again++);
    const stranger = await openUdpRtpTransport({ rtcpMux: true });
    open.push(stranger);
    stranger.setRemote(server.address, server.address);
    const hello = new Uint8Array(120);
    hello.set([22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 107, 1]);
    stranger.sendRtp(hello);
    for (let length = 1; length < 40; length++) stranger.sendRtp(new Uint8Array(length).fill(22));
    meet(client, server);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(again).toBe(0);
  });
});

test('the strongest known hash decides (RFC 8122 §5)', () => {
  const certificate = Uint8Array.of(1, 2, 3);
  const good = fingerprintOf(certificate)!;
  const wrong = { algorithm: 'SHA-512', value: '00:11' };
  expect(matchesFingerprint(certificate, [good])).toBe(true);
  expect(matchesFingerprint(certificate, [{ ...good, algorithm: 'SHA-256', value: good.value.toLowerCase() }])).toBe(
    true,
  );
  expect(matchesFingerprint(certificate, [good, wrong])).toBe(false);
  expect(matchesFingerprint(certificate, [{ algorithm: 'md5', value: 'x' }])).toBe(false);
  expect(matchesFingerprint(certificate, [])).toBe(false);
});

test('no log shows the private key', () => {
  const shown = `${inspect(alice, { depth: 9, showHidden: true })} ${JSON.stringify(alice)} ${String(alice)}`;
  expect(shown).toContain(alice.fingerprints[0]!.value);
  expect(shown).not.toContain('PRIVATE');
  expect(shown).not.toContain(alice.material.key.split('\n')[1]);
});
