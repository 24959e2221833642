import type { Clock, Timer } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import { TypedEmitter } from '../platform/typed-emitter';
import { ATTRIBUTE, textValue } from '../stun/stun-attributes';
import { StunClient, type StunOutcome } from '../stun/stun-client';
import { METHOD, StunMessage } from '../stun/stun-message';
import type { Address } from '../transport/rtp-transport';
import { answerCheck } from './answer-check';
import type { CandidatePair, IceBase, LocalCandidate } from './candidate-pair';
import { CheckList } from './check-list';
import { Consent } from './consent';
import { candidatePriority, type IceCandidate, sameAddress } from './ice-candidate';
import { type IceCredentials, newCredentials } from './ice-credentials';

/**
 * - `new`: nothing was agreed;
 * - `checking`: pairs are being checked;
 * - `connected`: there is a pair for each component, media may go; better ones may come;
 * - `completed`: each component has its nominated pair;
 * - `disconnected`: the peer has not consented for a while (RFC 7675), media stops;
 * - `failed`: no pair works;
 * - `closed`.
 */
export type IceState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';

/** Who decides which pair is used (RFC 8445 §6.1.1). */
export type IceRole = 'controlling' | 'controlled';

/** What the peer said of itself. */
export interface RemoteIce extends IceCredentials {
  /** The peer only answers checks (RFC 8445 §2.5). */
  lite?: boolean;
  candidates: readonly IceCandidate[];
  /** No more candidates will come; when false, time decides that none works. */
  complete?: boolean;
}

/** Events of an {@link IceAgent}. */
export interface IceAgentEvents {
  state: [state: IceState];
  /** Media of a component goes over another pair from now on. */
  selected: [component: number, pair: CandidatePair];
}

/** Settings of an {@link IceAgent}. */
export interface IceAgentOptions {
  /** Time and timers. */
  clock: Clock;
  /** Randomness of passwords and transaction identifiers. */
  random: RandomBytes;
  /** Who nominates, to begin with (RFC 8445 §6.1.1). */
  role: IceRole;
  /** Answers checks and makes none (RFC 8445 §2.5): for a host with a public address. */
  lite?: boolean;
  /** 1 when RTCP shares the port of RTP, else 2. */
  components?: number;
}

/** ms between checks (Ta, RFC 8445 §14.2). */
const PACE_MS = 20;
/** ms to wait for a better pair once one works. */
const PATIENCE_MS = 300;
/** ms after which no candidate is waited for any more (RFC 8863 §3 asks for the longest check: 39.5 s). */
const LONGEST_CHECKING_MS = 39_500;
/** Requests of a peer whose credentials are not known yet that are remembered. */
const MAX_EARLY = 16;
/** Candidates of the peer that are taken. */
const MAX_REMOTE = 64;

/**
 * Interactive Connectivity Establishment (RFC 8445) for one media stream: finds, by checks both ways, the pair of addresses
 * that works, keeps the peer's consent (RFC 7675), and starts over when told to (§9). No sockets, no gathering: candidates
 * come in with the {@link IceBase} they send from.
 *
 * Nothing counts that is not authentic: a check has to carry our credentials, a response those of the peer.
 */
export class IceAgent extends TypedEmitter<IceAgentEvents> {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #lite: boolean;
  readonly #stun: StunClient;
  readonly #tieBreaker: bigint;
  readonly #locals: LocalCandidate[] = [];
  readonly #consent: Consent;
  #list = new CheckList();
  #remotes: IceCandidate[] = [];
  #remote: IceCredentials | undefined;
  #remoteLite = false;
  #remoteComplete = false;
  #waitedLong = false;
  #local: IceCredentials;
  #role: IceRole;
  #components: number;
  #state: IceState = 'new';
  /** The state without the doubts about consent. */
  #settled: 'connected' | 'completed' = 'connected';
  #early: { request: StunMessage; base: IceBase; from: Address }[] = [];
  #pacing: Timer | undefined;
  #patience: Timer | undefined;
  #deadline: Timer | undefined;
  readonly #selected = new Map<number, CandidatePair>();
  /** Pairs whose media is taken: they were proven by a check either way. */
  readonly #proven = new Set<string>();

