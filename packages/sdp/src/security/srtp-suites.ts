/** Names of protection in `a=crypto`: RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.2. */
export type SrtpSuite =
  | 'AEAD_AES_256_GCM'
  | 'AEAD_AES_128_GCM'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AES_CM_128_HMAC_SHA1_32';

/** Bytes of master key and master salt of each suite. */
export const KEY_BYTES: Readonly<Record<SrtpSuite, { readonly key: number; readonly salt: number }>> = {
  AEAD_AES_256_GCM: { key: 32, salt: 12 },
  AEAD_AES_128_GCM: { key: 16, salt: 12 },
  AES_256_CM_HMAC_SHA1_80: { key: 32, salt: 14 },
  AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14 },
  AES_256_CM_HMAC_SHA1_32: { key: 32, salt: 14 },
  AES_CM_128_HMAC_SHA1_32: { key: 16, salt: 14 },
};

/** All suites, the strongest first. */
export const ALL_SUITES = Object.keys(KEY_BYTES) as SrtpSuite[];

/** Whether the name is that of a suite known here. */
export const isSuite = (name: string): name is SrtpSuite => Object.hasOwn(KEY_BYTES, name);
