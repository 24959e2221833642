import { SdpError } from '../errors';
import { type CryptoLine, readCrypto, writeCrypto } from './crypto-attribute';
import { SdesKey } from './sdes-key';
import { ALL_SUITES, isSuite, KEY_BYTES, type SrtpSuite } from './srtp-suites';

/**
 * Whether audio is protected by SRTP with keys in the description (RFC 4568):
 *
 * - `disabled`: never; `RTP/SAVP` is refused, `a=crypto` is not looked at;
 * - `optional`: `RTP/AVP` is offered, and protection accepted where the peer offers it;
 * - `elective`: both are offered, `RTP/SAVP` before `RTP/AVP` as two media lines of which the peer takes one, and both are accepted;
 * - `mandatory`: only `RTP/SAVP` is offered and accepted.
 */
export type SecurityPolicy = 'disabled' | 'optional' | 'elective' | 'mandatory';

/** Where keys come from. */
export type Keying = 'sdes' | 'dtls';

/** How audio is protected, in {@link OfferAnswerOptions}. */
export interface SecurityOptions {
  /** Whether audio is protected, and what when the peer cannot. */
  policy: SecurityPolicy;
  /**
   * Where keys come from, the preferred first: the description (`sdes`, RFC 4568), or a handshake (`dtls`, RFC 5763), which
   * needs {@link TransportOptions.dtls}. `sdes` alone when absent.
   */
  keying?: readonly Keying[];
  /** Gives cryptographically strong random bytes, of which keys are made. */
  random: (length: number) => Uint8Array;
  /**
   * Suites offered, the preferred first, and accepted. When absent, `AEAD_AES_256_GCM` and `AES_CM_128_HMAC_SHA1_80` are
   * offered, and every suite is accepted.
   */
  suites?: readonly SrtpSuite[];
  /**
   * With `optional`: the `RTP/AVP` line that is offered has keys too, for peers that take that as an offer of protection
   * (against RFC 4568 §5.1.2, which has them not look); false when absent.
   */
  bestEffort?: boolean;
  /** We offer RTCP that is authenticated but not encrypted (RFC 4568 §6.3.2); false when absent. It is accepted always. */
  unencryptedSrtcp?: boolean;
  /** RTP that is authenticated but not encrypted is accepted (RFC 4568 §6.3.2); false when absent. */
  acceptUnencryptedSrtp?: boolean;
}

/** Keys both sides named; shaped for the SRTP of `@offhook/rtp-media`. */
export interface NegotiatedSecurity {
  /** What we send with. */
  readonly local: SdesKey;
  /** What the peer sends with; several are told apart by their MKIs. */
  readonly remote: readonly SdesKey[];
}

/** One of our `a=crypto` lines. */
export interface LocalCrypto {
  readonly tag: number;
  readonly key: SdesKey;
}

/** What of an audio section of ours has to do with protection. */
export interface SecureSection {
  readonly protocol: string;
  readonly crypto: readonly LocalCrypto[];
  /** The certificate's fingerprint is told. */
  readonly dtls: boolean;
}

const OFFERED: readonly SrtpSuite[] = ['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_80'];

/** Whether the profile is one of SRTP (RFC 3711 §12, RFC 5124). */
export const isSecureProfile = (protocol: string): boolean => /^(UDP\/TLS\/)?RTP\/SAVPF?$/i.test(protocol);

/** Whether the profile is one of DTLS-SRTP (RFC 5764 §8). */
export const isDtlsProfile = (protocol: string): boolean => /^UDP\/TLS\/RTP\/SAVPF?$/i.test(protocol);

/** Decides about protection, and keeps our keys through the session. */
export class MediaSecurity {
  readonly policy: SecurityPolicy;
  readonly #options: SecurityOptions | undefined;
  /** In order of preference. */
  readonly keying: readonly Keying[];
  readonly #accepted: readonly SrtpSuite[];
  /** One key a suite; it stays through re-offers until it is renewed (RFC 4568 §7.1.4). */
  readonly #keys = new Map<SrtpSuite, SdesKey>();

  /** @throws SdpError `ERR_SDP_VALUE` when there is a suite that nobody knows, or none */
  constructor(options: SecurityOptions | undefined) {
    this.policy = options?.policy ?? 'disabled';
    this.keying = this.policy === 'disabled' ? [] : (options?.keying ?? ['sdes']);
    this.#options = options;
    this.#accepted = options?.suites ?? ALL_SUITES;
    const unknown = this.#accepted.find((suite) => !isSuite(suite));
    if (unknown !== undefined || this.#accepted.length === 0) {
      const what =
        unknown === undefined ? 'there is no SRTP suite; name at least one' : `"${unknown}" is no SRTP suite`;
      throw new SdpError('ERR_SDP_VALUE', 500, `This cannot be described: ${what}.`);
    }
  }

