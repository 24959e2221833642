import { byPriority, type CandidatePair, type LocalCandidate, pairFoundation, pairOf } from './candidate-pair';
import { type IceCandidate, isIpv6, sameAddress } from './ice-candidate';

/** Most pairs that are checked (RFC 8445 §6.1.2.5). */
const MAX_PAIRS = 100;

/**
 * The pairs of one media stream, and in what order they are checked (RFC 8445 §6.1.2). Holds no timer and sends nothing.
 */
export class CheckList {
  #pairs: CandidatePair[] = [];
  readonly #triggered: CandidatePair[] = [];

  /** Best first. */
  get pairs(): readonly CandidatePair[] {
    return this.#pairs;
  }

  /** Pairs a local with a remote candidate, unless one like it is there; pairs that send from one base are one (§6.1.2.4). */
  add(local: LocalCandidate, remote: IceCandidate, controlling: boolean): CandidatePair | undefined {
    if (local.component !== remote.component || isIpv6(local.address.host) !== isIpv6(remote.address.host))
      return undefined;
    if (isLinkLocal(local.address.host) !== isLinkLocal(remote.address.host)) return undefined;
    const known = this.find(local, remote);
    if (known || this.#pairs.length >= MAX_PAIRS) return known;
    const pair = pairOf(local, remote);
    this.#pairs = byPriority([...this.#pairs, pair], controlling);
    const foundation = pairFoundation(pair);
    const alike = this.#pairs.filter((each) => each !== pair && pairFoundation(each) === foundation);
    // §6.1.2.6: one of a foundation is checked at first, and the others when that succeeded.
    if (alike.length === 0 || alike.some(({ state }) => state === 'succeeded')) pair.state = 'waiting';
    return pair;
  }

  find(local: LocalCandidate, remote: IceCandidate): CandidatePair | undefined {
    return this.#pairs.find(
      (pair) => pair.local.base === local.base && sameAddress(pair.remote.address, remote.address),
    );
  }

  /** Another role, another order. */
  reorder(controlling: boolean): void {
    this.#pairs = byPriority(this.#pairs, controlling);
  }

  /** A check that is due before all others (§7.3.1.4). */
  trigger(pair: CandidatePair): void {
    if (!this.#triggered.includes(pair)) this.#triggered.push(pair);
    if (pair.state !== 'succeeded') pair.state = 'waiting';
  }

  /** The next pair to check: a triggered one, else the best that waits, else the best that may be unfrozen (§6.1.4.2). */
  next(): CandidatePair | undefined {
    const triggered = this.#triggered.shift();
    if (triggered) return triggered;
    const waiting = this.#pairs.find(({ state }) => state === 'waiting');
    if (waiting) return waiting;
    const busy = new Set(this.#pairs.filter(({ state }) => state === 'in-progress').map(pairFoundation));
    return this.#pairs.find((pair) => pair.state === 'frozen' && !busy.has(pairFoundation(pair)));
  }

  /** A check succeeded: pairs of its foundation may go (§7.2.5.3.3). */
  unfreeze(succeeded: CandidatePair): void {
    const { local, remote } = succeeded;
    for (const pair of this.#pairs) {
      const alike = pair.local.foundation === local.foundation && pair.remote.foundation === remote.foundation;
      if (alike && pair.state === 'frozen') pair.state = 'waiting';
    }
  }

  /** Whether a check may still change the outcome for a component. */
  isRunning(component: number): boolean {
    return this.#pairs.some(
      ({ local, state }) => local.component === component && state !== 'succeeded' && state !== 'failed',
    );
  }

  /** The best pair of a component whose check succeeded. */
  bestValid(component: number): CandidatePair | undefined {
    return this.#pairs.find(({ local, state }) => local.component === component && state === 'succeeded');
  }

  /** Whether a better pair than this one may still succeed. */
  hasBetterRunning(pair: CandidatePair): boolean {
    for (const each of this.#pairs) {
      if (each === pair) return false;
      if (each.local.component !== pair.local.component) continue;
      if (each.state !== 'succeeded' && each.state !== 'failed') return true;
    }
    return false;
  }

  clear(): void {
    this.#pairs = [];
    this.#triggered.length = 0;
  }
}

const isLinkLocal = (host: string) => /^fe[89ab]/i.test(host);
