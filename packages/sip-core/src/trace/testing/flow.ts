import { type Address, type Flow, nextFlowId, type TransportProtocol } from '../../transport/transport';

/** A flow that leads nowhere, to be named in trace events. */
export function flowBetween(protocol: TransportProtocol, local: Address, remote: Address): Flow {
  return {
    id: nextFlowId(),
    protocol,
    reliable: protocol !== 'UDP',
    local,
    remote,
    closed: false,
    send: () => {},
    ping: () => {},
    close: () => {},
  };
}
