import { Endpoint, type EndpointOptions, sipCoreProvider } from '@offhook/endpoint';
import { isIPv6, type SipStack, type SipUri } from '@offhook/sip-core';
import type { CommandContext } from './command-context';
import { LadderPrinter } from './ladder/ladder-printer';
import type { CodecOptions } from './options/codecs';
import type { CommonOptions } from './options/common';
import { type MediaOptions, mediaOf } from './options/media';
import { type NetworkOptions, transportsOf } from './options/network';
import { readSecurity } from './options/security';
import { version } from './package-files';
import { openTracing, warn } from './tracing';

/** What a phone is made from on the command line. */
export interface PhoneOptions extends NetworkOptions, CommonOptions, MediaOptions, CodecOptions {
  /** Who is to be reached first: without `host`, a numeric IPv6 one is reached from every IPv6 address. */
  readonly toward?: SipUri;
}

/** How long, in ms, leaving waits for those who do not answer a BYE or an unregistration. */
const patience = 1_000;

/** A phone that is open for as long as `use` runs; then its calls are hung up and its registrations removed. */
export async function withPhone<T>(
  context: CommandContext,
  options: PhoneOptions,
  use: (phone: Endpoint, stack: SipStack) => Promise<T>,
  more: EndpointOptions = {},
): Promise<T> {
  const tls = await readSecurity(options);
  if (options.insecure) warn(context, 'With --insecure no certificate is checked: anybody on the way can listen in.');
  const tracing = await openTracing(context, options);
  let stack: SipStack | undefined;
  const sip = sipCoreProvider({
    onStack: (made) => {
      stack = made;
      tracing.watch(made);
    },
  });
  try {
    const phone = new Endpoint({ ...endpointOptions(options, tls), ...more, sip });
    if (options.ladder) printLadder(context, phone);
    try {
      await phone.start();
      return await use(phone, stack!);
    } finally {
      await phone.close({ timeout: patience });
    }
  } finally {
    await tracing.close();
  }
}

function endpointOptions({ codec, codecPlugin, toward, ...options }: PhoneOptions, tls: TlsOption): EndpointOptions {
  const host = options.host ?? (toward && isIPv6(toward.host) ? '::' : undefined);
  return {
    userAgent: `Offhook/${version}`,
    transports: transportsOf({ ...options, ...(host !== undefined && { host }) }, tls?.certificate !== undefined),
    ...(tls && { tls }),
    ...(codec && { codecs: codec }),
    ...(codecPlugin && { codecPlugins: codecPlugin }),
    ...mediaOf(options),
  };
}

type TlsOption = EndpointOptions['tls'];

function printLadder(context: CommandContext, phone: Endpoint): void {
  const printer = new LadderPrinter(context, ['Phone'], {
    own: 'Phone',
    nameOf: ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  });
  phone.on('trace', (trace) => printer.print(trace));
}
