import type { DtmfMethod } from '@offhook/rtp-media';
import type { EndpointOptions } from '../../endpoint/endpoint-options';
import type { Configuration } from '../configuration';

const DTMF: Readonly<Record<'Rfc2833' | 'Info' | 'InbandRtp', readonly DtmfMethod[]>> = {
  Rfc2833: ['rfc4733', 'info', 'inband'],
  Info: ['info', 'rfc4733', 'inband'],
  InbandRtp: ['inband'],
};

/** @internal Options that an active endpoint takes over, but for the codecs. */
export function changeable(
  configuration: Configuration,
): Pick<EndpointOptions, 'answerPriority' | 'dtmfMethods' | 'ptime' | 'referToProxy'> {
  const ptime = configuration.get('policy.session.ptime');
  return {
    answerPriority: configuration.get('policy.endpoint.answer_sdp_priority')!,
    dtmfMethods: DTMF[configuration.get('policy.session.dtmf_method')!],
    referToProxy: configuration.get('policy.endpoint.refer_to_proxy')!,
    ...(ptime !== undefined && { ptime }),
  };
}
