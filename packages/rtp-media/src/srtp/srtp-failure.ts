/**
 * Why a packet was not let through:
 *
 * - `malformed`: it is no SRTP or SRTCP packet;
 * - `authentication`: its tag is wrong;
 * - `replay`: it came before, or is too old to tell;
 * - `unknown-key`: it names a master key (MKI) that was not agreed;
 * - `expired`: the master key has protected as many packets as it may (RFC 3711 §9.2), or the index of the stream is used up;
 * - `too-many-sources`: more than 256 SSRCs under one key.
 */
export type SrtpFailure = 'malformed' | 'authentication' | 'replay' | 'unknown-key' | 'expired' | 'too-many-sources';

/** Most SSRCs that are kept under one key. */
export const MAX_SOURCES = 256;
