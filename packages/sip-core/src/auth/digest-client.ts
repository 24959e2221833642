import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { type AuthParams, parseAuth, quoted } from './challenge';
import { type DigestAlgorithm, type DigestQop, digestAlgorithms, digestResponse, ha1, parseAlgorithm } from './digest';

/** Who we are toward a server. */
export interface Credentials {
  username: string;
  password: string;
  /** The only realm these are for; any when absent. */
  realm?: string;
}

/** Realms on one path at most: a server that invents new ones does not make requests grow. */
const MAX_REALMS = 8;

/** A challenge that can be answered. */
interface Challenge {
  readonly proxy: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  readonly algorithmText: string | undefined;
  readonly session: boolean;
  readonly qop: DigestQop | undefined;
  count: number;
}

/**
 * Answers digest challenges (RFC 7616, RFC 8760, RFC 3261 §22). Remembers each realm's last challenge, so that later
 * requests carry credentials from the start with a rising nonce count. Of several challenges of a realm the strongest
 * algorithm is answered, and once a realm has asked for one, a weaker one is not answered any more.
 */
export class DigestClient {
  readonly #credentials: Credentials;
  readonly #random: RandomBytes;
  readonly #challenges = new Map<string, Challenge>();
  readonly #strongest = new Map<string, DigestAlgorithm>();

  constructor(credentials: Credentials, random: RandomBytes = systemRandom) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /** Adds credentials for every realm that has challenged before. */
  authorize(request: SipRequest): void {
    request.headers.delete('Authorization');
    request.headers.delete('Proxy-Authorization');
    for (const challenge of this.#challenges.values()) {
      request.headers.append(
        challenge.proxy ? 'Proxy-Authorization' : 'Authorization',
        this.#answer(challenge, request),
      );
    }
  }

  /**
   * Takes the challenges of a 401 or 407.
   *
   * @returns whether the request is worth repeating: a challenge can be answered, and it is not the refusal of an answer we
   *   just gave (unless only its nonce was stale)
   */
  accept(response: SipResponse, request: SipRequest): boolean {
    let fresh = false;
    for (const proxy of [false, true]) {
      const name = proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate';
      const values = [...response.headers].filter(([each]) => each.toLowerCase() === name.toLowerCase());
      const byRealm = new Map<string, AuthParams[]>();
      for (const challenge of values.flatMap(([, value]) => parseAuth(value))) {
        const realm = challenge.params.get('realm');
        if (challenge.scheme.toLowerCase() !== 'digest' || realm === undefined) continue;
        if (this.#credentials.realm !== undefined && this.#credentials.realm !== realm) continue;
        byRealm.set(realm, [...(byRealm.get(realm) ?? []), challenge]);
      }
      for (const [realm, challenges] of byRealm) {
        const challenge = this.#choose(realm, proxy, challenges);
        if (!challenge) continue;
        const key = `${proxy} ${realm}`;
        const stale = challenges.some(({ params }) => params.get('stale')?.toLowerCase() === 'true');
        const answered = request.headers.getAll(proxy ? 'Proxy-Authorization' : 'Authorization').length > 0;
        if (!stale && answered && this.#answeredWith(request, proxy, realm)) continue;
        if (this.#challenges.size >= MAX_REALMS) this.#challenges.delete(this.#challenges.keys().next().value!);
        this.#challenges.set(key, challenge);
        this.#strongest.set(key, challenge.algorithm);
        fresh = true;
      }
    }
    return fresh;
  }

  #answeredWith(request: SipRequest, proxy: boolean, realm: string): boolean {
    const name = proxy ? 'proxy-authorization' : 'authorization';
    return [...request.headers].some(
      ([each, value]) => each.toLowerCase() === name && parseAuth(value)[0]?.params.get('realm') === realm,
    );
  }

  #choose(realm: string, proxy: boolean, challenges: readonly AuthParams[]): Challenge | undefined {
    const usable = challenges.flatMap(({ params }): Challenge[] => {
      const algorithm = parseAlgorithm(params.get('algorithm'));
      const nonce = params.get('nonce');
      if (!algorithm || nonce === undefined) return [];
      const offered = params
        .get('qop')
        ?.split(',')
        .map((each) => each.trim().toLowerCase());
      const qop = offered?.includes('auth') ? 'auth' : offered?.includes('auth-int') ? 'auth-int' : undefined;
      if (offered && !qop) return [];
      const { algorithm: name, session } = algorithm;
      const algorithmText = params.get('algorithm');
      return [
        { proxy, realm, nonce, opaque: params.get('opaque'), algorithm: name, algorithmText, session, qop, count: 0 },
      ];
    });
    usable.sort((a, b) => digestAlgorithms.indexOf(a.algorithm) - digestAlgorithms.indexOf(b.algorithm));
    const best = usable[0];
    const known = this.#strongest.get(`${proxy} ${realm}`);
    if (best && known && digestAlgorithms.indexOf(best.algorithm) > digestAlgorithms.indexOf(known)) return undefined;
    return best;
  }

  #answer(challenge: Challenge, request: SipRequest): string {
    const { realm, nonce, opaque, algorithm, algorithmText, session, qop } = challenge;
    const { username, password } = this.#credentials;
    const uri = request.uriText;
    const cnonce = qop || session ? randomToken(this.#random, 16) : undefined;
    const nc = qop && (++challenge.count).toString(16).padStart(8, '0');
    const response = digestResponse({
      algorithm,
      session,
      ha1: ha1(algorithm, username, realm, password),
      method: request.method,
      uri,
      nonce,
      qop,
      cnonce,
      nc,
      body: request.body,
    });
    const parts = [
      `username=${quoted(username)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(uri)}`,
      `response="${response}"`,
    ];
    if (algorithmText !== undefined) parts.push(`algorithm=${algorithmText}`);
    if (cnonce !== undefined) parts.push(`cnonce="${cnonce}"`);
    if (opaque !== undefined) parts.push(`opaque=${quoted(opaque)}`);
    if (qop) parts.push(`qop=${qop}`, `nc=${nc}`);
    return `Digest ${parts.join(', ')}`;
  }
}
