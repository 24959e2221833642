import type { SipResponse, SipUri } from '@offhook/sip-core';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError } from '../command-error';
import { exitCodes } from '../exit-codes';
import { addLine } from '../line';
import { type AccountOptions, addAccountOptions } from '../options/account';
import { addExamples, addJsonOption } from '../options/common';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { seconds } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { type Facts, runCommand } from '../run-command';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions {
  readonly from?: SipUri;
  readonly timeout: number;
}

/** `offhook options URI`: what somebody can do, and whether somebody is there. */
export function optionsCommand(context: CommandContext): Command {
  const command = new Command('options')
    .summary('ask a phone or server what it can do')
    .description('Sends OPTIONS and prints what the answer says: a way to see whether a phone or server is there.')
    .argument('<uri>', 'SIP URI to ask, such as sip:pbx.example.com', sipUri)
    .option('--from <uri>', 'our own address', sipUri)
    .option('--timeout <seconds>', 'how long to wait for an answer', seconds, 10);
  addAccountOptions(command);
  addNetworkOptions(command);
  addTracingOptions(addJsonOption(command));
  addExamples(command, ['options sip:pbx.example.com', 'options sip:192.0.2.10:5080 --transport tcp --json']);
  return command.action((uri: SipUri, options: Options) =>
    runCommand(context, 'options', (facts) => ask(context, uri, options, facts)),
  );
}

async function ask(context: CommandContext, uri: SipUri, options: Options, facts: Facts): Promise<string> {
  return withPhone(context, { ...options, toward: uri }, async (phone) => {
    const limit = timeLimit(options.timeout, `${uri} did not answer`, context.interruption.signal);
    const connection = options.from && addLine(phone, options.from, options);
    const started = performance.now();
    const request = phone.options(withTransport(uri, options.transport).toString(), {
      signal: limit.signal,
      ...(connection && { connection }),
    });
    const response = await limit.race(request);
    const described = describe(response);
    const timeMs = Math.round((performance.now() - started) * 10) / 10;
    Object.assign(facts, { uri: uri.toString(), ...described, timeMs });
    const { status, reason } = response;
    if (status >= 300) {
      const message = `${uri} answered ${status} ${reason}.`;
      throw new CommandError('ERR_SIP_RESPONSE', message, exitCodes.failed, { status });
    }
    const lists = (['userAgent', 'allow', 'accept', 'supported'] as const)
      .filter((name) => described[name] !== undefined && described[name].length > 0)
      .map((name) => `  ${labels[name].padEnd(10)}  ${[described[name]].flat().join(', ')}`);
    return [`${status} ${reason} after ${timeMs} ms`, ...lists].join('\n');
  });
}

const labels = { userAgent: 'User-Agent', allow: 'Allow', accept: 'Accept', supported: 'Supported' };

function describe(response: SipResponse) {
  const userAgent = response.headers.get('Server') ?? response.userAgent;
  return {
    status: response.status,
    reason: response.reason,
    ...(userAgent !== undefined && { userAgent }),
    allow: response.allow,
    accept: response.headers.getAll('Accept'),
    supported: response.supported,
  };
}
