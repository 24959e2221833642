import type { Command } from 'commander';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly ladder?: boolean;
}

/** Adds `--json`. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON object a line; the last one is the result');
}

/** Adds `--ladder`. */
export function addLadderOption(command: Command): Command {
  return command.option('--ladder', 'print each SIP message as it happens');
}

/** Adds a section of examples at the end of the help of a command. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ offhook ${example}`).join('\n')}\n`,
  );
}
