import { SipTransportError } from '../platform/errors';
import type { Address } from '../transport/transport';

const wheres = ({ host, port }: Address) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Puts what the system says about listening into words. */
export function listenError(error: NodeJS.ErrnoException, protocol: string, address: Address): SipTransportError {
  const where = `${protocol} ${wheres(address)}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new SipTransportError(`${where} is in use by another program; choose another port, or 0 for a free one.`, {
        code: 'ERR_SIP_PORT_IN_USE',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new SipTransportError(`This machine has no address ${address.host}; choose one it has, or 0.0.0.0.`, {
        code: 'ERR_SIP_ADDRESS_NOT_AVAILABLE',
        cause: error,
      });
    case 'EACCES':
      return new SipTransportError(`${where} needs more rights than this program has; choose a port above 1023.`, {
        code: 'ERR_SIP_PORT_FORBIDDEN',
        cause: error,
      });
    default:
      return new SipTransportError(`Cannot listen on ${where}: ${error.message}`, { cause: error });
  }
}

/** Puts what the system says about sending or connecting into words. */
export function sendError(error: NodeJS.ErrnoException, protocol: string, address: Address): SipTransportError {
  const why =
    error.code === 'ECONNREFUSED'
      ? 'nobody listens there'
      : error.code === 'ENETUNREACH'
        ? 'there is no way to it'
        : error.message;
  return new SipTransportError(`Cannot reach ${protocol} ${wheres(address)}: ${why}.`, {
    code: 'ERR_SIP_CONNECT',
    cause: error,
  });
}
