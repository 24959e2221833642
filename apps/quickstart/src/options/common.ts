import type { Command } from 'commander';
import type { TracingOptions } from './tracing';

/** What every command takes. */
export interface CommonOptions extends TracingOptions {
  readonly json?: boolean;
}

/** Adds `--json`. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON object a line; the last one is the result');
}

/** Adds a section of examples at the end of the help of a command. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ offhook ${example}`).join('\n')}\n`,
  );
}
