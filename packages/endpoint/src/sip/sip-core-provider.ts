import {
  CallReplacement,
  type Flow,
  IncomingReferral,
  IncomingSession,
  type InviteSession,
  isIPv4,
  isIPv6,
  type Limits,
  MessageServer,
  NameAddr,
  ReferServer,
  Registration,
  type Resolver,
  SipError,
  type SipResponse,
  SipStack,
  SipTransportError,
  SipUri,
  type TimerValues,
  type TransactionCounters,
  type Transport,
} from '@offhook/sip-core';
import { dnsResolver, localAddressToward } from '@offhook/sip-core/node';
import { EndpointError } from '../errors/endpoint-error';
import type { SipAddressing, SipPublication, SipPublish, SipSubscribe, SipSubscription } from './sip-events';
import type {
  SipAddress,
  SipCredentials,
  SipInvite,
  SipProvider,
  SipProviderContext,
  SipProviderFactory,
  SipRegister,
  SipRegistration,
  SipTransport,
} from './sip-provider';
import type { SipReferOptions, SipReferral, SipSession } from './sip-session';
import { sockets } from './sockets';

/** Settings of {@link sipCoreProvider}. */
export interface SipCoreProviderOptions {
  /** Makes what SIP travels over; sockets of Node.js when absent. */
  transports?: (transports: readonly SipTransport[]) => Transport[];
  /** Finds servers (RFC 3263); the system's resolver when absent. */
  resolver?: Resolver;
  /** Timers of RFC 3261 §17, where they differ from its table 4. */
  timers?: Partial<TimerValues>;
  /** How much is taken on: sizes of messages, numbers, rates; `defaultLimits` of `@offhook/sip-core` where it says nothing. */
  limits?: Partial<Limits>;
  /** Given each stack before it starts: a place to instrument it, or to plug in what it shall know besides. */
  onStack?: (stack: SipStack) => void;
}

/** SIP by the stack of `@offhook/sip-core`, over sockets of Node.js: the default. */
export function sipCoreProvider(options: SipCoreProviderOptions = {}): SipProviderFactory {
  return (context) => new SipCoreProvider(context, options);
}

class SipCoreProvider implements SipProvider {
  readonly #context: SipProviderContext;
  readonly #stack: SipStack;
  readonly #resolver: Resolver;

