import type { Endpoint } from '@offhook/endpoint';
import { wavFileSource } from '@offhook/rtp-media';
import type { SipUri } from '@offhook/sip-core';
import { Command, Option } from 'commander';
import { AnsweringMachine, type AnsweringOptions } from '../answering-machine';
import type { CommandContext } from '../command-context';
import { usageError } from '../command-error';
import { addLine } from '../line';
import { type AccountOptions, addAccountOptions, addOutboundOption } from '../options/account';
import { addCodecOption, useCodecs } from '../options/codecs';
import { addExamples, addJsonOption } from '../options/common';
import { addMediaOptions } from '../options/media';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { count, refusal, seconds, secondsOrNone } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { requireFolder } from '../recording';
import { type Facts, runCommand } from '../run-command';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions, Omit<AnsweringOptions, 'speech'> {
  readonly port: number;
  readonly play?: string;
  readonly count?: number;
  readonly register?: SipUri;
  readonly server?: SipUri;
  readonly timeout: number;
}

/** `offhook answer`: answers every call. */
export function answerCommand(context: CommandContext): Command {
  const command = new Command('answer')
    .summary('answer every call')
    .description(
      'Listens, and answers every call that comes in, many at once, until stopped or --count calls have ended.',
    )
    .addOption(new Option('--echo', 'send back what the caller says').conflicts('play'))
    .option('--play <file.wav>', 'what callers hear (default: silence)')
    .option('--record <file.wav>', 'where to record the first caller; the n-th one goes to file-n.wav')
    .option('--count <n>', 'how many calls to take before leaving', count)
    .option('--delay <seconds>', 'how long to ring before answering', secondsOrNone, 0)
    .option('--duration <seconds>', 'how long to talk before hanging up (default: until the caller hangs up)', seconds)
    .option('--reject <status>', 'refuse every call with this SIP status instead, such as 486', refusal)
    .option('--register <uri>', 'address to register with its server, so that calls to it come here', sipUri)
    .option('--server <uri>', 'server to register with (default: the host of the address)', sipUri)
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 10);
  addMediaOptions(addCodecOption(command));
  addOutboundOption(addAccountOptions(command));
  addNetworkOptions(command, 5060);
  addTracingOptions(addJsonOption(command));
  addExamples(command, [
    'answer --echo',
    'answer --port 5080 --play hello.wav --record caller.wav --count 1',
    'answer --register sip:bob@pbx.example.com --password secret --echo --json',
    'answer --transport tls --register sip:bob@pbx.example.com --outbound --echo --trace calls.pcapng',
  ]);
  return command.action((options: Options) =>
    runCommand(context, 'answer', async (facts) => {
      await useCodecs(options);
      const speech = options.play === undefined ? undefined : await wavFileSource(options.play);
      if (options.record !== undefined) await requireFolder(options.record);
      return withPhone(context, options, (phone) =>
        answer(context, phone, { ...options, ...(speech && { speech }) }, facts),
      );
    }),
  );
}

async function answer(
  context: CommandContext,
  phone: Endpoint,
  options: Options & AnsweringOptions,
  facts: Facts,
): Promise<string> {
  const { output, interruption } = context;
  const machine = new AnsweringMachine(output, options);
  phone.on('call', (call) => machine.take(call));
  const { addresses } = phone;
  if (addresses.length === 0 && !(options.register && options.outbound)) {
    throw usageError(
      `Nobody can call over ${options.transport} as nothing listens; give --cert and --key, or --register with --outbound.`,
    );
  }
  const places = addresses.map(({ protocol, host, port }) => `${protocol} ${host}:${port}`).join(', ');
  output.event({ type: 'listening', port: addresses[0]?.port, addresses }, `Listening on ${places}`);
  if (options.register) await registerAs(context, phone, options.register, options);

  await Promise.race([interruption.asked, machine.ended(options.count)]);
  // Calls that are still up end here, so that they are counted too.
  await Promise.all(phone.calls.map((call) => call.hangup()));
  await machine.settled();
  Object.assign(facts, machine.totals);
  const { calls, established, failed } = machine.totals;
  return `${calls} calls, ${established} answered, ${failed} failed`;
}

async function registerAs(context: CommandContext, phone: Endpoint, user: SipUri, options: Options): Promise<void> {
  const { output, interruption } = context;
  const server = options.server && withTransport(options.server, options.transport);
  const connection = addLine(phone, user, { ...options, ...(server && { server }) });
  const limit = timeLimit(options.timeout, `${server ?? user.host} did not answer`, interruption.signal);
  await limit.race(connection.register());
  output.event({ type: 'registered', user: user.aor }, `Registered ${user.aor}`);
}
