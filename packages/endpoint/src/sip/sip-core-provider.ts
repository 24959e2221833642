import { EndpointError } from '../errors/endpoint-error';
import type { SipProviderFactory } from './sip-provider';

/** SIP by `@offhook/sip-core` over UDP and TCP sockets: the default. */
export function sipCoreProvider(): SipProviderFactory {
  return () => {
    throw new EndpointError('ERR_TRANSPORT', 'The SIP stack is not part of this build; hand in a `sip` provider.');
  };
}
