/** Why a request was answered with an error before anybody was asked to serve it. */
export type RefusalReason =
  /** It breaks the grammar or a rule of RFC 3261: 400, 416 and others. */
  | 'malformed'
  /** 505. */
  | 'version'
  /** 413, 414 or 513. */
  | 'too-large'
  /** One source began too much: 503. */
  | 'rate'
  /** The element has too much to do: 503. */
  | 'overload'
  /** Too many requests wait for their final response: 503. */
  | 'transactions'
  /** Too many sessions: 503. */
  | 'sessions'
  /** Too many dialogs: 503. */
  | 'dialogs'
  /** The same request came on another path: 482 (RFC 3261 §8.2.2.2). */
  | 'merged'
  /** The request has been here before: 482 (RFC 5393 §4.2). */
  | 'loop'
  /** Max-Forwards is used up: 483. */
  | 'too-many-hops'
  /** Max-Breadth is used up: 440 (RFC 5393 §5.3.3). */
  | 'too-broad';

/** Why something that came was dropped without a word. */
export type DropReason =
  /** Bytes that are no SIP message. */
  | 'noise'
  /** A request too broken to answer, or an ACK that is malformed. */
  | 'malformed-request'
  | 'malformed-response'
  /** A response with several Vias: it is meant for another (RFC 3261 §8.1.3.3). */
  | 'misrouted-response'
  /** A response that fits no transaction. */
  | 'stray-response'
  /** One source sent too much: a new request. */
  | 'rate'
  /** One source sent too much: a repeated request, not answered again. */
  | 'repeat-rate'
  /** One source sent too much: a malformed request, not answered. */
  | 'malformed-rate';

const REFUSALS: readonly RefusalReason[] = [
  'malformed',
  'version',
  'too-large',
  'rate',
  'overload',
  'transactions',
  'sessions',
  'dialogs',
  'merged',
  'loop',
  'too-many-hops',
  'too-broad',
];

const DROPS: readonly DropReason[] = [
  'noise',
  'malformed-request',
  'malformed-response',
  'misrouted-response',
  'stray-response',
  'rate',
  'repeat-rate',
  'malformed-rate',
];

/** What a transaction layer has seen since it began. */
export interface TransactionCounters {
  received: number;
  sent: number;
  /** Datagrams or frames that were no SIP message, or a message too broken to answer. */
  malformed: number;
  /** Malformed requests that were answered with the reason. */
  refused: number;
  /** Requests that came again and were answered from memory. */
  requestsAbsorbed: number;
  /** Messages of ours that were sent again by a timer. */
  retransmitted: number;
  /** Answered requests forgotten early, as there were too many. */
  forgotten: number;
  /** Responses and ACKs that fit nothing. */
  stray: number;
  /** Requests refused before anybody was asked to serve them, by reason. */
  readonly refusals: Record<RefusalReason, number>;
  /** What was dropped without a word, by reason. */
  readonly drops: Record<DropReason, number>;
}

const zeros = <Reason extends string>(reasons: readonly Reason[]) =>
  Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;

/** Counters that have counted nothing yet. */
export function newCounters(): TransactionCounters {
  return {
    received: 0,
    sent: 0,
    malformed: 0,
    refused: 0,
    requestsAbsorbed: 0,
    retransmitted: 0,
    forgotten: 0,
    stray: 0,
    refusals: zeros(REFUSALS),
    drops: zeros(DROPS),
  };
}