  /** Has the keys of another from now on. */
  adopt(other: MediaSecurity): void {
    for (const [suite, key] of other.#keys) this.#keys.set(suite, key);
  }

  /** The next offer or answer has new keys. */
  renew(): void {
    this.#keys.clear();
  }

  /** Whether a profile of RTP may be spoken at all. */
  speaks(protocol: string): boolean {
    if (isDtlsProfile(protocol)) return this.keying.includes('dtls');
    if (isSecureProfile(protocol)) return this.policy !== 'disabled';
    return this.policy !== 'mandatory' && /^RTP\/AVPF?$/i.test(protocol);
  }

  /**
   * What to offer, the preferred first.
   *
   * @param protocol the profile that was agreed last, or `RTP/AVP`
   * @param current what was agreed last
   * @param isSettled one line was agreed to and the peer has seen no other of ours
   */
  offered(
    protocol: string,
    current: { security?: NegotiatedSecurity; dtls?: object } | undefined,
    isSettled: boolean,
  ): SecureSection[] {
    const feedback = /F$/i.test(protocol) ? 'F' : '';
    const clear: SecureSection = { protocol: `RTP/AVP${feedback}`, crypto: [], dtls: false };
    const crypto = () => this.#offeredKeys(current?.security);
    const secure = this.keying.map((keying): SecureSection => {
      if (keying === 'dtls') return { protocol: `UDP/TLS/RTP/SAVP${feedback}`, crypto: [], dtls: true };
      return { protocol: `RTP/SAVP${feedback}`, crypto: crypto(), dtls: false };
    });
    const isSecured = current?.security !== undefined || current?.dtls !== undefined;
    if (isSecured && (this.policy === 'optional' || isSettled)) {
      return [{ protocol, crypto: current?.security ? crypto() : [], dtls: current?.dtls !== undefined }];
    }
    if (this.policy === 'mandatory') return secure;
    if (this.policy === 'elective' && !(current && isSettled)) return [...secure, clear];
    if (this.policy !== 'optional' || !this.#options?.bestEffort) return [clear];
    const has = (keying: Keying) => this.keying.includes(keying);
    return [{ ...clear, crypto: has('sdes') ? crypto() : [], dtls: has('dtls') }];
  }

  /**
   * The first of the offered keys that can be agreed to, and ours for the answer (RFC 4568 §7.1.2).
   *
   * @param current what was agreed last; our key stays while the peer's does
   * @returns undefined when none can be
   */
  answer(
    lines: readonly CryptoLine[],
    current: NegotiatedSecurity | undefined,
  ): { crypto: LocalCrypto; security: NegotiatedSecurity } | undefined {
    if (!this.keying.includes('sdes')) return undefined;
    for (const line of lines) {
      const offered = readCrypto(line);
      if (!offered || !this.#accepted.includes(offered.suite)) continue;
      if (offered.unencryptedSrtp && !this.#options?.acceptUnencryptedSrtp) continue;
      const { tag, suite, keys, unencryptedSrtp, unencryptedSrtcp } = offered;
      // Another key may be that of another peer behind the same dialog, who must not get the one the first has seen.
      if (current && !(current.local.suite === suite && areSame(current.remote, keys))) this.#keys.delete(suite);
      const local = this.#key(suite).with({ unencryptedSrtp, unencryptedSrtcp });
      return { crypto: { tag, key: local }, security: { local, remote: keys } };
    }
    return undefined;
  }

  /**
   * The keys of an answer to ours (RFC 4568 §7.1.3).
   *
   * @returns a text that says which rule the answer breaks, or undefined when it has no keys
   */
  accept(offered: readonly LocalCrypto[], lines: readonly CryptoLine[]): NegotiatedSecurity | string | undefined {
    if (offered.length === 0 || lines.length === 0) return undefined;
    if (lines.length > 1) return 'it has more than one a=crypto line';
    const answer = readCrypto(lines[0]!);
    if (!answer) return 'its a=crypto line cannot be used';
    const ours = offered.find(({ tag }) => tag === answer.tag);
    if (ours?.key.suite !== answer.suite) return 'its a=crypto line is none of those offered';
    const { unencryptedSrtp, unencryptedSrtcp } = answer;
    if (unencryptedSrtp) return 'it has unencrypted RTP, which was not offered';
    return { local: ours.key.with({ unencryptedSrtcp }), remote: answer.keys };
  }

  #offeredKeys(current: NegotiatedSecurity | undefined): LocalCrypto[] {
    const suites = [...(this.#options?.suites ?? OFFERED)];
    // What is in use is offered again, also when it was the peer's choice (RFC 4568 §7.1.4).
    if (current && !suites.includes(current.local.suite)) suites.unshift(current.local.suite);
    const unencryptedSrtcp = this.#options?.unencryptedSrtcp ?? false;
    return suites.map((suite, index) => {
      const inUse = current?.local.suite === suite ? current.local.unencryptedSrtcp : unencryptedSrtcp;
      return { tag: index + 1, key: this.#key(suite).with({ unencryptedSrtcp: inUse }) };
    });
  }

  #key(suite: SrtpSuite): SdesKey {
    let key = this.#keys.get(suite);
    if (!key) {
      const { key: keyBytes, salt } = KEY_BYTES[suite];
      key = new SdesKey({ suite, keyAndSalt: this.#options!.random(keyBytes + salt).slice() });
      this.#keys.set(suite, key);
    }
    return key;
  }
}

function areSame(before: readonly SdesKey[], now: readonly SdesKey[]): boolean {
  return before.length === now.length && before.every((key, index) => key.isSameKeyAs(now[index]!));
}

/** As the line of a description. */
export const cryptoLine = ({ tag, key }: LocalCrypto): CryptoLine => writeCrypto(tag, key);
