import { SipTransportError, type Transport } from '@offhook/sip-core';
import { TcpTransport, TlsTransport, UdpTransport, WssTransport, WsTransport } from '@offhook/sip-core/node';
import { EndpointError } from '../errors/endpoint-error';
import type { SipTransport } from './sip-provider';

/** @internal The sockets of Node.js that SIP travels over. @throws EndpointError `ERR_TLS_SETTINGS` when a certificate or key cannot be read */
export function sockets(transports: readonly SipTransport[]): Transport[] {
  return transports.map((transport) => {
    try {
      return socket(transport);
    } catch (cause) {
      if (!(cause instanceof SipTransportError)) throw cause;
      throw new EndpointError('ERR_TLS_SETTINGS', cause.message, { cause });
    }
  });
}

function socket({ protocol, host, port, listen, tls, path, origins }: SipTransport): Transport {
  const connections = { host, port, listen };
  const page = { ...(path !== undefined && { path }), ...(origins && { origins }) };
  switch (protocol) {
    case 'udp':
      return new UdpTransport({ host, port });
    case 'tcp':
      return new TcpTransport(connections);
    case 'tls':
      return new TlsTransport({ ...connections, ...tls });
    case 'ws':
      return new WsTransport({ ...connections, ...page });
    case 'wss':
      return new WssTransport({ ...connections, ...page, ...tls });
  }
}
