import type { TransportOptions } from '@offhook/endpoint';
import { type Command, Option } from 'commander';
import { addSecurityOptions, type SecurityOptions } from './security';
import { port } from './values';

/** A transport by its name on the command line. */
export type TransportName = TransportOptions['protocol'];

/** What to bind and how to travel, as given on the command line. */
export interface NetworkOptions extends SecurityOptions {
  readonly transport?: TransportName;
  readonly host?: string;
  readonly port?: number;
}

const names: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Adds `--transport`, `--host`, `--port`, and what TLS needs. */
export function addNetworkOptions(command: Command, defaultPort?: number): Command {
  const portOption = new Option('--port <number>', 'port of this machine for SIP').argParser(port);
  if (defaultPort === undefined) portOption.default(undefined, 'a free one');
  else portOption.default(defaultPort);
  command
    .addOption(
      new Option('--transport <name>', 'transport of SIP (default: udp and tcp, the others where a URI asks)').choices(
        names,
      ),
    )
    .addOption(new Option('--host <address>', 'address of this machine for SIP and audio (default: every IPv4 one)'))
    .addOption(portOption);
  return addSecurityOptions(command);
}

/** What the phone opens: the one transport that was asked for, or all, of which only UDP and TCP listen without a certificate. */
export function transportsOf({ transport, host, port }: NetworkOptions, certified: boolean): TransportOptions[] {
  const wanted = transport ? [transport] : names;
  return wanted.map((protocol) => {
    const secure = protocol === 'tls' || protocol === 'wss';
    const listen =
      protocol === 'udp' ||
      (secure ? certified && transport !== undefined : transport !== undefined || protocol === 'tcp');
    return {
      protocol,
      listen,
      ...(host !== undefined && { host }),
      ...(listen && port !== undefined && { port }),
    };
  });
}
