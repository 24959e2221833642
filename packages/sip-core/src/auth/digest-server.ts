import type { SipRequest } from '../message/request';
import { type Clock, systemClock } from '../platform/clock';
import { type RandomBytes, systemRandom } from '../platform/random';
import { parseAuth, quoted } from './challenge';
import { type DigestAlgorithm, type DigestQop, digestResponse, ha1, parseAlgorithm } from './digest';
import { NonceBook, sameText } from './nonce-book';

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

/**
 * Challenges requests and checks their credentials (RFC 7616, RFC 3261 §22). Each count of a nonce is taken once, so that
 * what somebody overheard is of no use. `auth` is asked for; credentials with `auth-int` are as good.
 */
export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #nonces: NonceBook;

  constructor(options: DigestServerOptions) {
    this.#options = options;
    const { clock = systemClock, random = systemRandom, nonceLifetime = 300_000 } = options;
    this.#nonces = new NonceBook(clock, random, nonceLifetime);
  }

  /** Status of a challenge: 401, or 407 for a proxy. */
  get status(): 401 | 407 {
    return this.#options.proxy ? 407 : 401;
  }

  /**
   * Header fields of a challenge, one for each algorithm.
   *
   * @param stale the credentials were good but for their nonce: the client may repeat without asking its user
   */
  challenge(stale = false): [name: string, value: string][] {
    const { realm, algorithms = ['SHA-256', 'MD5'], proxy } = this.#options;
    const nonce = this.#nonces.issue();
    return algorithms.map((algorithm) => [
      proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate',
      `Digest realm=${quoted(realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`,
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
    if (!this.#nonces.take(nonceText, Number.parseInt(nc, 16))) return { ok: false, stale: true, username };
    return { ok: true, username };
  }
}
