import { type CodecCapability, OfferAnswer, SdpError } from '@offhook/sdp';
import type { HeaderList, SipRequest } from '@offhook/sip-core';
import { ACCEPT } from '../in-dialog/capabilities';
import { bareValue } from '../in-dialog/header-value';
import type { MediaSecurityOptions } from '../media/media-security';

/** How to refuse an INVITE. */
export interface Refusal {
  status: number;
  headers: HeaderList;
}

/** The answer tried here goes nowhere. */
const ANY_FINGERPRINT = { algorithm: 'sha-256', value: '00' };

/**
 * Whether an INVITE could be answered at all: asked before anybody is alerted, so that no phone rings for a call that
 * cannot be taken.
 *
 * @returns how to refuse it: 415 for a body that is no session description (RFC 3261 §8.2.3), 400 for a broken one, 488
 *   with a Warning when there is no codec in common (§21.4.26)
 */
export function refusalOfOffer(
  invite: SipRequest,
  codecs: readonly CodecCapability[],
  security: MediaSecurityOptions,
): Refusal | undefined {
  if (invite.body.length === 0) return undefined;
  const type = bareValue(invite.contentType);
  if (type !== ACCEPT) return { status: 415, headers: [['Accept', ACCEPT]] };
  try {
    new OfferAnswer({
      origin: { sessionId: '0' },
      address: '0.0.0.0',
      port: 9,
      codecs,
      dtls: { fingerprints: [ANY_FINGERPRINT] },
      security: {
        ...security,
        keying: security.keying ?? ['sdes', 'dtls'],
        random: (length) => new Uint8Array(length),
      },
    }).receiveOffer(invite.text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SdpError)) throw error;
    return { status: error.status, headers: [['Warning', warning(error)]] };
  }
}

/** RFC 3261 §20.43: 399 where none of the others says why. */
function warning(error: SdpError): string {
  const text = error.message.replace(/[^ -~]/g, ' ').replace(/["\\]/g, "'");
  return `${error.warning ?? 399} offhook "${text}"`;
}
