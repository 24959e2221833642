import { type Command, Option } from 'commander';

/** Who we are to a server, as given on the command line. */
export interface AccountOptions {
  readonly user?: string;
  readonly password?: string;
  readonly outbound?: boolean;
}

/** Adds `--user` and `--password` for the digest authentication of RFC 3261 §22. */
export function addAccountOptions(command: Command): Command {
  return command
    .option('--user <name>', 'name to authenticate with (default: the user of our URI)')
    .addOption(
      new Option('--password <password>', 'password to authenticate with; safer in the environment').env(
        'OFFHOOK_PASSWORD',
      ),
    );
}

/** Adds `--outbound`. */
export function addOutboundOption(command: Command): Command {
  return command.option('--outbound', 'be called over the connection we register by, through NATs (RFC 5626)');
}
