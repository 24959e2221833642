import { readFile } from 'node:fs/promises';
import type { EndpointOptions } from '@offhook/endpoint';
import { type Command, Option } from 'commander';
import { usageError } from '../command-error';

/** Whom to trust and who we are over TLS, as given on the command line. */
export interface SecurityOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
}

/** Adds `--ca`, `--cert`, `--key` and `--insecure`. */
export function addSecurityOptions(command: Command): Command {
  return command
    .option('--ca <file.pem>', 'authorities to trust over TLS (default: those of Node.js)')
    .option('--cert <file.pem>', 'certificate to show over TLS, with those between it and its authority')
    .option('--key <file.pem>', 'its private key')
    .addOption(new Option('--insecure', 'take any certificate: anybody on the way can listen in').conflicts('ca'));
}

/** Reads the files. @throws CommandError when one cannot be read, or a certificate has no key */
export async function readSecurity({ ca, cert, key, insecure }: SecurityOptions): Promise<EndpointOptions['tls']> {
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError('A certificate needs its key, and a key its certificate; give --cert and --key.');
  }
  return {
    ...(ca !== undefined && { ca: await read(ca) }),
    ...(cert !== undefined && key !== undefined && { certificate: { cert: await read(cert), key: await read(key) } }),
    ...(insecure && { verify: false }),
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${(error as Error).message}`, error);
  }
}
