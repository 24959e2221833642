import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SipTransportError } from '../platform/errors';
import { numericResolver, protocolOf, type Resolver } from '../stack/resolver';
import { defaultPort } from '../transport/transport';

/** A resolver that looks names up as the system does (hosts file, A and AAAA records). */
export const dnsResolver: Resolver = (uri, available) => {
  const host = uri.params.get('maddr') ?? uri.host;
  if (isIP(host)) return numericResolver(uri, available);
  const protocol = protocolOf(uri, available);
  const port = uri.port ?? defaultPort(protocol);
  return lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => ({ protocol, host: address, port })),
    (error: NodeJS.ErrnoException) => {
      throw new SipTransportError(
        `The host "${host}" cannot be found (${error.code ?? error.message}); check its spelling.`,
        {
          code: 'ERR_SIP_RESOLVE',
          cause: error,
        },
      );
    },
  );
};
