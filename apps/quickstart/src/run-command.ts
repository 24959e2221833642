import type { CommandContext } from './command-context';
import { exitCodes } from './exit-codes';
import { toCommandError } from './to-command-error';

/** What a command has found out so far: the fields of its result, also when it fails. */
export type Facts = Record<string, unknown>;

/**
 * Runs the body of a command and reports how it ended.
 *
 * @param body fills in the facts, throws to fail, and returns what people read at the end
 */
export async function runCommand(
  context: CommandContext,
  command: string,
  body: (facts: Facts) => Promise<string | undefined>,
): Promise<void> {
  const facts: Facts = {};
  try {
    const text = await body(facts);
    context.output.result({ command, ok: true, exitCode: exitCodes.success, ...facts }, text);
    context.exit(exitCodes.success);
  } catch (thrown) {
    const error = toCommandError(thrown);
    context.output.failure(command, error, facts);
    context.exit(error.exitCode);
  }
}
