import { SipError } from '../platform/errors';

/** Why a challenge is not answered. */
export type ChallengeRefusal =
  /** There is no challenge that could be understood: another scheme, an unknown algorithm or qop. */
  | 'unsupported'
  /** Its algorithm is weaker than `minimumAlgorithm`. */
  | 'weak'
  /** The realm asked for a stronger algorithm before (RFC 8760 §2.4), and `allowDowngrade` is not set. */
  | 'downgrade'
  /** There are no credentials for this realm. */
  | 'no-credentials'
  /** The credentials were given, and refused. */
  | 'refused';

/** Authentication went wrong in a way that a response does not tell. */
export class SipAuthenticationError extends SipError {
  /**
   * @param code `ERR_SIP_CREDENTIALS` when a {@link CredentialProvider} failed, `ERR_SIP_SERVER_PROOF` when a server did not prove
   *   that it knows the password
   */
  constructor(message: string, code: 'ERR_SIP_CREDENTIALS' | 'ERR_SIP_SERVER_PROOF', cause?: unknown) {
    super(message, { code, cause });
  }
}
