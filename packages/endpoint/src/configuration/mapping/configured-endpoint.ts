import type { CodecRegistry } from '@offhook/codecs';
import type { Connection } from '../../connection/connection';
import { Endpoint } from '../../endpoint/endpoint';
import type { EndpointOptions } from '../../endpoint/endpoint-options';
import type { TransportOptions } from '../../endpoint/transport-options';
import { EndpointError } from '../../errors/endpoint-error';
import type { Configuration } from '../configuration';
import { endpointOptions } from './endpoint-options';
import type { ConfigurationEnvironment } from './environment';
import type { FurtherSettings } from './further-settings';
import type { ConfiguredLine } from './lines';

/** Settings of {@link configuredEndpoint}. */
export interface ConfiguredEndpointOptions {
  /** Options of the endpoint that count in place of what the configuration says. */
  options?: EndpointOptions;
  /** What to know of the machine, in place of what is found out. */
  environment?: ConfigurationEnvironment;
  /** The codecs there are; all of `@offhook/codecs` when absent. */
  registry?: CodecRegistry;
}

/** An endpoint with its lines. */
export interface ConfiguredEndpoint {
  /** Active. */
  readonly endpoint: Endpoint;
  /** The lines, in their order; none is registered yet. */
  readonly lines: readonly (ConfiguredLine & { readonly line: Connection })[];
  /** What the endpoint does not do by itself. */
  readonly further: FurtherSettings;
}

/**
 * Starts an endpoint as a configuration says, at the first of its SIP ports that is free, and adds the lines.
 *
 * @throws ConfigurationError as {@link endpointOptions} does; EndpointError `ERR_PORT_IN_USE` when no port is free, and what starting throws
 */
export async function configuredEndpoint(
  configuration: Configuration,
  { options: own, environment, registry }: ConfiguredEndpointOptions = {},
): Promise<ConfiguredEndpoint> {
  const { options, sipPorts, lines, further } = await endpointOptions(configuration, environment, registry);
  const endpoint = await startAt(sipPorts, { ...options, ...own });
  return {
    endpoint,
    lines: lines.map((line) => ({ ...line, line: endpoint.addConnection(line.connection) })),
    further,
  };
}

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
