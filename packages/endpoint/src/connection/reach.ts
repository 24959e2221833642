import { EndpointError } from '../errors/endpoint-error';
import type { SipReach } from '../sip/sip-provider';
import type { ConnectionOptions } from './connection-options';

const MAX_FLOWS = 16;

/**
 * How calls of a line come back, from its options; only what is set.
 *
 * @throws EndpointError `ERR_OPTION`
 */
export function reachOf({
  outbound,
  flows,
  instanceId,
  gruu,
  keepAlive,
  natContact,
  retryInterval,
}: ConnectionOptions): SipReach {
  if (flows !== undefined && !(Number.isInteger(flows) && flows >= 1 && flows <= MAX_FLOWS)) {
    throw wrong('flows', `give a whole number from 1 to ${MAX_FLOWS}, not ${flows}`);
  }
  // RFC 5626 §4.1: it stands in quotes and angle brackets, and is a URN.
  if (instanceId !== undefined && !/^urn:[a-z0-9-]+:[^\s"<>\\]+$/i.test(instanceId)) {
    throw wrong('instanceId', `give a URN, such as urn:uuid:${SAMPLE}, not "${instanceId}"`);
  }
  if (typeof keepAlive === 'object' && !(keepAlive.interval >= 1_000)) {
    throw wrong('keepAlive', `give an interval of at least 1000 ms, not ${keepAlive.interval}`);
  }
  if (retryInterval !== undefined && !(Number.isFinite(retryInterval) && retryInterval >= 0)) {
    throw wrong('retryInterval', `give ms, or 0 for never, not ${retryInterval}`);
  }
  return {
    ...(outbound !== undefined && { outbound }),
    ...(flows !== undefined && { flows }),
    ...(instanceId !== undefined && { instanceId }),
    ...(gruu !== undefined && { gruu }),
    ...(keepAlive !== undefined && { keepAlive }),
    ...(natContact !== undefined && { natContact }),
    ...(retryInterval !== undefined && { retry: { first: retryInterval, longest: retryInterval } }),
  };
}

const SAMPLE = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';

const wrong = (option: string, what: string): EndpointError =>
  new EndpointError('ERR_OPTION', `The option \`${option}\` of a connection cannot be used: ${what}.`);
