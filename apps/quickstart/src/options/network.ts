import { type Command, Option } from 'commander';
import { port } from './values';

/** What to bind and how to travel, as given on the command line. */
export interface NetworkOptions {
  readonly transport?: 'udp' | 'tcp';
  readonly host?: string;
  readonly port?: number;
}

/** Adds `--transport`, `--host` and `--port`. */
export function addNetworkOptions(command: Command, defaultPort?: number): Command {
  const portOption = new Option('--port <number>', 'port of this machine for SIP').argParser(port);
  if (defaultPort === undefined) portOption.default(undefined, 'a free one');
  else portOption.default(defaultPort);
  return command
    .addOption(new Option('--transport <name>', 'transport of SIP (default: both)').choices(['udp', 'tcp']))
    .addOption(new Option('--host <address>', 'address of this machine for SIP and audio (default: every IPv4 one)'))
    .addOption(portOption);
}
