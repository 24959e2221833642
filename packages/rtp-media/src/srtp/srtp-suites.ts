/** Names of protection as SDP writes them: RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.2. */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** What a suite is made of; lengths in bytes. */
export interface SuiteShape {
  /** AES in counter mode with HMAC-SHA1, or AES-GCM. */
  readonly mode: 'counter' | 'gcm';
  readonly keyBytes: 16 | 32;
  readonly saltBytes: 14 | 12;
  readonly rtpTagBytes: number;
  /** SRTCP keeps the long tag where RTP has the short one (RFC 4568 §6.2.2, RFC 6188 §6). */
  readonly rtcpTagBytes: number;
}

const counter = (keyBytes: 16 | 32, rtpTagBytes: number): SuiteShape => ({
  mode: 'counter',
  keyBytes,
  saltBytes: 14,
  rtpTagBytes,
  rtcpTagBytes: 10,
});

const gcm = (keyBytes: 16 | 32): SuiteShape => ({
  mode: 'gcm',
  keyBytes,
  saltBytes: 12,
  rtpTagBytes: 16,
  rtcpTagBytes: 16,
});

/** The suites spoken here. */
export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteShape>> = {
  AEAD_AES_256_GCM: gcm(32),
  AEAD_AES_128_GCM: gcm(16),
  AES_256_CM_HMAC_SHA1_80: counter(32, 10),
  AES_CM_128_HMAC_SHA1_80: counter(16, 10),
  AES_256_CM_HMAC_SHA1_32: counter(32, 4),
  AES_CM_128_HMAC_SHA1_32: counter(16, 4),
};

/** Whether the name is that of a suite spoken here. */
export function isSrtpSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SRTP_SUITES, name);
}
