import { SipTransportError } from '../platform/errors';
import type { Destination } from '../transport/transport';
import { sendError } from './socket-errors';

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);

/**
 * Puts a failed handshake into words: which check failed, and what can be done about it.
 *
 * @param remote where to, or from where
 */
export function tlsError(error: NodeJS.ErrnoException, protocol: string, remote: Destination): SipTransportError {
  if (error instanceof SipTransportError) return error;
  const code = error.code ?? '';
  const where = `${remote.domain ?? remote.host} (${protocol} ${remote.host}:${remote.port})`;
  const failed = (suffix: string, why: string) =>
    new SipTransportError(`${where}: ${why}`, { code: `ERR_SIP_TLS_${suffix}`, cause: error });
  if (code === 'CERT_HAS_EXPIRED') return failed('EXPIRED', 'its certificate has expired; have it renewed.');
  if (code === 'CERT_NOT_YET_VALID') {
    return failed('NOT_YET_VALID', 'its certificate is not valid yet; is the clock of this machine right?');
  }
  if (code === 'CERT_REVOKED') return failed('REVOKED', 'its certificate has been revoked; have it replaced.');
  if (UNTRUSTED.has(code)) {
    const self = code === 'DEPTH_ZERO_SELF_SIGNED_CERT';
    const what = self
      ? 'its certificate is signed by itself'
      : 'its certificate comes from an authority not trusted here';
    return failed('UNTRUSTED', `${what} (${code}); give that authority as ca.`);
  }
  // OpenSSL has names such as ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION, ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE.
  if (/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE|PEER_DID_NOT_RETURN/.test(code)) {
    return failed('CLIENT_CERTIFICATE', `it does not take our certificate, or wants one and got none (${code}).`);
  }
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION_NUMBER|HTTP_REQUEST/.test(code)) {
    return failed('VERSION', `no version of TLS in common, or no TLS at all (${code}).`);
  }
  if (/^ERR_SSL|^ERR_TLS|^EPROTO|ECONNRESET/.test(code)) {
    return failed('HANDSHAKE', `the TLS handshake failed: ${error.message}.`);
  }
  return sendError(error, protocol, remote);
}
