import { quote } from '../message/quoting';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { parseUri, SipUri } from '../message/uri';
import { type Clock, systemClock } from '../platform/clock';
import { SipSyntaxError } from '../platform/errors';
import { type RandomBytes, systemRandom } from '../platform/random';
import { parseAuth } from './challenge';
import {
  type DigestAlgorithm,
  type DigestAlgorithmName,
  type DigestInput,
  type DigestQop,
  digestResponse,
  ha1,
  parseAlgorithm,
} from './digest';
import { parseExtended } from './extended-value';
import { FailureBook, type LockoutOptions } from './failure-book';
import { NonceBook, sameText } from './nonce-book';

/** A value, a promise of one, or nothing. */
type Found = string | undefined | Promise<string | undefined>;

/** Settings of a {@link DigestServer}. Passwords or their hashes are looked up by `password` or `ha1`; one of them is needed. */
export interface DigestServerOptions {
  /** Realm, or a function that names the realm of a request: a server of several domains has several (RFC 3261 §22.1). */
  realm: string | ((request: SipRequest) => string);
  /** Challenges in this order (RFC 8760 §2.4); SHA-256, then MD5, when absent. */
  algorithms?: readonly DigestAlgorithmName[];
  /** Qualities of protection offered; `auth` when absent. Credentials with `auth-int` are taken in any case. */
  qop?: readonly DigestQop[];
  /** The password of a user of the realm; undefined when there is no such user. */
  password?(username: string, realm: string): Found;
  /** The hash that stands for the password (`ha1`), for whoever keeps no passwords; undefined when there is none. */
  ha1?(username: string, realm: string, algorithm: DigestAlgorithm): Found;
  /**
   * The user whose name has this hash (RFC 7616 §3.4.4); see {@link userHash}. When it is there, clients are invited to send
   * hashes of user names.
   */
  userhash?(hash: string, realm: string, algorithm: DigestAlgorithm): Found;
  /** Whether we act as a proxy: Proxy-Authenticate, 407. */
  proxy?: boolean;
  /** How long a nonce can be used, in ms; 300,000 when absent. From half of it on, {@link DigestServer.info} gives the next one. */
  nonceLifetime?: number;
  /** 32 random bytes shared by processes that take each other's nonces. Replays are found by the process that took the first. */
  nonceSecret?: Uint8Array;
  /** Handed to clients, which give it back (RFC 7616 §3.3). */
  opaque?: string;
  /** URIs that the credentials are good for (RFC 7616 §3.3). */
  domain?: readonly string[];
  /**
   * Whether the `uri` of the credentials must name the user and host of the Request-URI (RFC 7616 §3.4.6); true when absent. To
   * be switched off where proxies rewrite the Request-URI before it gets here.
   */
  checkUri?: boolean;
  /** Locks users out after failures; nobody when absent, as it lets anybody lock out anybody. */
  lockout?: LockoutOptions;
  /** Told of each failure by wrong credentials, for counting and for blocking sources. */
  failed?(failure: DigestFailure): void;
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Where random bytes come from; the system's when absent. */
  random?: RandomBytes;
}

/** Credentials that were wrong. */
export interface DigestFailure {
  readonly username: string;
  readonly realm: string;
  readonly reason: DigestRefusal;
  /** How often this user failed within the period of the lock-out, or five minutes. */
  readonly failures: number;
  readonly request: SipRequest;
}

/** Why a request is not authenticated. */
export type DigestRefusal =
  /** It has no credentials for this realm. */
  | 'absent'
  /** Its credentials lack something, or ask for what was not offered. */
  | 'malformed'
  | 'unknown-user'
  /** The response was not computed from the password, or not for this request. */
  | 'wrong'
  /** Right, but for a nonce that is too old or not ours. */
  | 'stale'
  /** Right, but seen before. */
  | 'replayed'
  /** Too many failures; see {@link DigestServerOptions.lockout}. */
  | 'locked';

/** What became of a request's credentials. */
export type DigestVerdict =
  | { readonly ok: true; readonly username: string; readonly realm: string }
  /** No credentials, wrong ones, or (`stale`) good ones for a nonce of the past: challenge again. */
  | {
      readonly ok: false;
      readonly reason: DigestRefusal;
      readonly stale: boolean;
      readonly username?: string;
      /** Seconds to wait, when locked out. */
      readonly retryAfter?: number;
    };

type Params = ReadonlyMap<string, string>;
const FAILURE_PERIOD = 300_000;

/**
 * Challenges requests and checks their credentials (RFC 7616, RFC 8760, RFC 3261 §22). Each count of a nonce is taken once, so
 * that what somebody overheard is of no use. ACK and CANCEL cannot be challenged, and need not be checked (RFC 3261 §22.1).
 */
