import { sha256 } from '@noble/hashes/sha2';
import type { SipRequest } from '../message/request';
import { encodeUtf8 } from '../message/text';
import { MAGIC_COOKIE } from '../transaction/matching';
import type { Address } from '../transport/transport';
import type { RefusalReason } from './counters';

/** What Max-Forwards begins with (RFC 3261 §8.1.1.6). */
export const USUAL_HOPS = 70;
/** What Max-Breadth begins with (RFC 5393 §5.3.3). */
export const USUAL_BREADTH = 60;

/** What a request may still do where it goes next. */
export interface HopAllowance {
  readonly maxForwards: number;
  /** Max-Breadth of each branch; their sum is that of the request. */
  readonly maxBreadth: readonly number[];
}

/** Why a request goes no further. */
export interface HopRefusal {
  readonly status: 440 | 482 | 483;
  readonly reason: RefusalReason;
}

/**
 * What an element that forwards a request, or calls on behalf of it, is to write into what it sends: Max-Forwards one less
 * (RFC 3261 §16.6 step 3, RFC 7332 §4 for back-to-back user agents), Max-Breadth shared among its branches (RFC 5393 §5.3.3).
 *
 * @param branches to how many places it goes at once
 * @returns The refusal to answer when it may go no further: 483 when its hops are used up, 440 when it may not be spread so far.
 */
export function allowNextHop(request: SipRequest, branches = 1): HopAllowance | HopRefusal {
  const hops = request.maxForwards ?? USUAL_HOPS + 1;
  if (hops === 0) return { status: 483, reason: 'too-many-hops' };
  const breadth = breadthOf(request);
  if (breadth < branches) return { status: 440, reason: 'too-broad' };
  const share = Math.floor(breadth / Math.max(1, branches));
  const maxBreadth = Array.from({ length: branches }, (_, index) => (index < breadth % branches ? share + 1 : share));
  return { maxForwards: hops - 1, maxBreadth };
}

/** Max-Breadth of a request (RFC 5393 §5.3.1); what cannot be read counts as none. */
function breadthOf(request: SipRequest): number {
  const text = request.headers.get('Max-Breadth');
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : USUAL_BREADTH;
}

/** Settings of a {@link LoopDetector}. */
export interface LoopDetectorOptions {
  /** What this element writes as sent-by in its Vias: all of its addresses. */
  sentBy: () => Iterable<Address>;
  /** Shared by elements that share addresses; something random when absent. */
  secret?: string;
}

/**
 * Tells loops from spirals (RFC 5393 §4.2): a request that comes back as it was will come back for ever; one that has been changed on
 * its way may be going somewhere. Elements that forward write {@link mark} into the branch of their Via, by the last argument of
 * `TransactionLayer.request`, and ask {@link look} about what they receive.
 */
export class LoopDetector {
  readonly #sentBy: () => Iterable<Address>;
  readonly #secret: string;

  constructor({ sentBy, secret = globalThis.crypto.randomUUID() }: LoopDetectorOptions) {
    this.#sentBy = sentBy;
    this.#secret = secret;
  }

  /** What stands for all of a received request that decides where it goes. */
  mark(request: SipRequest): string {
    const { headers, from, to, callId, cseq } = request;
    const parts = [
      this.#secret,
      request.uriText,
      ...headers.getAll('Route'),
      ...headers.getAll('Proxy-Require'),
      from.tag ?? '',
      to.tag ?? '',
      callId,
      String(cseq.sequence),
    ];
    const digest = sha256(encodeUtf8(parts.join('\n')));
    let text = '';
    for (const byte of digest.subarray(0, 8)) text += byte.toString(16).padStart(2, '0');
    return `${text}.`;
  }

  /** Whether a received request has not been here, has been here as something else, or as what it is. */
  look(request: SipRequest): 'new' | 'spiral' | 'loop' {
    const own = [...this.#sentBy()];
    const visits = request.vias.filter(({ host, port }) =>
      own.some((each) => each.host === host && each.port === (port ?? 5060)),
    );
    if (visits.length === 0) return 'new';
    const sign = MAGIC_COOKIE + this.mark(request);
    return visits.some(({ branch }) => branch?.startsWith(sign)) ? 'loop' : 'spiral';
  }

  /** The refusal of a request that loops, else what {@link allowNextHop} says. */
  admit(request: SipRequest, branches = 1): HopAllowance | HopRefusal {
    return this.look(request) === 'loop' ? { status: 482, reason: 'loop' } : allowNextHop(request, branches);
  }
}
