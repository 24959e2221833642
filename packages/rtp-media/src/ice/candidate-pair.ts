import type { Address } from '../transport/rtp-transport';
import type { IceCandidate } from './ice-candidate';

/**
 * Where a local candidate sends from: a socket, or an allocation at a TURN server. What was received names the base it
 * came to.
 */
export interface IceBase {
  /** Address packets leave from, as the peer sees it without address translation: the socket's, or the relayed one. */
  readonly address: Readonly<Address>;
  readonly component: number;
  /** A relayed base has lower priority, and its host candidate is none. */
  readonly relayed: boolean;
  /** Sends a packet from this base, through the relay when it has one. */
  send(bytes: Uint8Array, to: Readonly<Address>): void;
}

/** A local candidate with the base it sends from. */
export interface LocalCandidate extends IceCandidate {
  readonly base: IceBase;
}

/** RFC 8445 §6.1.2.6. */
export type PairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';

/** A local and a remote candidate, and what checks said of them (RFC 8445 §6.1.2). */
export interface CandidatePair {
  readonly local: LocalCandidate;
  readonly remote: IceCandidate;
  state: PairState;
  /** The peer asked to use it, before or after our check succeeded. */
  useRequested: boolean;
  /** Our check carried USE-CANDIDATE and was answered. */
  nominated: boolean;
  /** A check is under way that carries USE-CANDIDATE. */
  nominating: boolean;
  roundTripMs: number;
}

export const pairOf = (local: LocalCandidate, remote: IceCandidate, state: PairState = 'frozen'): CandidatePair => ({
  local,
  remote,
  state,
  useRequested: false,
  nominated: false,
  nominating: false,
  roundTripMs: Number.NaN,
});

/** Priority of a pair (RFC 8445 §6.1.2.3); compare with `<`. */
export function pairPriority({ local, remote }: CandidatePair, controlling: boolean): bigint {
  const g = BigInt(controlling ? local.priority : remote.priority);
  const d = BigInt(controlling ? remote.priority : local.priority);
  const [low, high] = g < d ? [g, d] : [d, g];
  return (low << 32n) + 2n * high + (g > d ? 1n : 0n);
}

export const pairFoundation = ({ local, remote }: CandidatePair): string =>
  `${local.component} ${local.foundation} ${remote.foundation}`;

/** Best first. */
export function byPriority(pairs: readonly CandidatePair[], controlling: boolean): CandidatePair[] {
  const ranked = pairs.map((pair) => ({ pair, rank: pairPriority(pair, controlling) }));
  ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank < b.rank ? 1 : -1));
  return ranked.map(({ pair }) => pair);
}
