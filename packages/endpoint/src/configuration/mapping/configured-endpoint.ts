import type { CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import type { Logger } from '@offhook/sip-core';
import { devicesByPreference } from '../../devices/device-policy';
import type { VoiceDevices } from '../../devices/voice-devices';
import type { ChangeableOptions } from '../../endpoint/change-options';
import { Endpoint } from '../../endpoint/endpoint';
import type { EndpointOptions } from '../../endpoint/endpoint-options';
import type { TransportOptions } from '../../endpoint/transport-options';
import { EndpointError } from '../../errors/endpoint-error';
import { consoleLogger } from '../../tracing/console-logger';
import { LogFiles } from '../../tracing/log-files';
import type { Configuration } from '../configuration';
import { changeable } from './changeable';
import { chooseCodecs } from './codec-choice';
import { ConfiguredLines, type ConnectedLine, type MessagesListener } from './configured-lines';
import { devicePreferences } from './device-preferences';
import { endpointOptions } from './endpoint-options';
import type { ConfigurationEnvironment } from './environment';
import { type FurtherSettings, furtherSettings, type LoggingSettings } from './further-settings';
import { linesOf } from './lines';
import { logFilesOptions } from './log-choice';

/** Settings of {@link configuredEndpoint}. */
export interface ConfiguredEndpointOptions {
  /** Options of the endpoint that count in place of what the configuration says. */
  options?: EndpointOptions;
  /** What to know of the machine, in place of what is found out. */
  environment?: ConfigurationEnvironment;
  /** Whether it is logged as `system.diagnostics` says: SIP messages and calls, too, where the level allows. False when absent: an SDK writes no files unasked. */
  logging?: boolean;
  /** Told of messages that wait in the mailbox of a line, at first and whenever that changes. */
  onMessages?: MessagesListener;
  /** The codecs there are; all of `@offhook/codecs` when absent. */
  registry?: CodecRegistry;
  /**
   * What people talk, listen and ring with: chosen from now on as `policy.device` says, also when it is changed; whether somebody could talk counts for
   * `auto_answer` and `reject_session_when_headset_na`. They stay the application's to close.
   */
  devices?: VoiceDevices;
}

/** An endpoint with its lines. */
export interface ConfiguredEndpoint extends AsyncDisposable {
  /** Active. It follows the configuration until `close()`: lines at once, and what counts for the next call. */
  readonly endpoint: Endpoint;
  /** The lines now, in their order; none is registered at first. One that is changed is replaced, and registers anew if it was registered. */
  readonly lines: readonly ConnectedLine[];
  /** What the endpoint does not do by itself, as the configuration is now. */
  readonly further: FurtherSettings;
  /** The log files, with `logging` and where the configuration wants files: they tell when the disk fails. */
  readonly logFiles: LogFiles | undefined;
  /** Closes the endpoint, and follows the configuration no more. */
  close(): Promise<void>;
}

/**
 * Starts an endpoint as a configuration says, at the first of its SIP ports that is free, and adds the lines.
 *
 * @throws ConfigurationError as {@link endpointOptions} does; EndpointError `ERR_PORT_IN_USE` when no port is free, and what starting throws
 */
export async function configuredEndpoint(
  configuration: Configuration,
  {
    options: own = {},
    environment: machine = {},
    logging = false,
    onMessages,
    devices,
    registry = own.registry ?? fullRegistry(),
  }: ConfiguredEndpointOptions = {},
): Promise<ConfiguredEndpoint> {
  const environment = { ...(devices && { deviceAvailable: () => devices.available }), ...machine };
  const { options, sipPorts, lines, further } = await endpointOptions(configuration, environment, registry);
  const ringing = { ...(devices && { ringer: devices.ringer }), ...options.ringing, ...own.ringing };
  if (devices) await chooseDevices(configuration, devices);
  const { logger, logFiles } = logging ? loggerOf(further.logging) : {};
  const endpoint = await startAt(sipPorts, {
    ...options,
    ...(logger && { logger }),
    ...(devices && { device: devices.device }),
    ...own,
    ...(Object.keys(ringing).length > 0 && { ringing }),
  });
  const connected = new ConfiguredLines(endpoint, lines, onMessages);
  const unfollow = [
    ...(logFiles ? [logFiles.follow(endpoint)] : []),
    follow(configuration, endpoint, own, registry),
    configuration.on('changed', () => connected.follow(linesOf(configuration))),
    ...(devices ? [followDevices(configuration, devices)] : []),
  ];
  const close = async (): Promise<void> => {
    for (const each of unfollow) each();
    await endpoint.close();
    await logFiles?.close();
  };
  return {
    endpoint,
    logFiles,
    get lines() {
      return connected.list;
    },
    get further() {
      return furtherSettings(configuration, further.codecsLeftOut);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function loggerOf(settings: LoggingSettings): { logger?: Logger; logFiles?: LogFiles } {
  if (!settings.enabled) return {};
  const options = logFilesOptions(settings);
  if (!options) return { logger: consoleLogger(settings.level) };
  const logFiles = new LogFiles(options);
  return { logger: logFiles, logFiles };
}

/** Tells the endpoint of changes that it takes over; what the application has said itself stays. */
function follow(
  configuration: Configuration,
  endpoint: Endpoint,
  own: EndpointOptions,
  registry: CodecRegistry,
): () => void {
  return configuration.on('changed', (changes) => {
    if (changes.every(({ effect }) => effect !== 'next call')) return;
    const { codecs } = chooseCodecs(configuration, registry);
    const now: ChangeableOptions = { ptime: undefined, ...changeable(configuration), codecs };
    const told = Object.entries(now).filter(([name]) => !(name in own));
    endpoint.reconfigure(Object.fromEntries(told));
  });
}

async function chooseDevices(configuration: Configuration, devices: VoiceDevices): Promise<void> {
  devices.policy = devicesByPreference(devicePreferences(furtherSettings(configuration, []).devices));
  await devices.reconsider();
}

const followDevices = (configuration: Configuration, devices: VoiceDevices): (() => void) =>
  configuration.on('changed', (changes) => {
    if (changes.some(({ path }) => path.startsWith('policy.device.'))) void chooseDevices(configuration, devices);
  });

async function startAt([min, max]: readonly [number, number], options: EndpointOptions): Promise<Endpoint> {
  for (let port = min; ; port++) {
    const endpoint = new Endpoint({
      ...options,
      ...(options.transports && { transports: moved(options.transports, port - min) }),
    });
    try {
      return await endpoint.start();
    } catch (error) {
      await endpoint.close();
      if (port >= max || !(error instanceof EndpointError && error.code === 'ERR_PORT_IN_USE')) throw error;
    }
  }
}

const moved = (transports: readonly TransportOptions[], by: number): TransportOptions[] =>
  transports.map((transport) => (transport.port ? { ...transport, port: transport.port + by } : transport));
