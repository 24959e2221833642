import { quote } from '../message/quoting';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipUri } from '../message/uri';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { type ChallengeRefusal, SipAuthenticationError } from './authentication-error';
import { parseAuth, parseAuthInfo } from './challenge';
import type { CredentialProvider, Credentials } from './credentials';
import {
  type DigestAlgorithm,
  type DigestQop,
  digestAlgorithms,
  digestResponse,
  ha1,
  isWeaker,
  parseAlgorithm,
  userHash,
} from './digest';
import { type DigestChallenge, type RealmChallenges, readChallenges } from './digest-challenge';
import { formatExtended } from './extended-value';
import { sameText } from './nonce-book';

/** Settings of a {@link DigestClient}. */
export interface DigestClientOptions {
  /** Challenges in a weaker algorithm are not answered; `MD5`, so any, when absent. */
  minimumAlgorithm?: DigestAlgorithm | undefined;
  /** Whether a realm that asked for a stronger algorithm before is answered in a weaker one; false when absent. */
  allowDowngrade?: boolean | undefined;
  /** Qualities of protection in the order of preference; `auth`, then `auth-int` when absent. */
  qop?: readonly DigestQop[] | undefined;
  /** Whether the user name is hashed where the server can read that (RFC 7616 §3.4.4); true when absent. */
  userhash?: boolean | undefined;
  /** How often one request is repeated with credentials at most; 5 when absent: some proxies, a server, and a stale nonce. */
  attempts?: number | undefined;
  /** Whether a response without a right `rspauth` is an error for requests other than INVITE (RFC 7616 §3.5); false when absent. */
  requireServerProof?: boolean | undefined;
  /** Where random bytes come from; the system's when absent. */
  random?: RandomBytes | undefined;
}

/** What credentials may be given as: themselves, a function that finds them, or a client that many requests share. */
export type CredentialSource = Credentials | CredentialProvider | DigestClient;

/** What a response says about its sender: that it knows the password, that it does not, or nothing. */
export type ServerProof = 'right' | 'wrong' | 'absent';

/** Realms remembered at most: a server that invents new ones does not make requests grow. */
const MAX_REALMS = 8;
/** Calls whose requests inside get credentials at once, at most. */
const MAX_CALLS = 512;

/** A challenge with what answers it, for as long as its nonce is good. */
interface Session {
  readonly challenge: DigestChallenge;
  readonly credentials: Credentials;
  readonly nonce: string;
  /** How many requests used the nonce. */
  count: number;
  /** Of the `-sess` algorithms: the same for all requests, as the secret is computed from the first (RFC 7616 §3.4.2). */
  readonly cnonce: string | undefined;
  /** Domains whose server asked. */
  readonly hosts: Set<string>;
  /** Whether a request with these credentials has passed. */
  passed: boolean;
}

/**
 * Answers digest challenges (RFC 7616, RFC 8760, RFC 3261 §22). One client can be shared by all requests of a line: it remembers
 * the last challenge of each realm, so that later requests carry credentials from the start with a rising nonce count.
 *
 * Of several challenges of a realm the strongest algorithm is answered, and once a realm has asked for one, a weaker one is not
 * answered any more. Credentials for a server go from the start to the domain only that asked for them, and into calls that
 * carried them before.
 */
export class DigestClient {
  readonly #provider: CredentialProvider;
  readonly #options: DigestClientOptions;
  readonly #random: RandomBytes;
  readonly #sessions = new Map<string, Session>();
  readonly #strongest = new Map<string, DigestAlgorithm>();
  readonly #calls = new Set<string>();
  readonly #hashes = new WeakMap<Credentials, Map<string, string>>();
  #refusal: ChallengeRefusal | undefined;

  constructor(credentials: Credentials | CredentialProvider, options: DigestClientOptions = {}) {
    this.#provider = typeof credentials === 'function' ? credentials : () => credentials;
    this.#options = options;
    this.#random = options.random ?? systemRandom;
  }

  /** The client that a source is, or a new one for it; undefined when there is none. */
  static of(source: CredentialSource | undefined, random?: RandomBytes): DigestClient | undefined {
    if (source === undefined || source instanceof DigestClient) return source;
    return new DigestClient(source, { random });
  }

