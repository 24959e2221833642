import { CommanderError } from 'commander';
import type { CommandContext } from './command-context';
import { CommandError } from './command-error';
import { exitCodes } from './exit-codes';
import type { Interruption } from './interruption';
import { HumanOutput } from './output/human-output';
import { JsonOutput } from './output/json-output';
import type { Streams } from './output/output';
import { styleFor } from './output/style';
import { buildProgram } from './program';

/** What the program needs of the process it runs in. */
export interface Host {
  readonly streams: Streams;
  readonly interruption: Interruption;
  readonly stdin: NodeJS.ReadableStream;
  readStdin(): Promise<Uint8Array>;
  writeStdout(bytes: Uint8Array): Promise<void>;
}

/** Runs one command line (without the names of Node.js and the script) and returns the exit code. */
export async function main(
  argv: readonly string[],
  { streams, interruption, stdin, readStdin, writeStdout }: Host,
): Promise<number> {
  // Looked for before the command line is parsed: a mistake in it must reach a program as JSON too.
  const json = argv.includes('--json') || argv[0] === 'ua';
  const output = json ? new JsonOutput(streams) : new HumanOutput(streams);
  let exitCode: number = exitCodes.success;
  const context: CommandContext = {
    output,
    streams,
    style: styleFor(streams.out),
    interruption,
    stdin,
    readStdin,
    writeStdout,
    exit: (code) => {
      exitCode = code;
    },
  };
  const program = buildProgram(context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.success;
    if (error.code === 'commander.help') return exitCodes.usage;
    const message = `${error.message.replace(/^error: /, '')} (see: offhook ${commandName(argv)}--help)`;
    output.failure(commandName(argv).trim() || 'offhook', new CommandError('ERR_USAGE', message, exitCodes.usage));
    return exitCodes.usage;
  }
}

const names = ['demo', 'register', 'call', 'answer', 'message', 'watch', 'options', 'parse', 'codec', 'ua'];

function commandName(argv: readonly string[]): string {
  const name = argv.find((argument) => names.includes(argument));
  return name ? `${name} ` : '';
}
