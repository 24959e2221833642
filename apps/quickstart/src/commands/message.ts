import type { SipUri } from '@offhook/sip-core';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError } from '../command-error';
import { exitCodes } from '../exit-codes';
import { type AccountOptions, addAccountOptions } from '../options/account';
import { addExamples, addJsonOption } from '../options/common';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { header, seconds } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { type Facts, runCommand } from '../run-command';
import { senderOf } from '../sender';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions {
  readonly from?: SipUri;
  readonly server?: SipUri;
  readonly header?: [string, string][];
  readonly timeout: number;
}

/** `offhook message URI TEXT`: sends a short text. */
export function messageCommand(context: CommandContext): Command {
  const command = new Command('message')
    .summary('send a short text')
    .description('Sends a text by MESSAGE (RFC 3428) and says what became of it.')
    .argument('<uri>', 'SIP URI to send to, such as sip:bob@example.com', sipUri)
    .argument('<text>', 'what to say; - reads it from standard input')
    .option('--from <uri>', 'our own address', sipUri)
    .option('--server <uri>', 'server to send it to (default: the host of the URI)', sipUri)
    .option('--header <name: value>', 'header to add to the MESSAGE; may be repeated', header)
    .option('--timeout <seconds>', 'how long to wait for an answer', seconds, 10);
  addAccountOptions(command);
  addNetworkOptions(command);
  addTracingOptions(addJsonOption(command));
  addExamples(command, [
    'message sip:bob@192.0.2.10 "Lunch?"',
    'message sip:bob@pbx.example.com - --from sip:alice@pbx.example.com --password secret < note.txt',
  ]);
  return command.action((uri: SipUri, text: string, options: Options) =>
    runCommand(context, 'message', (facts) => send(context, uri, text, options, facts)),
  );
}

async function send(
  context: CommandContext,
  recipient: SipUri,
  text: string,
  options: Options,
  facts: Facts,
): Promise<string> {
  const content = text === '-' ? new TextDecoder().decode(await context.readStdin()) : text;
  return withPhone(context, { ...options, toward: options.server ?? recipient }, async (_, stack) => {
    const uri = withTransport(recipient, options.transport);
    const server = options.server && withTransport(options.server, options.transport);
    Object.assign(facts, { uri: uri.toString(), delivered: false });
    const limit = timeLimit(options.timeout, `${uri} did not answer`, context.interruption.signal);
    const { status, reason } = await limit.race(
      stack.message({
        uri,
        content,
        ...senderOf(recipient, options),
        ...(server && { server }),
        ...(options.header && { headers: options.header }),
      }),
    );
    Object.assign(facts, { status, reason, delivered: status < 300 });
    if (status >= 300) {
      const message = `${uri} answered ${status} ${reason}.`;
      throw new CommandError('ERR_SIP_RESPONSE', message, exitCodes.failed, { status });
    }
    // RFC 3428 §7: 202 says that somebody has it who will try to deliver it.
    return status === 202 ? 'Taken, to be delivered later.' : `Delivered: ${status} ${reason}`;
  });
}
