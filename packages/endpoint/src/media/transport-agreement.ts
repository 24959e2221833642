import type { SrtpKeyParameters, TransportAgreement } from '@offhook/rtp-media';
import type { NegotiatedAudio, SdesKey } from '@offhook/sdp';

/** Says in the words of the media transport how packets go and how they are protected. */
export function transportAgreement({ ice, dtls, security }: NegotiatedAudio): TransportAgreement {
  return {
    ...(ice && { ice }),
    ...(dtls && { dtls }),
    ...(security && { srtp: { local: srtpKey(security.local), remote: security.remote.map(srtpKey) } }),
  };
}

const srtpKey = (key: SdesKey): SrtpKeyParameters => key;
