import type { DropReason, RefusalReason } from '../limits/counters';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { ClientTransaction } from '../transaction/client-transaction';
import type { Direction, TransactionObserver } from '../transaction/observer';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import type { MetricAttributes, MetricCounter, MetricHistogram, MetricMeter } from './meter';

const METHODS: ReadonlySet<string> = new Set(
  'INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK UPDATE INFO SUBSCRIBE NOTIFY PUBLISH REFER MESSAGE'.split(' '),
);

/** Seconds from a millisecond to the end of a transaction. */
const SHORT_TIMES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 32, 64];

/** Strangers choose methods: a series for each they think of would have no end. */
const methodOf = (method: string): string => (METHODS.has(method) ? method : 'other');
const classOf = (status: number): string => `${Math.floor(status / 100)}xx`;
const transportOf = ({ protocol }: Flow): string => protocol.toLowerCase();
const directionOf = (direction: Direction): string => (direction === 'in' ? 'received' : 'sent');
const isChallenge = (status: number): boolean => status === 401 || status === 407;

/** Counts messages and measures transactions; of those of ours also the delays of RFC 6076. */
export class TransactionMetrics implements Required<TransactionObserver> {
  readonly #requests: MetricCounter;
  readonly #responses: MetricCounter;
  readonly #repeated: MetricCounter;
  readonly #refused: MetricCounter;
  readonly #dropped: MetricCounter;
  readonly #failed: MetricCounter;
  readonly #durations: MetricHistogram;
  /** Delays by the method they are of. */
  readonly #delays: Readonly<Record<string, MetricHistogram>>;
  /** When a request that was challenged began; the challenged transaction, and what the next one adds to its own time, in ms. */
  readonly #challenged = new Map<string, { transaction: ClientTransaction; since: number }>();

  constructor(meter: MetricMeter) {
    const counter = (name: string, unit: string, description: string) =>
      meter.createCounter(name, { unit, description });
    const histogram = (name: string, description: string) =>
      meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: SHORT_TIMES } });
    this.#requests = counter('sip.requests', '{request}', 'Requests, each once.');
    this.#responses = counter('sip.responses', '{response}', 'Responses, each once.');
    this.#repeated = counter('sip.retransmissions', '{message}', 'Messages that came or went again.');
    this.#refused = counter('sip.refused', '{request}', 'Requests refused before anybody was asked to serve them.');
    this.#dropped = counter('sip.dropped', '{message}', 'What was dropped without a word.');
    this.#failed = counter('sip.failures', '{request}', 'Requests of ours that found no answer.');
    this.#durations = histogram('sip.transaction.duration', 'From the request to its final response.');
    this.#delays = {
      REGISTER: histogram('sip.registration.request_delay', 'RRD of RFC 6076 §4.1, challenges included.'),
      INVITE: histogram('sip.session.request_delay', 'SRD of RFC 6076 §4.3: until it rings, is answered or refused.'),
      BYE: histogram('sip.session.disconnect_delay', 'SDD of RFC 6076 §4.4.'),
    };
  }

  request({ method }: SipRequest, flow: Flow, direction: Direction): void {
    this.#requests.add(1, this.#common(method, flow, direction));
  }

  response(
    response: SipResponse,
    flow: Flow,
    direction: Direction,
    transaction: ClientTransaction | ServerTransaction | undefined,
  ): void {
    const { status } = response;
    const method = transaction ? transaction.request.method : methodIn(response);
    const attributes = { ...this.#common(method, flow, direction), 'sip.status_class': classOf(status) };
    this.#responses.add(1, attributes);
    if (!transaction) return;
    if (transaction instanceof ClientTransaction) this.#delayed(transaction, status);
    if (status < 200 || transaction.answered) return;
    this.#durations.record(transaction.age / 1_000, {
      'sip.method': methodOf(method),
      'sip.role': transaction instanceof ClientTransaction ? 'client' : 'server',
      'sip.status_class': classOf(status),
    });
  }

  repeated(kind: 'request' | 'response', method: string, flow: Flow, direction: Direction): void {
    this.#repeated.add(1, { ...this.#common(method, flow, direction), 'sip.kind': kind });
  }

  failed(transaction: ClientTransaction, why: 'timeout' | 'transport'): void {
    const { request, flow } = transaction;
    this.#failed.add(1, { ...this.#common(request.method, flow, 'out'), 'sip.reason': why });
    if (!transaction.answered) this.#measure(transaction, 'failure');
  }

  ended(transaction: ClientTransaction | ServerTransaction): void {
    if (!(transaction instanceof ClientTransaction)) return;
    const key = keyOf(transaction);
    if (this.#challenged.get(key)?.transaction === transaction) this.#challenged.delete(key);
  }

  refused(reason: RefusalReason, flow: Flow): void {
    this.#refused.add(1, { 'sip.reason': reason, 'network.transport': transportOf(flow) });
  }

  dropped(reason: DropReason, flow: Flow): void {
    this.#dropped.add(1, { 'sip.reason': reason, 'network.transport': transportOf(flow) });
  }

  #common(method: string, flow: Flow, direction: Direction): MetricAttributes {
    return {
      'sip.method': methodOf(method),
      'sip.direction': directionOf(direction),
      'network.transport': transportOf(flow),
    };
  }

  /** A response has come to a request of ours. */
  #delayed(transaction: ClientTransaction, status: number): void {
    const { method } = transaction.request;
    const delay = this.#delays[method];
    if (!delay || transaction.answered || status === 100) return;
    // A re-INVITE begins no session.
    if (method === 'INVITE' && transaction.request.to.tag !== undefined) return;
    if (isChallenge(status)) {
      const key = keyOf(transaction);
      const since = this.#challenged.get(key)?.since ?? transaction.since;
      this.#challenged.set(key, { transaction, since });
      return;
    }
    // Of an INVITE the first sign counts, of others the final response.
    const first = method === 'INVITE' ? transaction.status <= 100 : status >= 200;
    if (first) this.#measure(transaction, status < 400 ? 'success' : 'failure');
  }

  #measure(transaction: ClientTransaction, outcome: 'success' | 'failure'): void {
    const delay = this.#delays[transaction.request.method];
    if (!delay) return;
    if (transaction.request.method === 'INVITE' && transaction.request.to.tag !== undefined) return;
    const key = keyOf(transaction);
    const before = transaction.since - (this.#challenged.get(key)?.since ?? transaction.since);
    this.#challenged.delete(key);
    delay.record((before + transaction.age) / 1_000, { 'sip.outcome': outcome });
  }
}

const keyOf = ({ request }: ClientTransaction): string => `${request.method} ${request.callId}`;

/** The method a response without a transaction answers: it may be the answer to what was malformed. */
function methodIn(response: SipResponse): string {
  return /^\d+\s+(\S+)$/.exec(response.headers.get('CSeq') ?? '')?.[1] ?? 'other';
}