export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #nonces: NonceBook;
  readonly #failures: FailureBook;
  readonly #lifetime: number;
  readonly #offered: readonly ReturnType<typeof parseAlgorithm>[];

  constructor(options: DigestServerOptions) {
    this.#options = options;
    this.#offered = (options.algorithms ?? ['SHA-256', 'MD5']).map((name) => parseAlgorithm(name));
    const { clock = systemClock, random = systemRandom, nonceLifetime = 300_000, nonceSecret } = options;
    this.#lifetime = nonceLifetime;
    this.#nonces = new NonceBook({ clock, random, lifetime: nonceLifetime, secret: nonceSecret });
    this.#failures = new FailureBook(clock);
  }

  /** Status of a challenge: 401, or 407 for a proxy. */
  get status(): 401 | 407 {
    return this.#options.proxy ? 407 : 401;
  }

  /**
   * Header fields of a challenge, one for each algorithm.
   *
   * @param stale the credentials were good but for their nonce: the client may repeat without asking its user
   * @param request what is challenged; needed when the realm depends on it
   */
  challenge(stale = false, request?: SipRequest): [name: string, value: string][] {
    const { algorithms = ['SHA-256', 'MD5'], qop = ['auth'], proxy, userhash, opaque, domain } = this.#options;
    const realm = this.#realm(request);
    let parts = `Digest realm=${quote(realm)}, nonce="${this.#nonces.issue()}"`;
    if (opaque !== undefined) parts += `, opaque=${quote(opaque)}`;
    if (domain !== undefined) parts += `, domain=${quote(domain.join(' '))}`;
    if (userhash) parts += ', userhash=true, charset=UTF-8';
    if (stale) parts += ', stale=true';
    const name = proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate';
    return algorithms.map((algorithm) => [name, `${parts}, algorithm=${algorithm}, qop="${qop.join(',')}"`]);
  }

  /** The response that challenges a request again, or tells who is locked out to wait (403 with Retry-After). */
  refuse(request: SipRequest, verdict: DigestVerdict & { ok: false }): SipResponse {
    if (verdict.reason === 'locked') {
      const response = SipResponse.for(request, 403);
      response.headers.append('Retry-After', verdict.retryAfter ?? 1);
      return response;
    }
    const response = SipResponse.for(request, this.status);
    for (const [name, value] of this.challenge(verdict.stale, request)) response.headers.append(name, value);
    return response;
  }

  /** Checks the credentials of a request. */
  async verify(request: SipRequest): Promise<DigestVerdict> {
    const realm = this.#realm(request);
    const name = this.#options.proxy ? 'proxy-authorization' : 'authorization';
    for (const field of request.headers.fields) {
      if (field.key !== name) continue;
      const [credentials] = parseAuth(field.value);
      if (credentials?.scheme.toLowerCase() !== 'digest' || credentials.params.get('realm') !== realm) continue;
      return this.#check(request, realm, credentials.params);
    }
    return { ok: false, reason: 'absent', stale: false };
  }

  /**
   * Authentication-Info, or Proxy-Authentication-Info, for the response to a request that was found good (RFC 7616 §3.5): our
   * proof that we know the password, and the next nonce when this one gets old.
   *
   * @param body body of the response; matters with `auth-int`
   */
  info(verdict: DigestVerdict & { ok: true }, body?: Uint8Array): [name: string, value: string] {
    const proved = (verdict as ProvedVerdict).input;
    const { nonce, qop, cnonce = '', nc, session } = proved;
    const rspauth = digestResponse({ ...proved, method: '', body });
    let value = `rspauth="${rspauth}", cnonce=${quote(cnonce)}, nc=${nc}, qop=${qop}`;
    // A new nonce would leave open from which one the secret of a session is computed.
    const old = !session && (this.#nonces.age(nonce) ?? 0) >= this.#lifetime / 2;
    if (old) value += `, nextnonce="${this.#nonces.issue()}"`;
    return [this.#options.proxy ? 'Proxy-Authentication-Info' : 'Authentication-Info', value];
  }

  #realm(request: SipRequest | undefined): string {
    const { realm } = this.#options;
    if (typeof realm === 'string') return realm;
    if (request) return realm(request);
    throw new SipSyntaxError('The realm depends on the request; hand it to challenge().');
  }

  async #check(request: SipRequest, realm: string, params: Params): Promise<DigestVerdict> {
    const input = this.#read(request, params);
    if (!input) return { ok: false, reason: 'malformed', stale: false };
    const username = await this.#username(params, realm, input.algorithm);
    const { lockout } = this.#options;
    const user = username ?? params.get('username') ?? '';
    const wait = lockout ? this.#failures.wait(`${user} ${realm}`, lockout) : 0;
    if (wait > 0) return { ok: false, reason: 'locked', stale: false, username: user, retryAfter: wait };
    const secret = username === undefined ? undefined : await this.#secret(username, realm, input.algorithm);
    // For a user that does not exist the same work is done: the time tells nothing.
    const proved: DigestInput = { ...input, ha1: secret ?? ha1(input.algorithm, user, realm, '') };
    const right = sameText(digestResponse(proved), params.get('response')?.toLowerCase() ?? '');
    if (!right || secret === undefined) {
      return this.#fail(request, realm, user, secret === undefined ? 'unknown-user' : 'wrong');
    }
    const taken = this.#nonces.take(input.nonce, Number.parseInt(input.nc!, 16));
    if (taken !== 'taken') {
      return { ok: false, reason: taken === 'old' ? 'stale' : 'replayed', stale: true, username: user };
    }
    this.#failures.succeeded(`${user} ${realm}`);
    return new ProvedVerdict(user, realm, proved);
  }

  #fail(request: SipRequest, realm: string, username: string, reason: DigestRefusal): DigestVerdict {
    const { lockout, failed } = this.#options;
    const failures = this.#failures.failed(`${username} ${realm}`, lockout?.period ?? FAILURE_PERIOD);
    failed?.({ username, realm, reason, failures, request });
    return { ok: false, reason, stale: false, username };
  }

  /** What the response is computed from, but for the secret; undefined when something is missing or was not offered. */
  #read(request: SipRequest, params: Params): Omit<DigestInput, 'ha1'> | undefined {
    const { opaque, checkUri = true } = this.#options;
    const parsed = parseAlgorithm(params.get('algorithm'));
    const known = this.#offered.some(
      (each) => each?.algorithm === parsed?.algorithm && each?.session === parsed?.session,
    );
    const nonce = params.get('nonce');
    const uri = params.get('uri');
    const nc = params.get('nc');
    const cnonce = params.get('cnonce');
    const qop = params.get('qop')?.toLowerCase();
    if (!parsed || !known || !nonce || uri === undefined || !cnonce) return undefined;
    // qop is always offered, so credentials without it are a downgrade.
    if ((qop !== 'auth' && qop !== 'auth-int') || !nc || !/^[0-9a-f]{8}$/i.test(nc)) return undefined;
    if (opaque !== undefined && params.get('opaque') !== opaque) return undefined;
    if (checkUri && !isSameTarget(uri, request)) return undefined;
    return { ...parsed, method: request.method, uri, nonce, qop, cnonce, nc, body: request.body };
  }

  async #username(params: Params, realm: string, algorithm: DigestAlgorithm): Promise<string | undefined> {
    const plain = params.get('username');
    const extended = params.get('username*');
    if (extended !== undefined) return plain === undefined ? parseExtended(extended) : undefined;
    if (params.get('userhash')?.toLowerCase() !== 'true') return plain;
    return plain === undefined ? undefined : this.#options.userhash?.(plain.toLowerCase(), realm, algorithm);
  }

  async #secret(username: string, realm: string, algorithm: DigestAlgorithm): Promise<string | undefined> {
    const { password, ha1: hashed } = this.#options;
    const hash = await hashed?.call(this.#options, username, realm, algorithm);
    if (hash !== undefined) return hash.toLowerCase();
    const text = await password?.call(this.#options, username, realm);
    if (text === undefined) return undefined;
    // With charset=UTF-8 in the challenge characters are composed the same way on both sides (RFC 7616 §4).
    return ha1(algorithm, username, realm, this.#options.userhash ? text.normalize('NFC') : text);
  }
}

/** A verdict that knows what it was given for. */
class ProvedVerdict {
  readonly ok = true;
  readonly #input: DigestInput;

  constructor(
    readonly username: string,
    readonly realm: string,
    input: DigestInput,
  ) {
    this.#input = input;
  }

  get input(): DigestInput {
    return this.#input;
  }
}

/** Whether the digest-uri names the user and host that the request goes to; ports and parameters change on the way. */
function isSameTarget(text: string, request: SipRequest): boolean {
  if (text === request.uriText) return true;
  try {
    const [signed, actual] = [parseUri(text), request.uri];
    if (!(signed instanceof SipUri && actual instanceof SipUri)) return signed.equals(actual as never);
    return signed.user === actual.user && signed.host.toLowerCase() === actual.host.toLowerCase();
  } catch (error) {
    if (error instanceof SipSyntaxError) return false;
    throw error;
  }
}
