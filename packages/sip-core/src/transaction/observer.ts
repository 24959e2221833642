import type { DropReason, RefusalReason } from '../limits/counters';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Flow } from '../transport/transport';
import type { ClientTransaction } from './client-transaction';
import type { ServerTransaction } from './server-transaction';

/** Which way a message goes. */
export type Direction = 'in' | 'out';

/**
 * Watches the transactions of a layer, for statistics and logs. Methods are called in the midst of the work: they must be quick,
 * and change nothing; one that throws is reported to the log.
 */
export interface TransactionObserver {
  /** A request has come, or is about to go, for the first time. */
  request?(request: SipRequest, flow: Flow, direction: Direction): void;
  /** A response has come, or is about to go, for the first time. The transaction, unless it has none, does not know of it yet. */
  response?(
    response: SipResponse,
    flow: Flow,
    direction: Direction,
    transaction: ClientTransaction | ServerTransaction | undefined,
  ): void;
  /** A message has come, or is about to go, again. */
  repeated?(kind: 'request' | 'response', method: string, flow: Flow, direction: Direction): void;
  /** A request of ours has no final response and will have none. */
  failed?(transaction: ClientTransaction, why: 'timeout' | 'transport'): void;
  /** A transaction has left the layer. */
  ended?(transaction: ClientTransaction | ServerTransaction): void;
  /** A request has been refused before anybody was asked to serve it. */
  refused?(reason: RefusalReason, flow: Flow): void;
  /** Something has been dropped without a word. */
  dropped?(reason: DropReason, flow: Flow): void;
}
