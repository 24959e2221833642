import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../../../packages/sip-core/src/node/testing/certificates';
import { type Child, start } from './child';
import { freePort, untilBound } from './ports';

export interface Coturn {
  readonly port: number;
  readonly tlsPort: number;
  /** PEM of the authority behind its certificate. */
  readonly ca: string;
  readonly child: Child;
}

/** Starts coturn on 127.0.0.1 for the current test: user `alice`, password `secret`. */
export async function startCoturn(...args: string[]): Promise<Coturn> {
  const folder = mkdtempSync(join(tmpdir(), 'coturn-'));
  const authority = await CertificateAuthority.create();
  const { cert, key } = await authority.issue({ addresses: ['127.0.0.1'] });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const child = start(
    'turnserver',
    [
      ...['-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', String(port), '--tls-listening-port', String(tlsPort)],
      ...['-a', '-u', 'alice:secret', '-r', 'test', '--allow-loopback-peers', '--no-cli', '--no-dtls', '--simple-log'],
      ...['--cert', join(folder, 'cert.pem'), '--pkey', join(folder, 'key.pem'), '--log-file', 'stdout'],
      ...['--min-port', '49152', '--max-port', '65535', '--pidfile', join(folder, 'pid')],
      ...args,
    ],
    { cwd: folder },
  );
  await untilBound('udp', port);
  await untilBound('tcp', tlsPort);
  return { port, tlsPort, ca: authority.certificate, child };
}