  /** How often one request is repeated with credentials at most. */
  get attempts(): number {
    return this.#options.attempts ?? 5;
  }

  /** Why the last challenge was not answered; undefined when it was. */
  get refusal(): ChallengeRefusal | undefined {
    return this.#refusal;
  }

  /** Adds credentials for the realms that have challenged before. CANCEL gets none (RFC 3261 §22.1), nor has an ACK of its own. */
  authorize(request: SipRequest): void {
    request.headers.delete('Authorization');
    request.headers.delete('Proxy-Authorization');
    if (request.method === 'CANCEL' || request.method === 'ACK') return;
    for (const session of this.#sessions.values()) {
      if (!this.#concerns(session, request)) continue;
      const name = session.challenge.proxy ? 'Proxy-Authorization' : 'Authorization';
      request.headers.append(name, this.#answer(session, request));
      this.#rememberCall(request);
    }
  }

  /**
   * Takes the challenges of a 401 or 407.
   *
   * @returns whether the request is worth repeating: a challenge can be answered, and it is not the refusal of an answer just
   *   given (unless only its nonce was stale). A promise when a provider has to be waited for
   * @throws {@link SipAuthenticationError} when the provider failed
   */
  accept(response: SipResponse, request: SipRequest): boolean | Promise<boolean> {
    const realms = readChallenges(response, this.#options.qop ?? ['auth', 'auth-int']);
    this.#refusal = realms.length === 0 ? 'unsupported' : undefined;
    const waiting: Promise<boolean>[] = [];
    let fresh = false;
    for (const realm of realms) {
      const taken = this.#take(realm, request);
      if (typeof taken === 'boolean') fresh = taken || fresh;
      else waiting.push(taken);
    }
    if (waiting.length === 0) return fresh;
    return Promise.all(waiting).then((all) => fresh || all.includes(true));
  }

  /**
   * Takes a response other than 401 and 407: what it was given to is known to be right, and Authentication-Info and
   * Proxy-Authentication-Info (RFC 7616 §3.5) prove the server and give the nonce for the next request.
   *
   * @param request the request that was answered, with the credentials it carried
   */
  confirm(response: SipResponse, request: SipRequest): ServerProof {
    let proof: ServerProof = 'absent';
    for (const session of this.#sessions.values())
      session.passed ||= usedCredentials(request, session.challenge) !== undefined;
    for (const [name, value] of response.headers) {
      const key = name.toLowerCase();
      if (key !== 'authentication-info' && key !== 'proxy-authentication-info') continue;
      const proxy = key.startsWith('proxy');
      const info = parseAuthInfo(value);
      for (const session of this.#sessions.values()) {
        const used = session.challenge.proxy === proxy ? usedCredentials(request, session.challenge) : undefined;
        if (!used || (info.has('cnonce') && info.get('cnonce') !== used.get('cnonce'))) continue;
        const verdict = this.#prove(session, used, info, response);
        if (verdict !== 'absent' && proof !== 'wrong') proof = verdict;
        const next = info.get('nextnonce');
        if (verdict !== 'wrong' && next && next !== session.nonce && used.get('nonce') === session.nonce) {
          this.#begin({ ...session.challenge, nonce: next }, session);
        }
      }
    }
    return proof;
  }

  /**
   * The error that a response is, when the server had to prove that it knows the password and did not; see
   * {@link DigestClientOptions.requireServerProof}. To be asked for responses other than 401 and 407.
   */
  unproven(response: SipResponse, request: SipRequest): SipAuthenticationError | undefined {
    const proof = this.confirm(response, request);
    if (!this.#options.requireServerProof || proof === 'right' || response.status >= 300) return undefined;
    if (![...this.#sessions.values()].some(({ challenge }) => usedCredentials(request, challenge))) return undefined;
    return new SipAuthenticationError(
      `The server gave ${proof === 'wrong' ? 'a wrong' : 'no'} rspauth, so it may not be the one that knows the password; check who answers at ${request.uri}.`,
      'ERR_SIP_SERVER_PROOF',
    );
  }

  #take({ proxy, realm, usable }: RealmChallenges, request: SipRequest): boolean | Promise<boolean> {
    const challenge = this.#choose(realm, usable);
    if (!challenge) return false;
    const key = `${proxy} ${realm}`;
    const known = this.#sessions.get(key);
    const used = usedCredentials(request, challenge);
    if (used && !challenge.stale && !isOutworn(used, known)) {
      this.#sessions.delete(key);
      return this.#refuse('refused');
    }
    const same = known && ('password' in known.credentials || known.challenge.algorithm === challenge.algorithm);
    const credentials = same ? known.credentials : this.#ask({ realm, proxy, algorithm: challenge.algorithm, request });
    if (!(credentials instanceof Promise)) return this.#use(challenge, credentials, request, known);
    return credentials.then((found) => this.#use(challenge, found, request, known));
  }

  #ask(query: Parameters<CredentialProvider>[0]): Credentials | undefined | Promise<Credentials | undefined> {
    const failed = (cause: unknown): never => {
      throw new SipAuthenticationError(
        `The credentials for realm "${query.realm}" could not be had: ${String(cause)}`,
        'ERR_SIP_CREDENTIALS',
        cause,
      );
    };
    try {
      const found = this.#provider(query);
      return found instanceof Promise ? found.catch(failed) : found;
    } catch (error) {
      return failed(error);
    }
  }

  #use(
    challenge: DigestChallenge,
    credentials: Credentials | undefined,
    request: SipRequest,
    known: Session | undefined,
  ): boolean {
    const { realm, algorithm } = challenge;
    const fits = credentials && (credentials.realm === undefined || credentials.realm === realm);
    if (!fits || ('ha1' in credentials && credentials.ha1[algorithm] === undefined))
      return this.#refuse('no-credentials');
    const passed = known?.credentials === credentials && known.passed;
    this.#begin(challenge, { credentials, hosts: new Set(known?.hosts).add(hostOf(request)), passed });
    this.#rememberCall(request);
    return true;
  }

  #begin(
    challenge: DigestChallenge,
    { credentials, hosts, passed }: Pick<Session, 'credentials' | 'hosts' | 'passed'>,
  ): void {
    const key = `${challenge.proxy} ${challenge.realm}`;
    if (!this.#sessions.has(key) && this.#sessions.size >= MAX_REALMS) {
      this.#sessions.delete(this.#sessions.keys().next().value!);
    }
    const cnonce = challenge.session ? randomToken(this.#random, 16) : undefined;
    this.#sessions.set(key, { challenge, credentials, nonce: challenge.nonce, count: 0, cnonce, hosts, passed });
  }

  #choose(realm: string, usable: readonly DigestChallenge[]): DigestChallenge | undefined {
    const [best] = [...usable].sort(byStrength);
    const { minimumAlgorithm, allowDowngrade } = this.#options;
    const known = this.#strongest.get(realm);
    if (!best) this.#refusal = 'unsupported';
    else if (minimumAlgorithm && isWeaker(best.algorithm, minimumAlgorithm)) this.#refusal = 'weak';
    else if (known && !allowDowngrade && isWeaker(best.algorithm, known)) this.#refusal = 'downgrade';
    if (!best || this.#refusal) return undefined;
    if (!known || isWeaker(known, best.algorithm)) this.#strongest.set(realm, best.algorithm);
    if (this.#strongest.size > MAX_REALMS * 8) this.#strongest.delete(this.#strongest.keys().next().value!);
    return best;
  }

  #refuse(why: ChallengeRefusal): false {
    this.#refusal = why;
    return false;
  }

  /** A digest response lets who has it try passwords; so strangers do not get one without asking. */
  #concerns({ challenge, hosts }: Session, request: SipRequest): boolean {
    return challenge.proxy || hosts.has(hostOf(request)) || this.#calls.has(request.callId);
  }

  #rememberCall(request: SipRequest): void {
    const { callId } = request;
    this.#calls.delete(callId);
    this.#calls.add(callId);
    if (this.#calls.size > MAX_CALLS) this.#calls.delete(this.#calls.values().next().value!);
  }

  #answer(session: Session, request: SipRequest): string {
    const { challenge, credentials, nonce } = session;
    const { realm, opaque, algorithm, algorithmText, qop } = challenge;
    const cnonce = session.cnonce ?? (qop && randomToken(this.#random, 16));
    const count = ++session.count;
    const nc = qop && count.toString(16).padStart(8, '0');
    const uri = request.uriText;
    const response = digestResponse({
      ...{
        algorithm,
        session: challenge.session,
        ha1: this.#secret(credentials, challenge),
        nonce,
        qop,
        cnonce,
        nc,
        uri,
      },
      ...{ method: request.method, body: request.body },
    });
    const parts = [
      ...this.#user(credentials, challenge),
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
    ];
    if (algorithmText !== undefined) parts.push(`algorithm=${algorithmText}`);
    if (cnonce !== undefined) parts.push(`cnonce="${cnonce}"`);
    if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
    if (qop) parts.push(`qop=${qop}`, `nc=${nc}`);
    return `Digest ${parts.join(', ')}`;
  }

  #user(credentials: Credentials, challenge: DigestChallenge): string[] {
    const username = textOf(credentials.username, challenge);
    if (challenge.userhash && this.#options.userhash !== false) {
      return [`username="${userHash(challenge.algorithm, username, challenge.realm)}"`, 'userhash=true'];
    }
    // A quoted string of SIP holds UTF-8 (RFC 3261 §25.1); only a server that knows RFC 7616 reads the other form.
    const extended = challenge.utf8 && /[^\x20-\x7e]/.test(username);
    return [extended ? `username*=${formatExtended(username)}` : `username=${quote(username)}`];
  }

  #secret(credentials: Credentials, challenge: DigestChallenge): string {
    const { algorithm, realm } = challenge;
    if ('ha1' in credentials) return credentials.ha1[algorithm]!.toLowerCase();
    const key = `${algorithm} ${challenge.utf8} ${realm}`;
    const hashes = this.#hashes.get(credentials) ?? new Map<string, string>();
    const username = textOf(credentials.username, challenge);
    const hash = hashes.get(key) ?? ha1(algorithm, username, realm, textOf(credentials.password, challenge));
    if (hashes.size < MAX_REALMS) hashes.set(key, hash);
    this.#hashes.set(credentials, hashes);
    return hash;
  }

  #prove(
    { challenge, credentials }: Session,
    used: ReadonlyMap<string, string>,
    info: ReadonlyMap<string, string>,
    response: SipResponse,
  ): ServerProof {
    const rspauth = info.get('rspauth');
    if (rspauth === undefined) return 'absent';
    const qop = (info.get('qop') ?? used.get('qop')) as DigestQop | undefined;
    const parsed = parseAlgorithm(used.get('algorithm')) ?? challenge;
    const expected = digestResponse({
      ...{ algorithm: parsed.algorithm, session: parsed.session, ha1: this.#secret(credentials, challenge) },
      ...{ method: '', uri: used.get('uri') ?? '', nonce: used.get('nonce') ?? '', qop },
      ...{ cnonce: used.get('cnonce'), nc: used.get('nc'), body: response.body },
    });
    return sameText(expected, rspauth.toLowerCase()) ? 'right' : 'wrong';
  }
}

const byStrength = (a: DigestChallenge, b: DigestChallenge): number =>
  digestAlgorithms.indexOf(a.algorithm) - digestAlgorithms.indexOf(b.algorithm);

const hostOf = ({ uri }: SipRequest): string => (uri instanceof SipUri ? uri.host.toLowerCase() : '');

/** RFC 7616 §4: with charset=UTF-8 both sides compose characters the same way. */
const textOf = (text: string, { utf8 }: DigestChallenge): string => (utf8 ? text.normalize('NFC') : text);

/**
 * Whether the refusal of credentials without `stale` may still be about the nonce: many servers leave `stale` out when a nonce
 * of before is too old. So it is when the same credentials have passed before, and the nonce was not made for this request.
 */
function isOutworn(used: ReadonlyMap<string, string>, known: Session | undefined): boolean {
  return known?.passed === true && (used.get('nonce') !== known.nonce || known.count > 1);
}

/** The credentials that a request carried for a realm. */
function usedCredentials(
  request: SipRequest,
  { proxy, realm }: Pick<DigestChallenge, 'proxy' | 'realm'>,
): ReadonlyMap<string, string> | undefined {
  const wanted = proxy ? 'proxy-authorization' : 'authorization';
  for (const [name, value] of request.headers) {
    if (name.toLowerCase() !== wanted) continue;
    const params = parseAuth(value)[0]?.params;
    if (params?.get('realm') === realm) return params;
  }
  return undefined;
}
