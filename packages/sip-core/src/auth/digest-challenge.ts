import type { SipResponse } from '../message/response';
import { parseAuth } from './challenge';
import { type DigestAlgorithm, type DigestQop, parseAlgorithm } from './digest';

/** A digest challenge that can be answered (RFC 7616 §3.3, RFC 3261 §22.4). */
export interface DigestChallenge {
  readonly proxy: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** The algorithm as the server spelled it; absent when it did not say. */
  readonly algorithmText: string | undefined;
  readonly session: boolean;
  readonly qop: DigestQop | undefined;
  readonly stale: boolean;
  /** Whether the user name may be sent as a hash. */
  readonly userhash: boolean;
  /** Whether the server reads text as UTF-8 (RFC 7616 §4). */
  readonly utf8: boolean;
}

/** All challenges of one realm in a response. */
export interface RealmChallenges {
  readonly proxy: boolean;
  readonly realm: string;
  /** Those that can be answered, in the order of the server. */
  readonly usable: readonly DigestChallenge[];
}

/** What a nonce or realm may be long; who sends more wants our requests to grow. */
const LONGEST = 4_096;

/**
 * Reads all digest challenges of a 401 or 407: several in one header field or in several, of proxies and servers (RFC 3261
 * §22.3).
 *
 * @param preference qualities of protection in the order of our preference
 */
export function readChallenges(response: SipResponse, preference: readonly DigestQop[]): RealmChallenges[] {
  const realms = new Map<string, { proxy: boolean; realm: string; usable: DigestChallenge[] }>();
  for (const [name, value] of response.headers) {
    const key = name.toLowerCase();
    if (key !== 'www-authenticate' && key !== 'proxy-authenticate') continue;
    const proxy = key === 'proxy-authenticate';
    for (const { scheme, params } of parseAuth(value)) {
      const realm = params.get('realm');
      if (scheme.toLowerCase() !== 'digest' || realm === undefined || realm.length > LONGEST) continue;
      const known = realms.get(`${proxy} ${realm}`) ?? { proxy, realm, usable: [] };
      realms.set(`${proxy} ${realm}`, known);
      const challenge = readChallenge(proxy, realm, params, preference);
      if (challenge) known.usable.push(challenge);
    }
  }
  return [...realms.values()];
}

function readChallenge(
  proxy: boolean,
  realm: string,
  params: ReadonlyMap<string, string>,
  preference: readonly DigestQop[],
): DigestChallenge | undefined {
  const algorithmText = params.get('algorithm');
  const algorithm = parseAlgorithm(algorithmText);
  const nonce = params.get('nonce');
  const opaque = params.get('opaque');
  if (!algorithm || nonce === undefined || nonce.length > LONGEST || (opaque?.length ?? 0) > LONGEST) return undefined;
  const offered = params
    .get('qop')
    ?.split(',')
    .map((each) => each.trim().toLowerCase());
  const qop = preference.find((each) => offered?.includes(each));
  if (offered && !qop) return undefined;
  const isTrue = (name: string) => params.get(name)?.toLowerCase() === 'true';
  const utf8 = params.get('charset')?.toLowerCase() === 'utf-8';
  return {
    ...{ proxy, realm, nonce, opaque, ...algorithm, algorithmText, qop },
    ...{ stale: isTrue('stale'), userhash: isTrue('userhash'), utf8 },
  };
}