  constructor({ clock, random, role, lite = false, components = 1 }: IceAgentOptions) {
    super();
    this.#clock = clock;
    this.#random = random;
    this.#role = lite ? 'controlled' : role;
    this.#lite = lite;
    this.#components = components;
    this.#stun = new StunClient(clock, random);
    this.#tieBreaker = new DataView(random(8).slice().buffer).getBigUint64(0);
    this.#local = newCredentials(random);
    this.#consent = new Consent(clock, random, {
      check: (pair, done) => this.#check(pair, false, done, 1),
      expired: () => this.#setState('disconnected'),
      restored: () => this.#setState(this.#settled),
    });
  }

  /** What the peer has to know to check us; new after {@link restart}. */
  get credentials(): IceCredentials {
    return this.#local;
  }

  /** How far the checks are. */
  get state(): IceState {
    return this.#state;
  }

  /** Who nominates (RFC 8445 §6.1.1). */
  get role(): IceRole {
    return this.#role;
  }

  /** Whether this agent answers checks and makes none (RFC 8445 §2.5). */
  get lite(): boolean {
    return this.#lite;
  }

  /** The candidates gathered so far. */
  get candidates(): readonly LocalCandidate[] {
    return this.#locals;
  }

  /** The pair that media of a component goes over. */
  selected(component: number): CandidatePair | undefined {
    return this.#selected.get(component);
  }

  /** Round trip of the latest check over the selected pair, in ms. */
  get roundTripMs(): number | undefined {
    const measured = this.#selected.get(1)?.roundTripMs ?? Number.NaN;
    return Number.isNaN(measured) ? undefined : measured;
  }

  /** Whether media that came to a base from an address is the peer's. */
  isProven(base: IceBase, from: Readonly<Address>): boolean {
    return this.#proven.has(provenKey(base, from));
  }

  /** Adds a candidate of ours; also while checks run (trickle, RFC 8838). */
  addLocal(candidate: LocalCandidate): void {
    if (this.#locals.some((each) => each.base === candidate.base && sameAddress(each.address, candidate.address)))
      return;
    this.#locals.push(candidate);
    if (!this.#remote || this.#lite || !sendsItself(candidate)) return;
    for (const remote of this.#remotes) this.#list.add(candidate, remote, this.#isControlling);
    this.#pace();
  }

  /** Leaves out the component of RTCP: both agreed to send it with RTP (RFC 5761). */
  setComponents(components: number): void {
    this.#components = components;
    this.#conclude();
  }

  /**
   * Takes what the peer said in its offer or answer and begins to check. Said again, it adds candidates; other credentials than
   * before are the peer's restart (RFC 8445 §9).
   */
  start(remote: RemoteIce, role: IceRole = this.#role): void {
    if (this.#state === 'closed') return;
    if (this.#remote && this.#remote.ufrag !== remote.ufrag) this.#forgetChecks();
    const isNew = !this.#remote;
    this.#remote = { ufrag: remote.ufrag, pwd: remote.pwd };
    this.#remoteLite = remote.lite ?? false;
    // RFC 8445 §6.1.1: a full agent controls a lite one.
    if (isNew)
      this.#role =
        this.#lite && !this.#remoteLite ? 'controlled' : this.#remoteLite && !this.#lite ? 'controlling' : role;
    if (isNew) {
      this.#setState('checking');
      this.#deadline = this.#clock.setTimer(LONGEST_CHECKING_MS, () => {
        this.#waitedLong = true;
        this.complete();
      });
    }
    for (const candidate of remote.candidates) this.addRemote(candidate);
    const early = this.#early;
    this.#early = [];
    for (const { request, base, from } of early) this.#learn(request, base, from);
    if (remote.complete) this.complete();
    this.#pace();
  }

  /** Adds a candidate of the peer (trickle, RFC 8838). */
  addRemote(candidate: IceCandidate): void {
    if (this.#remotes.length >= MAX_REMOTE || candidate.component > this.#components) return;
    if (
      this.#remotes.some(
        (each) => each.component === candidate.component && sameAddress(each.address, candidate.address),
      )
    )
      return;
    this.#remotes.push(candidate);
    if (this.#lite || !this.#remote) return;
    for (const local of this.#locals) if (sendsItself(local)) this.#list.add(local, candidate, this.#isControlling);
    this.#pace();
  }

  /** The peer has no more candidates. */
  complete(): void {
    this.#remoteComplete = true;
    this.#conclude();
  }

  /** New credentials for another round of checks (RFC 8445 §9); media goes on over the pairs there are until others are found. */
  restart(role: IceRole = this.#role): IceCredentials {
    this.#local = newCredentials(this.#random);
    this.#remote = undefined;
    if (!this.#lite) this.#role = role;
    this.#forgetChecks();
    return this.#local;
  }

  #forgetChecks(): void {
    this.#stun.close();
    this.#consent.stop();
    this.#list = new CheckList();
    this.#remotes = [];
    this.#remote = undefined;
    this.#remoteComplete = false;
    this.#waitedLong = false;
    this.#early = [];
    this.#cancelTimers();
  }

  get #isControlling(): boolean {
    return this.#role === 'controlling';
  }

  /** One check every Ta until there is none left to make (RFC 8445 §6.1.4). */
  #pace(): void {
    if (this.#pacing || this.#lite || !this.#remote || this.#state === 'closed') return;
    const pair = this.#list.next();
    if (!pair) {
      this.#conclude();
      return;
    }
    this.#checkPair(pair);
    this.#pacing = this.#clock.setTimer(PACE_MS, () => {
      this.#pacing = undefined;
      this.#pace();
    });
  }

  #checkPair(pair: CandidatePair): void {
    // The check of a pair that works already is to nominate it, or repeats what is known.
    if (pair.state !== 'succeeded') pair.state = 'in-progress';
    this.#check(pair, pair.nominating, (outcome) => this.#checked(pair, outcome));
  }

  #check(pair: CandidatePair, nominate: boolean, done: (outcome: StunOutcome) => void, sends = 7): void {
    const remote = this.#remote;
    if (!remote) return;
    const { local } = pair;
    const request = this.#stun.request(METHOD.BINDING);
    const preference = Math.floor(local.priority / 256) % 65_536;
    request
      .addText(ATTRIBUTE.USERNAME, `${remote.ufrag}:${this.#local.ufrag}`)
      .addUint32(ATTRIBUTE.PRIORITY, candidatePriority('prflx', local.component, preference))
      .addUint64(this.#isControlling ? ATTRIBUTE.ICE_CONTROLLING : ATTRIBUTE.ICE_CONTROLLED, this.#tieBreaker);
    if (nominate) request.add(ATTRIBUTE.USE_CANDIDATE);
    const send = (bytes: Uint8Array) => local.base.send(bytes, pair.remote.address);
    this.#stun.send(request, send, done, { key: textValue(remote.pwd), sends });
  }

  #checked(pair: CandidatePair, outcome: StunOutcome): void {
    const { response } = outcome;
    if (response?.class === 'error' && response.errorCode === 487) {
      // RFC 8445 §7.2.5.1: the other has our role and the greater tie-breaker.
      this.#switchRole(this.#isControlling ? 'controlled' : 'controlling');
      this.#list.trigger(pair);
      this.#pace();
      return;
    }
    // §7.2.5.2.1: the response must come from where the request went.
    const works = response?.class === 'success' && sameAddress(outcome.from!, pair.remote.address);
    if (!works) {
      pair.nominating = false;
      pair.state = 'failed';
      this.#conclude();
      this.#pace();
      return;
    }
    pair.state = 'succeeded';
    if (!Number.isNaN(outcome.roundTripMs)) pair.roundTripMs = outcome.roundTripMs;
    this.#proven.add(provenKey(pair.local.base, pair.remote.address));
    this.#noteMapped(pair, response.mappedAddress);
    if (pair.nominating || pair.useRequested) pair.nominated = true;
    pair.nominating = false;
    this.#list.unfreeze(pair);
    this.#conclude();
    this.#pace();
  }

  /** §7.2.5.3.1: the address the peer saw is a candidate of ours, should it be new. It sends from the same base. */
  #noteMapped({ local }: CandidatePair, mapped: Address | undefined): void {
    if (!mapped) return;
    const known = this.#locals.some((each) => each.base === local.base && sameAddress(each.address, mapped));
    if (known) return;
    this.#locals.push({ ...local, address: mapped, type: 'prflx', related: local.base.address });
  }

  #switchRole(role: IceRole): void {
    if (role === this.#role || this.#lite) return;
    this.#role = role;
    this.#list.reorder(this.#isControlling);
    for (const pair of this.#list.pairs) pair.nominating = false;
  }

  /** Whether a datagram that looks like STUN was a check or an answer to one of ours. */
  receive(bytes: Uint8Array, base: IceBase, from: Readonly<Address>): void {
    const message = StunMessage.parse(bytes);
    if (!message || message.method !== METHOD.BINDING || this.#state === 'closed') return;
    if (message.class === 'success' || message.class === 'error') this.#stun.receive(message, from);
    else if (message.class === 'request') this.#answer(message, base, { host: from.host, port: from.port });
  }

  #answer(request: StunMessage, base: IceBase, from: Address): void {
    const { reply, accepted, role } = answerCheck(request, from, {
      credentials: this.#local,
      role: this.#role,
      lite: this.#lite,
      tieBreaker: this.#tieBreaker,
    });
    if (role) this.#switchRole(role);
    base.send(reply, from);
    if (!accepted) return;
    if (this.#remote) this.#learn(request, base, from);
    else if (this.#early.length < MAX_EARLY) this.#early.push({ request, base, from });
  }

  /** What an authentic check says: a pair the peer can use, maybe from an address not heard of (§7.3.1.3). */
  #learn(request: StunMessage, base: IceBase, from: Address): void {
    if (base.component > this.#components) return;
    const local = this.#locals.find((each) => each.base === base);
    if (!local) return;
    this.#proven.add(provenKey(base, from));
    let remote = this.#remotes.find((each) => each.component === base.component && sameAddress(each.address, from));
    if (!remote) {
      if (this.#remotes.length >= MAX_REMOTE) return;
      const priority = request.uint32(ATTRIBUTE.PRIORITY) ?? candidatePriority('prflx', base.component);
      remote = {
        foundation: `p${this.#remotes.length}`,
        component: base.component,
        priority,
        address: from,
        type: 'prflx',
      };
      this.#remotes.push(remote);
    }
    const pair = this.#list.add(local, remote, this.#isControlling);
    if (!pair) return;
    const wanted = request.has(ATTRIBUTE.USE_CANDIDATE) && !this.#isControlling;
    if (this.#lite) {
      pair.state = 'succeeded';
      if (wanted) pair.nominated = true;
      this.#conclude();
      return;
    }
    if (wanted) {
      pair.useRequested = true;
      if (pair.state === 'succeeded') {
        this.#renominate(pair);
        this.#conclude();
      }
    }
    // §7.3.1.4: the peer got through to us, now is the time to get through to it.
    if (pair.state !== 'succeeded' && pair.state !== 'in-progress') {
      this.#list.trigger(pair);
      this.#pace();
    }
  }

  /** The latest pair that the controlling peer asked for is the one. */
  #renominate(pair: CandidatePair): void {
    for (const each of this.#list.pairs)
      if (each.local.component === pair.local.component) each.nominated = each === pair;
  }

  /** Looks at what has been found so far: takes up pairs, nominates, and tells the state. */
  #conclude(): void {
    if (this.#state === 'closed' || !this.#remote) return;
    let found = 0;
    let nominated = 0;
    for (let component = 1; component <= this.#components; component++) {
      const best = this.#list.bestValid(component);
      const chosen = this.#list.pairs.find(
        (pair) => pair.nominated && pair.local.component === component && pair.state === 'succeeded',
      );
      const use = chosen ?? best;
      if (use) {
        found++;
        this.#select(component, use);
      }
      if (chosen) nominated++;
      else if (best && this.#isControlling) this.#nominate(best);
    }
    this.#settled = nominated === this.#components ? 'completed' : 'connected';
    if (found === this.#components) this.#succeed();
    else if (found < this.#components && this.#remoteComplete && this.#isHopeless()) this.#fail();
  }

  #isHopeless(): boolean {
    if (this.#lite) return this.#waitedLong;
    for (let component = 1; component <= this.#components; component++) {
      if (!this.#list.bestValid(component) && !this.#list.isRunning(component)) return true;
    }
    return false;
  }

  /** Regular nomination (§8.1.1): the best pair, once no better one can come or the wait for it is over. */
  #nominate(best: CandidatePair): void {
    if (best.nominating || this.#lite) return;
    if (this.#list.hasBetterRunning(best) && !this.#remoteLite) {
      this.#patience ??= this.#clock.setTimer(PATIENCE_MS, () => this.#nominateAll());
      return;
    }
    this.#nominateNow(best);
  }

  #nominateAll(): void {
    for (let component = 1; component <= this.#components; component++) {
      const best = this.#list.bestValid(component);
      if (best && !best.nominated && !best.nominating) this.#nominateNow(best);
    }
  }

  #nominateNow(pair: CandidatePair): void {
    if (!this.#isControlling) return;
    pair.nominating = true;
    this.#checkPair(pair);
  }

  #select(component: number, pair: CandidatePair): void {
    if (this.#selected.get(component) === pair) return;
    this.#selected.set(component, pair);
    this.emit('selected', component, pair);
  }

  #succeed(): void {
    const isNew = this.#state === 'checking' || this.#state === 'failed';
    if (this.#settled === 'completed') this.#cancelTimers();
    if (this.#state !== 'disconnected') this.#setState(this.#settled);
    if (isNew && !this.#lite) this.#consent.start(() => this.#selectedPairs());
  }

  #selectedPairs(): CandidatePair[] {
    return [...this.#selected].filter(([component]) => component <= this.#components).map(([, pair]) => pair);
  }

  #fail(): void {
    this.#cancelTimers();
    this.#setState('failed');
  }

  #cancelTimers(): void {
    for (const timer of [this.#pacing, this.#patience, this.#deadline]) timer?.cancel();
    this.#pacing = undefined;
    this.#patience = undefined;
    this.#deadline = undefined;
  }

  #setState(state: IceState): void {
    if (state === this.#state || this.#state === 'closed') return;
    this.#state = state;
    this.emit('state', state);
  }

  /** Ends all checks. */
  close(): void {
    this.#setState('closed');
    this.#cancelTimers();
    this.#consent.stop();
    this.#stun.close();
    this.#proven.clear();
  }
}

/** A server reflexive candidate sends from its base, whose host candidate is paired already (RFC 8445 §6.1.2.4). */
const sendsItself = ({ type }: LocalCandidate) => type === 'host' || type === 'relay';

const provenKey = (base: IceBase, { host, port }: Readonly<Address>) =>
  `${base.address.port} ${base.address.host} ${host} ${port}`;
