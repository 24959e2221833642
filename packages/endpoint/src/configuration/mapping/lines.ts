import { SipUri } from '@offhook/sip-core';
import type { ConnectionOptions } from '../../connection/connection-options';
import type { Configuration } from '../configuration';

/** A line that a configuration asks for. */
export interface ConfiguredLine {
  /** For `endpoint.addConnection()`. */
  readonly connection: ConnectionOptions;
  /** The mailbox that is watched (RFC 3842): `configuredEndpoint()` does; undefined: none. */
  readonly mailbox: MailboxSettings | undefined;
}

/** A mailbox whose messages are to be told of. */
export interface MailboxSettings {
  /** Its address, as a SIP URI. */
  readonly uri: string;
  /** The server to subscribe at, as a SIP URI. */
  readonly server: string;
  /** Seconds a subscription lasts. */
  readonly expires: number;
  /** Password for digest authentication; that of the line when undefined. */
  readonly password: string | undefined;
}

const LONG = 1800;

/** @internal The lines of a configuration, in their order. */
export function linesOf(configuration: Configuration): ConfiguredLine[] {
  return Array.from({ length: configuration.lineCount }, (_, index) => lineOf(configuration, index));
}

function lineOf(configuration: Configuration, index: number): ConfiguredLine {
  const proxy = `proxies.proxy${index}` as const;
  const user = configuration.get(`user:${index}`)!;
  const server = configuration.get(`server:${index}`)!;
  const protocol = configuration.get(`protocol:${index}`)!;
  const registrar = configuration.get(`${proxy}.register_address`);
  const port = configuration.get(`${proxy}.register_port`);
  const main = serverUri(registrar === undefined ? server : `${registrar}${port ? `:${port}` : ''}`, protocol);
  const backup = configuration.get(`${proxy}.backup_server`);
  const password = configuration.get(`${proxy}.password`);
  const displayName = configuration.get(`${proxy}.display_name`);
  const timeout = configuration.get(`${proxy}.reg_timeout`)!;
  const interval = configuration.get(`${proxy}.reg_interval`);
  return {
    connection: {
      user: userUri(user, server),
      ...(backup === undefined ? { server: main } : { servers: [main, serverUri(backup, protocol)] }),
      expires: timeout < 0 ? LONG : timeout,
      ...(interval !== undefined && { retryInterval: interval * 1000 }),
      ...(password !== undefined && { password }),
      ...(displayName !== undefined && { displayName }),
      ...(configuration.get(`${proxy}.reg_match_received_rport`) && { natContact: 'auto' as const }),
    },
    mailbox: mailboxOf(configuration, index, { user, server }),
  };
}

/** There is one as soon as anything of it is said; what is not said is that of the line. */
function mailboxOf(
  configuration: Configuration,
  index: number,
  line: { user: string; server: string },
): MailboxSettings | undefined {
  const section = `proxies.proxy${index}.mailbox` as const;
  if (!['user', 'server', 'transport', 'timeout', 'password'].some((name) => configuration.has(`${section}.${name}`))) {
    return undefined;
  }
  const server = configuration.get(`${section}.server`) ?? line.server;
  const transport = configuration.has(`${section}.transport`)
    ? configuration.get(`${section}.transport`)!
    : configuration.get(`protocol:${index}`)!;
  return {
    uri: userUri(configuration.get(`${section}.user`) || line.user, server),
    server: serverUri(server, transport),
    expires: configuration.get(`${section}.timeout`)!,
    password: configuration.get(`${section}.password`),
  };
}

const serverUri = (server: string, protocol: 'udp' | 'tcp' | 'tls'): string => `sip:${server};transport=${protocol}`;

function userUri(user: string, server: string): string {
  const uri = SipUri.parse(`sip:${server.replace(/:\d+$/, '')}`);
  uri.user = user;
  return uri.toString();
}
