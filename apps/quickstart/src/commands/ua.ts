import { createInterface } from 'node:readline';
import type { Endpoint } from '@offhook/endpoint';
import {
  ConfigurationError,
  type ConfiguredLine,
  endpointOptions,
  loadConfiguration,
} from '@offhook/endpoint/configuration';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context';
import { usageError } from '../command-error';
import { addCodecOption, useCodecs } from '../options/codecs';
import { addExamples } from '../options/common';
import { addMediaOptions } from '../options/media';
import { addNetworkOptions } from '../options/network';
import { addTracingOptions } from '../options/tracing';
import { type PhoneOptions, withPhone } from '../phone';
import { runCommand } from '../run-command';
import { uaSchema } from '../ua/schema';
import { UaSession } from '../ua/ua-session';

interface Options extends PhoneOptions {
  readonly schema?: boolean;
  readonly config?: string;
  readonly autoAnswer?: 'all' | 'asked';
  readonly referrals?: 'follow' | 'ask' | 'refuse';
  readonly remoteControl?: boolean;
}

/** `offhook ua`: a phone without a face, driven by lines of JSON. */
export function uaCommand(context: CommandContext): Command {
  const command = new Command('ua')
    .summary('a phone without a face, driven by lines of JSON')
    .description(
      'Reads commands from standard input, one JSON object a line, and writes replies and events to standard output, one ' +
        'JSON object a line. Without a line it stands alone: it rings for any user, and waits for a command, or for the ' +
        'NOTIFY talk of a server. Ends with the command quit, with the end of its input once all calls are over, or when stopped.',
    )
    .option('--config <file>', 'SipEndpoint.config, or the same settings as JSON: its lines are registered')
    .addOption(
      new Option('--auto-answer <which>', 'answer calls by itself: all of them, or those that ask for it').choices([
        'all',
        'asked',
      ]),
    )
    .addOption(
      new Option('--referrals <what>', 'what to do with a REFER in a call (default: follow)').choices([
        'follow',
        'ask',
        'refuse',
      ]),
    )
    .option('--no-remote-control', 'take no orders by NOTIFY talk and hold')
    .option('--schema', 'print the JSON Schema of commands, and end');
  addMediaOptions(addCodecOption(command));
  addNetworkOptions(command, 5060);
  addTracingOptions(command);
  addExamples(command, [
    'ua --port 5070',
    'ua --config SipEndpoint.config',
    'ua --auto-answer all --trace calls.pcapng < commands.jsonl',
    'ua --schema > ua.schema.json',
  ]);
  return command.action(async (options: Options) => {
    if (options.schema) {
      context.streams.out.write(`${JSON.stringify(uaSchema(), undefined, 2)}\n`);
      return;
    }
    await runCommand(context, 'ua', async () => {
      await useCodecs(options);
      const { autoAnswer, referrals, remoteControl, config } = options;
      const configured = config === undefined ? undefined : await configuredOptions(config);
      const lines = configured?.lines ?? [];
      return withPhone(context, options, (phone) => drive(context, phone, lines), {
        ...configured?.options,
        ...(autoAnswer && { autoAnswer: autoAnswer === 'all' ? true : 'asked' }),
        ...(referrals && { referrals }),
        ...(remoteControl === false && { remoteControl }),
      });
    });
  });
}

async function configuredOptions(file: string) {
  try {
    return await endpointOptions(await loadConfiguration(file));
  } catch (error) {
    if (error instanceof ConfigurationError) throw usageError(`${file} cannot be used: ${error.message}`, error);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usageError(`The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

async function drive(context: CommandContext, phone: Endpoint, configured: readonly ConfiguredLine[]): Promise<string> {
  const { streams, interruption } = context;
  const session = new UaSession(phone, (line) =>
    streams.out.write(`${JSON.stringify({ ...line, time: new Date().toISOString() })}\n`),
  );
  streams.out.write(`${JSON.stringify({ type: 'listening', addresses: phone.addresses })}\n`);
  for (const { connection } of configured) session.addLine(connection);
  const lines = createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const read = (async () => {
    for await (const line of lines) session.take(line);
    await session.idle();
    // Who has said all there is to say may still want to hear how it ends.
    while (phone.calls.length > 0) await Promise.all(phone.calls.map((call) => call.ended));
  })();
  await Promise.race([interruption.asked, session.quitted, read]);
  lines.close();
  await Promise.all(phone.calls.map((call) => call.hangup()));
  return '';
}
