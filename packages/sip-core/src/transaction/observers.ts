import type { DropReason, RefusalReason } from '../limits/counters';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Flow } from '../transport/transport';
import type { ClientTransaction } from './client-transaction';
import type { Direction, TransactionObserver } from './observer';
import type { ServerTransaction } from './server-transaction';

/** Several observers as one; an error of one of them harms neither the others nor the work that is watched. */
export class Observers implements Required<TransactionObserver> {
  constructor(
    readonly all: readonly TransactionObserver[],
    private readonly failure: (error: unknown) => void,
  ) {}

  request(request: SipRequest, flow: Flow, direction: Direction): void {
    this.each((observer) => observer.request?.(request, flow, direction));
  }

  response(
    response: SipResponse,
    flow: Flow,
    direction: Direction,
    transaction: ClientTransaction | ServerTransaction | undefined,
  ): void {
    this.each((observer) => observer.response?.(response, flow, direction, transaction));
  }

  repeated(kind: 'request' | 'response', method: string, flow: Flow, direction: Direction): void {
    this.each((observer) => observer.repeated?.(kind, method, flow, direction));
  }

  failed(transaction: ClientTransaction, why: 'timeout' | 'transport'): void {
    this.each((observer) => observer.failed?.(transaction, why));
  }

  ended(transaction: ClientTransaction | ServerTransaction): void {
    this.each((observer) => observer.ended?.(transaction));
  }

  refused(reason: RefusalReason, flow: Flow): void {
    this.each((observer) => observer.refused?.(reason, flow));
  }

  dropped(reason: DropReason, flow: Flow): void {
    this.each((observer) => observer.dropped?.(reason, flow));
  }

  private each(tell: (observer: TransactionObserver) => void): void {
    for (const observer of this.all) {
      try {
        tell(observer);
      } catch (error) {
        this.failure(error);
      }
    }
  }
}