  constructor(context: SipProviderContext, options: SipCoreProviderOptions) {
    const { clock, random, logger, userAgent, publicAddress, allow, handlers } = context;
    const { sessionTimer, reliableProvisional, infoPackages, requestTimeoutMs } = context;
    const timers = { ...(requestTimeoutMs !== undefined && { patience: requestTimeoutMs }), ...options.timers };
    this.#context = context;
    this.#resolver = options.resolver ?? dnsResolver;
    this.#stack = new SipStack({
      transports: (options.transports ?? sockets)(context.transports),
      resolver: this.#resolver,
      userAgent,
      allow,
      supported: ['answermode'],
      ...(clock && { clock }),
      ...(random && { random }),
      ...(logger && { logger }),
      timers,
      ...(options.limits && { limits: options.limits }),
      ...(publicAddress !== undefined && { publicAddress }),
      ...(sessionTimer !== undefined && { sessionTimer }),
      ...(reliableProvisional !== undefined && { reliableProvisional }),
      ...(infoPackages && { infoPackages }),
    });
    const messages = new MessageServer();
    this.#stack.use(new CallReplacement()).use(new ReferServer()).use(messages);
    options.onStack?.(this.#stack);
    this.#stack.on('invite', (session) => handlers.invite(session));
    if (handlers.refer) this.#stack.on('refer', (referral) => handlers.refer?.(referral));
    if (handlers.message) messages.on('message', (message) => handlers.message?.(message));
    this.#stack.on('trace', ({ time, direction, flow, data }) => {
      const { trace } = handlers;
      if (!trace) return;
      const { protocol, local, remote } = flow;
      // What the stack shows is its own memory.
      const copy = data.slice();
      trace({
        time,
        direction: direction === 'in' ? 'received' : 'sent',
        protocol,
        local,
        remote,
        data: copy,
      });
    });
  }

  async start(): Promise<void> {
    try {
      await this.#stack.start();
    } catch (error) {
      throw startError(error);
    }
  }

  close(patience = 0): Promise<void> {
    return this.#stack.close(patience);
  }

  get addresses(): readonly SipAddress[] {
    const listening = this.#stack.transports.filter(({ local }) => !isNowhere(local.host));
    return listening.map(({ protocol, local }) => ({
      protocol: protocol.toLowerCase() as SipAddress['protocol'],
      host: local.host,
      port: local.port,
    }));
  }

  get counters(): Readonly<TransactionCounters> {
    return this.#stack.counters;
  }

  get load(): { sessions: number; transactions: number; registrations: number } {
    return this.#stack.load;
  }

  invite(invite: SipInvite): SipSession {
    const { uri, from, server, headers, credentials, offerAnswer, delayedOffer, registration, referral } = invite;
    const options = {
      offerAnswer,
      ...way(server, registration),
      ...(headers && { headers }),
      ...(credentials && { credentials }),
      ...(delayedOffer !== undefined && { delayedOffer }),
    };
    if (referral instanceof IncomingReferral) return referral.follow({ ...options, ...(from && { from }) });
    return this.#stack.invite({ ...options, uri, from: from ?? this.#somebodyHere(server ?? uri) });
  }

  refer(session: SipSession, target: SipUri | SipSession, options?: SipReferOptions): SipReferral {
    // Sessions of this provider are sessions of its stack.
    return (session as InviteSession).refer(target as SipUri | InviteSession, options);
  }

  subscribe(subscribe: SipSubscribe): SipSubscription {
    const { event, accept, expires } = subscribe;
    return this.#stack.subscribe({
      ...this.#addressing(subscribe),
      event,
      ...(accept && { accept }),
      ...(expires !== undefined && { expires }),
    });
  }

  publish(publish: SipPublish): SipPublication {
    const { event, body, expires } = publish;
    return this.#stack.publish({
      ...this.#addressing(publish),
      event,
      body,
      ...(expires !== undefined && { expires }),
    });
  }

  networkChanged(): Promise<void> {
    return this.#stack.networkChanged({ refreshDialogs: true });
  }

  register({ aor, displayName, server, expires, credentials, ...reach }: SipRegister): SipRegistration {
    return this.#stack.register({
      ...reach,
      aor,
      expires,
      ...(server && { server }),
      ...(displayName !== undefined && { displayName }),
      ...(credentials && { credentials }),
    });
  }

  request(request: Parameters<SipProvider['request']>[0]): Promise<SipResponse> {
    const { method, body, signal } = request;
    return this.#stack.request({
      ...this.#addressing(request),
      method,
      ...(body && { body }),
      ...(signal && { signal }),
    });
  }

  #addressing({ uri, from, server, headers, credentials, registration }: SipAddressing) {
    return {
      uri,
      from: from ?? this.#somebodyHere(server ?? uri),
      ...way(server, registration),
      ...(headers && { headers }),
      ...(credentials && { credentials }),
    };
  }

  authenticate(session: SipSession, credentials: SipCredentials): void {
    if (session instanceof IncomingSession) session.credentials = credentials;
  }

  registrationFor(session: SipSession): SipRegistration | undefined {
    return session instanceof IncomingSession ? this.#stack.registrationFor(session) : undefined;
  }

  async localAddress(toward: SipSession | SipRegistration | SipUri): Promise<string> {
    if (!(toward instanceof SipUri)) {
      const { flow } = toward as { flow?: Pick<Flow, 'local' | 'remote'> };
      if (!flow) return this.#hostToward(OUTSIDE) ?? LOOPBACK;
      const { local, remote } = flow;
      return isNowhere(local.host) ? (localAddressToward(remote.host) ?? LOOPBACK) : local.host;
    }
    const { transports } = this.#stack;
    const targets = await this.#resolver(
      toward,
      transports.map(({ protocol }) => protocol),
    );
    // A server of both IP versions is reached by either; media goes by the one we were told to use.
    const ipv4 = this.#context.transports.some(({ host }) => isIPv4(host));
    const wanted = ipv4 ? targets.toSorted((a, b) => Number(isIPv6(a.host)) - Number(isIPv6(b.host))) : targets;
    for (const { protocol, host } of wanted) {
      const own = this.#hostToward(host, protocol);
      if (own !== undefined) return own;
    }
    const message = `None of the endpoint's transports reaches ${toward.toString()}; open one of its protocol and IP version.`;
    throw new SipTransportError(message, { code: 'ERR_SIP_NO_TRANSPORT' });
  }

  /** The address a host is reached from: the one its transport is bound to, else what the system says. */
  #hostToward(remote: string, protocol?: string): string | undefined {
    const transport = this.#stack.transports.find(
      ({ protocol: own, local }) =>
        (protocol === undefined || own === protocol) &&
        (isNowhere(local.host) || isIPv6(local.host) === isIPv6(remote)),
    );
    const host = transport?.local.host;
    if (host === undefined) return undefined;
    const open = host === '0.0.0.0' || host === '::';
    return open || isNowhere(host) ? (localAddressToward(remote) ?? (open ? host : LOOPBACK)) : host;
  }

  /** A From for calls that go by no line. */
  #somebodyHere({ host }: SipUri): NameAddr {
    const near = isIPv4(host) || isIPv6(host) ? host : OUTSIDE;
    const own = this.#context.publicAddress ?? this.#hostToward(near) ?? LOOPBACK;
    return new NameAddr(new SipUri({ scheme: 'sip', user: 'offhook', host: own }));
  }
}

/** An address that stands for everything outside (RFC 5737): it is never sent to. */
const OUTSIDE = '192.0.2.1';
const LOOPBACK = '127.0.0.1';

/** Who only makes connections has no address of its own (RFC 7118 §5). */
const isNowhere = (host: string): boolean => host.endsWith('.invalid');

/** How a request gets to the server: as the line has registered, which knows its server too, or by the server that is set. */
function way(server: SipUri | undefined, registration: SipRegistration | undefined) {
  if (registration instanceof Registration) return { registration };
  return server ? { server } : {};
}

const START_ERRORS: Readonly<Record<string, string>> = {
  ERR_SIP_PORT_IN_USE: 'ERR_PORT_IN_USE',
  ERR_SIP_ADDRESS_NOT_AVAILABLE: 'ERR_ADDRESS_UNAVAILABLE',
};

function startError(error: unknown): unknown {
  if (!(error instanceof SipTransportError) && !(error instanceof SipError)) return error;
  return new EndpointError(START_ERRORS[error.code] ?? 'ERR_TRANSPORT', error.message, { cause: error });
}
