import { Command } from 'commander';
import type { CommandContext } from './command-context';
import { answerCommand } from './commands/answer';
import { callCommand } from './commands/call';
import { codecCommand } from './commands/codec';
import { demoCommand } from './commands/demo';
import { messageCommand } from './commands/message';
import { optionsCommand } from './commands/options';
import { parseCommand } from './commands/parse';
import { registerCommand } from './commands/register';
import { scenarioCommand } from './commands/scenario';
import { uaCommand } from './commands/ua';
import { watchCommand } from './commands/watch';
import { version } from './package-files';

/** The commands in the order of the help. */
const commands = [
  demoCommand,
  registerCommand,
  callCommand,
  answerCommand,
  messageCommand,
  watchCommand,
  optionsCommand,
  parseCommand,
  codecCommand,
  uaCommand,
  scenarioCommand,
];

/** The whole command line. Mistakes in it are thrown as `CommanderError`, never printed here. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('offhook')
    .description('A phone for the command line.')
    .version(version)
    .addHelpText(
      'after',
      '\nExit codes:\n' +
        '  0  success\n' +
        '  1  the call or request failed with a SIP status\n' +
        '  2  the command line, or a file it names, cannot be used\n' +
        '  3  the network failed, or no answer came in time\n',
    );
  for (const build of commands) program.addCommand(build(context));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => context.streams.out.write(text),
      writeErr: (text) => context.streams.err.write(text),
      outputError: () => {},
    });
  }
  return program;
}
