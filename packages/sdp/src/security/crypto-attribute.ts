import { SdesKey } from './sdes-key';
import { isSuite, KEY_BYTES, type SrtpSuite } from './srtp-suites';

/** An `a=crypto` line in its parts (RFC 4568 §9.1), as `sdp-transform` has it. */
export interface CryptoLine {
  id: number;
  suite: string;
  /** The key parameters. */
  config: string;
  /** The session parameters. */
  sessionConfig?: string;
}

/** An `a=crypto` line that is understood. */
export interface CryptoAttribute {
  tag: number;
  suite: SrtpSuite;
  /** At least one; several have MKIs. */
  keys: readonly SdesKey[];
  unencryptedSrtp: boolean;
  unencryptedSrtcp: boolean;
}

/** Most master keys that are taken from one line. */
const MAX_KEYS = 16;

/**
 * The `a=crypto` lines of each media section. `sdp-transform` keeps only the first session parameter of a line, and the
 * others may say that packets are not authenticated.
 */
export function readCryptoLines(lines: readonly string[]): CryptoLine[][] {
  const sections: CryptoLine[][] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    const [, id, suite, config, sessionConfig] =
      /^a=crypto:(\d{1,9})[ \t]+(\S+)[ \t]+(\S+)(?:[ \t]+(.*?))?[ \t]*$/.exec(line) ?? [];
    if (id === undefined) continue;
    sections.at(-1)?.push({
      id: Number(id),
      suite: suite!,
      config: config!,
      ...(sessionConfig && { sessionConfig }),
    });
  }
  return sections;
}

/**
 * Understands a line, or not: an unknown suite, a malformed key, a key derivation rate, error correction before
 * encryption, unauthenticated packets, and session parameters nobody knows are none of ours (RFC 4568 §6.3, §7.1.2).
 */
export function readCrypto({ id, suite, config, sessionConfig }: CryptoLine): CryptoAttribute | undefined {
  const name = suite.toUpperCase();
  if (!isSuite(name)) return undefined;
  const flags = readSessionParameters(sessionConfig ?? '');
  if (!flags) return undefined;
  const keys = config.split(';', MAX_KEYS + 1).map((text) => readKey(name, text, flags));
  const isWhole = keys.every((key) => key !== undefined) && keys.length <= MAX_KEYS;
  // Several keys are told apart by MKIs of one length (RFC 4568 §6.1).
  const isNamed = keys.length === 1 || new Set(keys.map((key) => key?.mki?.length ?? 0)).size === 1;
  if (!isWhole || !isNamed || (keys.length > 1 && !keys[0]!.mki)) return undefined;
  return { tag: id, suite: name, keys, ...flags };
}

/** Writes a line with one key. */
export function writeCrypto(tag: number, key: SdesKey): CryptoLine {
  const parameters = [
    ...(key.unencryptedSrtp ? ['UNENCRYPTED_SRTP'] : []),
    ...(key.unencryptedSrtcp ? ['UNENCRYPTED_SRTCP'] : []),
  ];
  return {
    id: tag,
    suite: key.suite,
    config: `inline:${key.toInline()}`,
    ...(parameters.length > 0 && { sessionConfig: parameters.join(' ') }),
  };
}

function readSessionParameters(text: string) {
  const flags = { unencryptedSrtp: false, unencryptedSrtcp: false };
  for (const parameter of text.split(/[ \t]+/)) {
    const [name = '', value] = parameter.split('=', 2);
    if (name === 'UNENCRYPTED_SRTP') flags.unencryptedSrtp = true;
    else if (name === 'UNENCRYPTED_SRTCP') flags.unencryptedSrtcp = true;
    else if (name === 'KDR' && value === '0') continue;
    // A window for replays is advice; what begins with a hyphen may be passed over (RFC 4568 §6.3.7).
    else if (name !== '' && name !== 'WSH' && !name.startsWith('-')) return undefined;
  }
  return flags;
}

function readKey(
  suite: SrtpSuite,
  text: string,
  flags: { unencryptedSrtp: boolean; unencryptedSrtcp: boolean },
): SdesKey | undefined {
  const [, inline = '', ...rest] = /^inline:([A-Za-z0-9+/]+={0,2})(?:\|([^|]*))?(?:\|([^|]*))?$/i.exec(text) ?? [];
  const keyAndSalt = fromBase64(inline);
  const { key, salt } = KEY_BYTES[suite];
  if (keyAndSalt?.length !== key + salt) return undefined;
  // Lifetime and MKI may each be left out; the colon tells them apart.
  const parts = rest.filter((part) => part !== undefined);
  const mkiText = parts.find((part) => part.includes(':'));
  const lifetimeText = parts.find((part) => !part.includes(':'));
  const mki = mkiText === undefined ? undefined : readMki(mkiText);
  const lifetime = lifetimeText === undefined ? undefined : readLifetime(lifetimeText);
  const isRead = (mki !== undefined || mkiText === undefined) && (lifetime !== undefined || lifetimeText === undefined);
  const isOrdered = parts.length < 2 || (parts[0] === lifetimeText && parts[1] === mkiText);
  return isRead && isOrdered ? new SdesKey({ suite, keyAndSalt, mki, lifetime, ...flags }) : undefined;
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** `2^20` or `1048576`: from 1 to 2^48 packets. */
function readLifetime(text: string): number | undefined {
  const [, exponent, number] = /^(?:2\^(\d{1,2})|(\d{1,15}))$/.exec(text) ?? [];
  const packets = exponent === undefined ? Number(number ?? 0) : 2 ** Number(exponent);
  return packets >= 1 && packets <= 2 ** 48 ? packets : undefined;
}

/** `1:4`: a number, and how many bytes it takes in a packet. */
function readMki(text: string): Uint8Array | undefined {
  const [, number, length] = /^(\d{1,309}):(\d{1,3})$/.exec(text) ?? [];
  const bytes = Number(length ?? 0);
  if (number === undefined || bytes < 1 || bytes > 128) return undefined;
  let value = BigInt(number);
  const mki = new Uint8Array(bytes);
  for (let at = bytes - 1; at >= 0; at--, value >>= 8n) mki[at] = Number(value & 0xffn);
  return value === 0n ? mki : undefined;
}
