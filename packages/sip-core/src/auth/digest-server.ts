import type { SipRequest } from '../message/request';
import { type Clock, systemClock } from '../platform/clock';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { parseAuth, quoted } from './challenge';
import { type DigestAlgorithm, type DigestQop, digestResponse, ha1, parseAlgorithm } from './digest';

/** Settings of a {@link DigestServer}. */
export interface DigestServerOptions {
  realm: string;
  /** Challenges in this order (RFC 8760 §2.4); SHA-256, then MD5, when absent. */
  algorithms?: readonly DigestAlgorithm[];
  /** The password of a user of the realm; undefined when there is no such user. */
  password(username: string): string | undefined | Promise<string | undefined>;
  /** Whether we act as a proxy: Proxy-Authenticate, 407. */
  proxy?: boolean;
  /** How long a nonce can be used, in ms; 300,000 when absent. */
  nonceLifetime?: number;
  clock?: Clock;
  random?: RandomBytes;
}

/** What became of a request's credentials. */
export type DigestVerdict =
  | { readonly ok: true; readonly username: string }
  /** No credentials, wrong ones, or (`stale`) good ones for a nonce of the past: challenge again. */
  | { readonly ok: false; readonly stale: boolean; readonly username?: string };

/** Nonces remembered at most; the oldest go first. */
const MAX_NONCES = 10_000;

interface Nonce {
  readonly expires: number;
  /** Highest nonce count seen: one that is not higher is a replay (RFC 7616 §3.4.6). */
  count: number;
}

/** Challenges requests and checks their credentials (RFC 7616, RFC 3261 §22). A nonce count is taken once. */
export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #nonces = new Map<string, Nonce>();

  constructor(options: DigestServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
  }

  /** Status of a challenge: 401, or 407 for a proxy. */
  get status(): 401 | 407 {
    return this.#options.proxy ? 407 : 401;
  }

  /** Header fields of a challenge, one for each algorithm. */
  challenge(stale = false): [name: string, value: string][] {
    const { realm, algorithms = ['SHA-256', 'MD5'], proxy, nonceLifetime = 300_000 } = this.#options;
    const nonce = randomToken(this.#random, 32);
    if (this.#nonces.size >= MAX_NONCES) this.#nonces.delete(this.#nonces.keys().next().value!);
    this.#nonces.set(nonce, { expires: this.#clock.now() + nonceLifetime, count: 0 });
    return algorithms.map((algorithm) => [
      proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate',
      `Digest realm=${quoted(realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth,auth-int"${stale ? ', stale=true' : ''}`,
    ]);
  }

  /** Checks the credentials of a request. */
  async verify(request: SipRequest): Promise<DigestVerdict> {
    const name = this.#options.proxy ? 'proxy-authorization' : 'authorization';
    for (const [header, value] of request.headers) {
      if (header.toLowerCase() !== name) continue;
      const [credentials] = parseAuth(value);
      if (credentials?.scheme.toLowerCase() !== 'digest') continue;
      if (credentials.params.get('realm') !== this.#options.realm) continue;
      return this.#check(request, credentials.params);
    }
    return { ok: false, stale: false };
  }

  async #check(request: SipRequest, params: ReadonlyMap<string, string>): Promise<DigestVerdict> {
    const { realm, algorithms = ['SHA-256', 'MD5'] } = this.#options;
    const username = params.get('username') ?? '';
    const wrong = { ok: false, stale: false, username } as const;
    const parsed = parseAlgorithm(params.get('algorithm'));
    const nonceText = params.get('nonce');
    const uri = params.get('uri');
    const nc = params.get('nc');
    const qop = params.get('qop')?.toLowerCase() as DigestQop | undefined;
    if (!parsed || !algorithms.includes(parsed.algorithm) || !nonceText || uri === undefined) return wrong;
    // We always offer qop, so credentials without it are a downgrade.
    if ((qop !== 'auth' && qop !== 'auth-int') || !nc || !/^[0-9a-f]{8}$/i.test(nc)) return wrong;
    const password = await this.#options.password(username);
    if (password === undefined) return wrong;
    const expected = digestResponse({
      ...parsed,
      ha1: ha1(parsed.algorithm, username, realm, password),
      method: request.method,
      uri,
      nonce: nonceText,
      qop,
      cnonce: params.get('cnonce'),
      nc,
      body: request.body,
    });
    if (!sameText(expected, params.get('response')?.toLowerCase() ?? '')) return wrong;
    const nonce = this.#nonces.get(nonceText);
    if (!nonce || nonce.expires < this.#clock.now()) {
      this.#nonces.delete(nonceText);
      return { ok: false, stale: true, username };
    }
    const count = Number.parseInt(nc, 16);
    if (count <= nonce.count) return { ok: false, stale: true, username };
    nonce.count = count;
    return { ok: true, username };
  }
}

/** Compares in a time that does not tell where two texts differ. */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
