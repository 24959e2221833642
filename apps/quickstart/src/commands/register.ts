import type { Endpoint } from '@offhook/endpoint';
import { parseMessage, SipResponse, type SipUri } from '@offhook/sip-core';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { addLine } from '../line';
import { type AccountOptions, addAccountOptions, addOutboundOption } from '../options/account';
import { addExamples, addJsonOption } from '../options/common';
import { addNetworkOptions } from '../options/network';
import { sipUri, withTransport } from '../options/sip-uri';
import { addTracingOptions } from '../options/tracing';
import { count, seconds } from '../options/values';
import { type PhoneOptions, withPhone } from '../phone';
import { type Facts, runCommand } from '../run-command';
import { timeLimit } from '../time-limit';

interface Options extends PhoneOptions, AccountOptions {
  readonly server?: SipUri;
  readonly expires: number;
  readonly stay?: boolean;
  readonly duration?: number;
  readonly timeout: number;
}

/** `offhook register URI`: registers with a server, and takes the registration away again when done. */
export function registerCommand(context: CommandContext): Command {
  const command = new Command('register')
    .summary('register with a server')
    .description(
      'Registers an address with its server (RFC 3261 §10) and takes the registration away again: at once, ' +
        'after --duration, or with --stay when stopped. While registered it is refreshed as needed.',
    )
    .argument('<uri>', 'address to register, such as sip:alice@example.com', sipUri)
    .option('--server <uri>', 'server to register with (default: the host of the address)', sipUri)
    .option('--expires <seconds>', 'how long the registration is to last before a refresh', count, 3600)
    .option('--duration <seconds>', 'how long to stay registered', seconds)
    .option('--stay', 'stay registered until stopped')
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 10);
  addOutboundOption(addAccountOptions(command));
  addNetworkOptions(command);
  addTracingOptions(addJsonOption(command));
  addExamples(command, [
    'register sip:alice@pbx.example.com --password secret',
    'OFFHOOK_PASSWORD=secret offhook register sip:alice@example.com --server 192.0.2.5 --stay',
  ]);
  return command.action((uri: SipUri, options: Options) =>
    runCommand(context, 'register', (facts) => register(context, uri, options, facts)),
  );
}

async function register(context: CommandContext, user: SipUri, options: Options, facts: Facts): Promise<string> {
  const { output, interruption } = context;
  Object.assign(facts, { user: user.aor, registered: false });
  return withPhone(context, { ...options, toward: options.server ?? user }, async (phone) => {
    const server = withTransport(options.server ?? serverOf(user), options.transport);
    const connection = addLine(phone, user, { ...options, server });
    const bindings = watchBindings(phone);
    const limit = timeLimit(options.timeout, `${server} did not answer`, interruption.signal);
    await limit.race(connection.register());
    facts.registered = true;
    Object.assign(facts, { contacts: bindings() });
    output.event({ type: 'registered', user: user.aor, contacts: bindings() }, describe(user, bindings()));
    const off = connection.on('state', (state, { status, reason }) => {
      const why = [status, reason].filter((part) => part !== undefined).join(' ');
      output.event({ type: 'registration', state, status, reason }, `Registration ${state} ${why}`.trimEnd());
    });
    await stay(options, interruption.asked);
    off();
    await connection.unregister();
    output.event({ type: 'unregistered', user: user.aor });
    return 'Registration removed.';
  });
}

/** RFC 3261 §10.2: the domain of the address, without a user. */
function serverOf(user: SipUri): SipUri {
  const server = user.clone();
  server.user = undefined;
  return server;
}

function stay({ stay, duration }: Options, asked: Promise<void>): Promise<void> {
  if (duration === undefined) return stay ? asked : Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, duration * 1000);
    void asked.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A contact the server lists, and for how many more seconds. */
interface ListedContact {
  readonly uri: string;
  readonly expires?: number;
}

/** Answers which contacts the server listed last. */
function watchBindings(phone: Endpoint): () => ListedContact[] {
  let listed: ListedContact[] = [];
  phone.on('trace', ({ direction, data }) => {
    if (direction !== 'received') return;
    const message = parseMessage(data);
    if (!(message instanceof SipResponse) || message.status !== 200 || message.cseq.method !== 'REGISTER') return;
    const { contacts } = message;
    if (contacts === '*') return;
    listed = contacts.map(({ uri, params }) => {
      const expires = params.get('expires');
      return { uri: uri.toString(), ...(expires !== undefined && { expires: Number(expires) }) };
    });
  });
  return () => listed;
}

function describe(user: SipUri, contacts: readonly ListedContact[]): string {
  const lines = contacts.map(({ uri, expires }) => `  ${uri}${expires === undefined ? '' : ` for ${expires} s`}`);
  return [`Registered ${user.aor}, reachable at`, ...lines].join('\n');
}
