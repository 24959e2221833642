import type { CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import type { IceServerOptions } from '@offhook/rtp-media';
import type { TlsSettings } from '@offhook/sip-core/node';
import { version } from '../../../package.json';
import type { EndpointOptions } from '../../endpoint/endpoint-options';
import type { TransportOptions } from '../../endpoint/transport-options';
import type { MediaSecurityOptions } from '../../media/media-security';
import type { Configuration } from '../configuration';
import { ConfigurationError, problem } from '../configuration-error';
import { chooseAddress } from './address-choice';
import { changeable } from './changeable';
import { chooseCodecs } from './codec-choice';
import { type ConfigurationEnvironment, machine } from './environment';
import { type FurtherSettings, furtherSettings } from './further-settings';
import { type ConfiguredLine, linesOf } from './lines';
import { admissionBy, autoAnswerBy } from './live-policies';
import { chooseInactivity, chooseQuality } from './quality-choice';
import { chooseRinging } from './ringing-choice';

/** What a configuration makes of an endpoint. */
export interface ConfiguredOptions {
  /** For `new Endpoint()`. SIP is at the first port of {@link sipPorts}. */
  readonly options: EndpointOptions;
  /** Local ports of SIP to try, one after the other. */
  readonly sipPorts: readonly [min: number, max: number];
  /** The lines, in their order. */
  readonly lines: readonly ConfiguredLine[];
  /** What the endpoint does not do by itself. */
  readonly further: FurtherSettings;
}

const DEFAULT_SIP_PORTS = [5060, 5080] as const;
const DEFAULT_RTP_PORT = 9000;
const RTP_PORTS = 1000;
const MAX_PORT = 65_535;

/**
 * Makes options of a configuration, as it is now; what incoming calls are let in and answered goes on to follow it. See
 * `configuredEndpoint()` for an endpoint that follows more.
 *
 * ```ts
 * const { options, lines } = await endpointOptions(configuration);
 * const endpoint = await new Endpoint(options).start();
 * for (const { connection } of lines) endpoint.addConnection(connection);
 * ```
 *
 * @param environment what to know of the machine, in place of what is found out
 * @param registry the codecs there are; all of `@offhook/codecs` when absent
 * @throws ConfigurationError when this machine has no such address or file, or there is none of the codecs
 */
export async function endpointOptions(
  configuration: Configuration,
  environment: ConfigurationEnvironment = {},
  registry: CodecRegistry = fullRegistry(),
): Promise<ConfiguredOptions> {
  const around = { ...machine, ...environment };
  const { codecs, leftOut } = chooseCodecs(configuration, registry);
  const { publicAddress, bind } = await chooseAddress(configuration, around);
  const tls = await tlsOf(configuration, around);
  const ringing = await chooseRinging(configuration, around);
  const further = furtherSettings(configuration, leftOut);
  const sipPorts = sipPortsOf(configuration);
  const dscp = configuration.get('policy.endpoint.audio_qos');
  const ice = iceOf(configuration);
  const requestTimeoutMs = configuration.get('policy.endpoint.sip_transaction_timeout');
  const options: EndpointOptions = {
    transports: transportsOf(configuration, bind, sipPorts[0]),
    ...(tls && { tls }),
    ...(publicAddress !== undefined && { publicAddress }),
    rtpPortRange: rtpPortsOf(configuration),
    ...(dscp && { dscp }),
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
    dtx: configuration.get('policy.session.dtx_mode')!,
    mediaSecurity: securityOf(configuration),
    ...(ice && { ice: { servers: ice } }),
    registry,
    ...(codecs && { codecs }),
    ...changeable(configuration),
    userAgent: userAgentOf(configuration, around),
    autoAnswer: autoAnswerBy(configuration, around.deviceAvailable),
    admission: admissionBy(configuration, around.deviceAvailable),
    ...chooseInactivity(configuration),
    quality: chooseQuality(configuration),
    ...(ringing && { ringing }),
  };
  return { options, sipPorts, lines: linesOf(configuration), further };
}

function sipPortsOf(configuration: Configuration): readonly [number, number] {
  const min = configuration.get('policy.endpoint.sip_port_min') || DEFAULT_SIP_PORTS[0];
  const max = configuration.get('policy.endpoint.sip_port_max') || DEFAULT_SIP_PORTS[1];
  return [min, Math.max(min, max)];
}

function rtpPortsOf(configuration: Configuration): readonly [number, number] {
  const min = configuration.get('policy.endpoint.rtp_port_min') || DEFAULT_RTP_PORT;
  const max = configuration.get('policy.endpoint.rtp_port_max') || Math.min(min + RTP_PORTS - 1, MAX_PORT);
  if (max >= min) return [min, max];
  // The low end is the default then: a configuration with both ends has been checked.
  throw new ConfigurationError([problem('policy.endpoint.rtp_port_max', max, `${min} or more, or rtp_port_min, too`)]);
}

function transportsOf(configuration: Configuration, host: string, port: number): TransportOptions[] {
  const listen = configuration.get('system.security.tls_enabled')!;
  return [
    { protocol: 'udp', host, port },
    { protocol: 'tcp', host, port },
    { protocol: 'tls', host, listen, ...(listen && { port: Math.min(port + 1, MAX_PORT) }) },
  ];
}

async function tlsOf(
  configuration: Configuration,
  { readFile }: Required<ConfigurationEnvironment>,
): Promise<TlsSettings | undefined> {
  const path = 'system.security.cert_file';
  const file = configuration.get(path);
  const verify = configuration.get('system.security.tls-target-name-check') !== 'no';
  if (file === undefined) return verify ? undefined : { verify };
  try {
    const pem = new TextDecoder().decode(await readFile(file));
    return { certificate: { cert: pem, key: pem }, verify };
  } catch (cause) {
    const allowed = 'the path of a PEM file with a certificate and its key; there is none that can be read';
    throw new ConfigurationError([problem(path, file, allowed)], cause);
  }
}

function securityOf(configuration: Configuration): MediaSecurityOptions {
  const [name, suffix] = configuration.get('system.security.use_srtp')!.split(',');
  const policy =
    name === 'mandatory'
      ? name
      : name === 'optional' || name === 'allowed'
        ? 'optional'
        : name === 'elective' || name === 'both'
          ? 'elective'
          : 'disabled';
  return { policy, keying: ['sdes'], ...(suffix === 'UEC' && { unencryptedSrtcp: true }) };
}

/** The servers of all lines that look for a way through; undefined: none does. */
function iceOf(configuration: Configuration): IceServerOptions[] | undefined {
  const servers: IceServerOptions[] = [];
  let isOn = false;
  for (let line = 0; line < configuration.lineCount; line++) {
    const nat = `proxies.proxy${line}.nat` as const;
    if (!configuration.get(`${nat}.ice_enabled`)) continue;
    isOn = true;
    const stun = configuration.get(`${nat}.stun_server`);
    if (stun !== undefined) servers.push({ urls: `stun:${stun}:${configuration.get(`${nat}.stun_server_port`)}` });
    const turn = configuration.get(`${nat}.turn_server`);
    if (turn === undefined) continue;
    const transport = configuration.get(`${nat}.turn_relay_type`) === 1 ? 'tcp' : 'udp';
    const username = configuration.get(`${nat}.turn_user_name`);
    const credential = configuration.get(`${nat}.turn_password`);
    servers.push({
      urls: `turn:${turn}:${configuration.get(`${nat}.turn_server_port`)}?transport=${transport}`,
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    });
  }
  return isOn ? servers : undefined;
}

function userAgentOf(configuration: Configuration, { operatingSystem }: Required<ConfigurationEnvironment>): string {
  const given = configuration.get('policy.endpoint.user_agent');
  if (given) return given;
  const product = configuration.get('policy.endpoint.include_sdk_version_in_user_agent_header')
    ? `Offhook/${version}`
    : 'Offhook';
  const withSystem = configuration.get('policy.endpoint.include_os_version_in_user_agent_header');
  return withSystem ? `${product} (${operatingSystem()})` : product;
}
