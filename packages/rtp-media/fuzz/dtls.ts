import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { DtlsCertificate } from '../src/dtls/dtls-certificate';
import { DtlsTransport } from '../src/dtls/dtls-transport';
import type { DatagramHandler, RtpTransport } from '../src/transport/rtp-transport';
import { mutateOctets } from './octets';

let certificate: Promise<DtlsCertificate> | undefined;

/** A hello and pieces of a handshake, as far as they go in the clear. */
const hello = () => {
  const body = new Uint8Array(25 + 90);
  body.set([22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 72, 1, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 60, 254, 253]);
  body.set(
    [0, 0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0, 0, 18, 0, 14, 0, 5, 0, 2, 0, 1, 0, 0, 23, 0, 0, 0, 10, 0],
    25 + 34,
  );
  return body;
};
const alert = () => Uint8Array.of(21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40);
const finished = () =>
  Uint8Array.of(
    22,
    254,
    253,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    2,
    0,
    24,
    20,
    0,
    0,
    12,
    0,
    3,
    0,
    0,
    0,
    0,
    0,
    12,
    ...new Uint8Array(12),
  );

/** Datagrams to a DTLS server or client that nobody else speaks to. */
export const dtls: FuzzTarget = {
  name: 'dtls',
  promise: 'No datagram throws, and none makes keys.',
  usual: 60,
  make: (chance) =>
    chance.some(1, 6, () => {
      const whole = chance.pick([hello, hello, alert, finished])();
      return chance.is(0.2) ? whole : mutateOctets(whole, chance, [hello(), alert(), finished()]);
    }),
  async check(input) {
    certificate ??= DtlsCertificate.create();
    const own = await certificate;
    let receive: DatagramHandler = () => {};
    const inner: RtpTransport = {
      localAddress: '192.0.2.1',
      localPort: 4000,
      localRtcpPort: 4000,
      setRemote() {},
      sendRtp() {},
      sendRtcp() {},
      onRtp: (handler) => {
        receive = handler;
      },
      onRtcp() {},
      close: async () => {},
    };
    const transport = new DtlsTransport(inner, own);
    let keys = false;
    transport.on('connected', () => {
      keys = true;
    });
    transport.start({ role: 'server', fingerprints: own.fingerprints });
    for (const datagram of input) receive(datagram, { host: '192.0.2.2', port: 1 });
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    await transport.close();
    if (keys) throw new Error('Keys without a handshake.');
  },
};
