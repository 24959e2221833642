import { Endpoint, type EndpointOptions } from '@offhook/endpoint';
import { isIPv6, type SipUri } from '@offhook/sip-core';
import type { CommandContext } from './command-context';
import { LadderPrinter } from './ladder/ladder-printer';
import type { CommonOptions } from './options/common';
import type { NetworkOptions } from './options/network';
import { version } from './package-files';

/** What a phone is made from on the command line. */
export interface PhoneOptions extends NetworkOptions, CommonOptions {
  readonly codec?: readonly string[];
  /** Who is to be reached first: without `host`, a numeric IPv6 one is reached from every IPv6 address. */
  readonly toward?: SipUri;
}

/** How long, in ms, leaving waits for those who do not answer a BYE or an unregistration. */
const patience = 1_000;

/** A phone that is open for as long as `use` runs; then its calls are hung up and its registrations removed. */
export async function withPhone<T>(
  context: CommandContext,
  options: PhoneOptions,
  use: (phone: Endpoint) => Promise<T>,
): Promise<T> {
  const phone = new Endpoint(endpointOptions(options));
  if (options.ladder) printLadder(context, phone);
  await phone.start();
  try {
    return await use(phone);
  } finally {
    await phone.close({ timeout: patience });
  }
}

function endpointOptions({ transport, port, codec, toward, ...options }: PhoneOptions): EndpointOptions {
  const host = options.host ?? (toward && isIPv6(toward.host) ? '::' : undefined);
  const protocols = transport ? [transport] : (['udp', 'tcp'] as const);
  return {
    userAgent: `Offhook/${version}`,
    transports: protocols.map((protocol) => ({
      protocol,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    })),
    ...(codec && { codecs: codec }),
  };
}

function printLadder(context: CommandContext, phone: Endpoint): void {
  const printer = new LadderPrinter(context, ['Phone'], {
    own: 'Phone',
    nameOf: ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  });
  phone.on('trace', (trace) => printer.print(trace));
}
