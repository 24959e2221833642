import { type Command, InvalidArgumentError, Option } from 'commander';
import { port } from './values';

/** Where SIP messages are shown and kept, as given on the command line. */
export interface TracingOptions {
  readonly ladder?: boolean;
  readonly trace?: string;
  readonly hep?: Collector;
}

/** A capture server. */
export interface Collector {
  readonly host: string;
  readonly port: number;
}

/** Adds `--ladder`, `--trace` and `--hep`. */
export function addTracingOptions(command: Command): Command {
  return command
    .option('--ladder', 'print each SIP message as it happens')
    .option('--trace <file.pcapng>', 'write all SIP messages to a file for Wireshark')
    .addOption(
      new Option('--hep <host[:port]>', 'send all SIP messages to a capture server such as Homer (HEP 3)').argParser(
        collector,
      ),
    );
}

/** `homer.example.com`, `192.0.2.1:9060`, `[2001:db8::1]:9060`. */
function collector(text: string): Collector {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/i.exec(text);
  if (!match) throw new InvalidArgumentError('It must be a host with or without a port, such as 192.0.2.1:9060.');
  return { host: (match[1] ?? match[2])!, port: match[3] === undefined ? 9060 : port(match[3]) };
}
