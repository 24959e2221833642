import { readFile } from 'node:fs/promises';
import { parseMessage, SipRequest, SipSyntaxError, validateRequest, validateResponse } from '@offhook/sip-core';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError, usageError } from '../command-error';
import { exitCodes } from '../exit-codes';
import { describeMessage, type MessageDescription } from '../message/describe-message';
import { addExamples, addJsonOption } from '../options/common';
import { runCommand } from '../run-command';

/** `offhook parse [FILE]`: one SIP message to JSON. */
export function parseCommand(context: CommandContext): Command {
  const command = new Command('parse')
    .summary('take one SIP message apart and print it as JSON')
    .description(
      'Takes one SIP message apart, as it would arrive in a datagram, and prints it as JSON. Exits with 1 ' +
        'and a reason when it is not valid SIP.',
    )
    .argument('[file]', 'file that holds the message; standard input when left out or -');
  addJsonOption(command);
  addExamples(command, ['parse invite.sip', 'parse --json < invite.sip']);
  return command.action((file: string | undefined) =>
    runCommand(context, 'parse', async (facts) => {
      const bytes = file === undefined || file === '-' ? await context.readStdin() : await read(file);
      const message = parse(bytes);
      Object.assign(facts, { message });
      return JSON.stringify(message, undefined, 2);
    }),
  );
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw usageError(`The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

function parse(bytes: Uint8Array): MessageDescription {
  try {
    const message = parseMessage(bytes);
    const fault = message instanceof SipRequest ? validateRequest(message) : validateResponse(message);
    if (fault) throw fault;
    return describeMessage(message);
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    throw new CommandError(error.code, `This is not valid SIP: ${error.message}`, exitCodes.failed, { cause: error });
  }
}
