import type { SipStack, SipUri, Subscription, SubscriptionEnd } from '@offhook/sip-core';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError } from '../command-error';
import { exitCodes } from '../exit-codes';
import { type AccountOptions, addAccountOptions } from '../options/account';
import { addExamples, addJsonOption } from '../options/common';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { count, seconds } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { type Facts, runCommand } from '../run-command';
import { senderOf } from '../sender';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions {
  readonly from?: SipUri;
  readonly server?: SipUri;
  readonly event: string;
  readonly accept?: string;
  readonly expires: number;
  readonly duration?: number;
  readonly timeout: number;
}

/** `offhook watch URI`: subscribes to a state, and prints each change. */
export function watchCommand(context: CommandContext): Command {
  const command = new Command('watch')
    .summary('watch a state: presence, calls, messages waiting')
    .description(
      'Subscribes to the state of somebody or something (RFC 6665) and prints each NOTIFY, until stopped, until ' +
        '--duration is over, or until the other side ends it.',
    )
    .argument('<uri>', 'whose state, such as sip:bob@example.com', sipUri)
    .option('--event <package>', 'event package: presence, dialog, message-summary, reg, …', 'presence')
    .option('--accept <type>', 'content type to ask for (default: what the package says)')
    .option('--expires <seconds>', 'how long the subscription is to last before a refresh', count, 3600)
    .option('--duration <seconds>', 'how long to watch', seconds)
    .option('--from <uri>', 'our own address', sipUri)
    .option('--server <uri>', 'server to subscribe at (default: the host of the URI)', sipUri)
    .option('--timeout <seconds>', 'how long to wait for the first state', seconds, 10);
  addAccountOptions(command);
  addNetworkOptions(command);
  addTracingOptions(addJsonOption(command));
  addExamples(command, [
    'watch sip:bob@pbx.example.com --event dialog',
    'watch sip:alice@pbx.example.com --event message-summary --password secret --duration 60 --json',
  ]);
  return command.action((uri: SipUri, options: Options) =>
    runCommand(context, 'watch', (facts) =>
      withPhone(context, { ...options, toward: options.server ?? uri }, (_, stack) =>
        watch(context, stack, uri, options, facts),
      ),
    ),
  );
}

async function watch(
  context: CommandContext,
  stack: SipStack,
  whose: SipUri,
  options: Options,
  facts: Facts,
): Promise<string> {
  const { interruption } = context;
  const uri = withTransport(whose, options.transport);
  const server = options.server && withTransport(options.server, options.transport);
  const { event, accept, expires, duration } = options;
  Object.assign(facts, { uri: uri.toString(), event, notifications: 0 });
  const subscription = stack.subscribe({
    uri,
    event,
    expires,
    ...senderOf(whose, options),
    ...(accept !== undefined && { accept: [accept] }),
    ...(server && { server }),
  });
  const ended = new Promise<SubscriptionEnd>((resolve) => subscription.on('ended', resolve));
  const first = follow(context, subscription, facts);
  const limit = timeLimit(options.timeout, `${uri} told no state`, interruption.signal);
  try {
    await limit.race(Promise.race([first, ended]));
    await Promise.race([ended, interruption.asked, ...(duration === undefined ? [] : [pause(duration)])]);
  } finally {
    if (subscription.state !== 'terminated') await Promise.race([subscription.unsubscribe(), pause(1)]);
  }
  return conclude(await Promise.race([ended, pause(1)]), facts);
}

/** Prints what happens. Resolves with the first NOTIFY. */
function follow({ output }: CommandContext, subscription: Subscription, facts: Facts): Promise<void> {
  subscription.on('state', (state, { expires, reason, status }) =>
    output.event({ type: 'subscription', state, expires, reason, status }, `Subscription ${state}`),
  );
  return new Promise((resolve) =>
    subscription.on('notify', ({ contentType, text, state }) => {
      facts.notifications = Number(facts.notifications) + 1;
      output.event({ type: 'notify', state: state.state, contentType, text }, text.trimEnd() || '(no state)');
      resolve();
    }),
  );
}

function conclude(end: SubscriptionEnd | undefined, facts: Facts): string {
  const seen = `${facts.notifications} notifications`;
  if (!end || end.by === 'local') return `Watched to the end: ${seen}`;
  const { by, reason, status, error } = end;
  Object.assign(facts, { endedBy: by, reason });
  if (status !== undefined && status >= 300) {
    throw new CommandError('ERR_SIP_RESPONSE', `The subscription was refused with ${status}.`, exitCodes.failed, {
      status,
    });
  }
  if (error) throw error;
  return `The other side has ended it${reason === undefined ? '' : ` (${reason})`}: ${seen}`;
}

const pause = (seconds: number) =>
  new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), seconds * 1000).unref();
  });
