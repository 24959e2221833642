import type { Dialog } from '../dialog/dialog';
import { SipSyntaxError } from '../platform/errors';
import { joined } from '../platform/joined';
import { IncomingSession } from '../session/incoming-session';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { TransactionLayer } from '../transaction/transaction-layer';
import type { Profile } from './profile';
import { type Refusal, refuseExtensions, refuseRequest } from './request-checks';
import type { StackFeature } from './stack-feature';
import type { StackHost } from './stack-host';

/** Methods that make sense inside a dialog only: we take them, but there (RFC 3261 §15.1.2, RFC 3262 §3, RFC 3311 §5.2, RFC 6086 §4.2.2). */
const DIALOG_METHODS = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/** Who takes what has come. */
export interface RequestTakers {
  /** Whether nothing new is begun any more. */
  readonly closed: boolean;
  /** Sessions alive now. */
  readonly sessions: number;
  /** A call has come in; answers whether anybody wants it. */
  invited(session: IncomingSession): boolean;
  /** A request outside dialogs that no feature takes; answers whether anybody has. */
  requested(transaction: ServerTransaction): boolean;
}

/** What a user agent does with the requests it gets (RFC 3261 §8.2, §12.2.2): checks them, and finds whom they are for. */
export class IncomingRequests {
  readonly #host: StackHost;
  readonly #layer: TransactionLayer;
  readonly #profile: Profile;
  readonly #features: readonly StackFeature[];
  readonly #takers: RequestTakers;
  /** Requests being served, by what stays the same on every path they take (RFC 3261 §8.2.2.2). */
  readonly #serving = new Map<string, ServerTransaction>();

  constructor(host: StackHost, profile: Profile, features: readonly StackFeature[], takers: RequestTakers) {
    this.#host = host;
    this.#layer = host.environment.layer;
    this.#profile = profile;
    this.#features = features;
    this.#takers = takers;
  }

  /** A request has come, and nobody has answered it yet. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.to.tag !== undefined) {
      this.#inDialog(transaction);
      return;
    }
    if (this.#takers.closed) {
      transaction.reply(503);
      return;
    }
    if (this.#merged(transaction) || this.#full(transaction)) return;
    const refusal = refuseRequest(request, this.#profile);
    if (refusal) {
      this.#refuse(transaction, refusal);
      return;
    }
    if (request.method === 'INVITE') {
      this.#invited(transaction);
      return;
    }
    for (const feature of this.#features) {
      if (feature.methods?.includes(request.method) && feature.receive?.(transaction)) return;
    }
    if (this.#takers.requested(transaction)) return;
    if (request.method === 'OPTIONS') this.#host.answerOptions(transaction);
    else if (DIALOG_METHODS.has(request.method) && this.#profile.allow.includes(request.method)) transaction.reply(481);
    else transaction.reply(405, { headers: [['Allow', this.#profile.allow.join(', ')]] });
  }

  #inDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#host.dialogs.crosses(request)) {
      transaction.reply(200);
      return;
    }
    if (!this.#host.dialogs.has(request)) {
      for (const feature of this.#features) {
        if (feature.methods?.includes(request.method) && feature.orphan?.(transaction)) return;
      }
      transaction.reply(481);
      return;
    }
    const refusal = refuseExtensions(request, this.#profile);
    if (refusal) this.#refuse(transaction, refusal);
    else this.#host.dialogs.receive(transaction, (dialog) => this.offer(transaction, dialog));
  }

  /** Offers a request of a dialog to the features; answers whether one has taken it. */
  offer(transaction: ServerTransaction, dialog: Dialog): boolean {
    const { method } = transaction.request;
    return this.#features.some((each) => each.methods?.includes(method) && each.inDialog?.(transaction, dialog));
  }

  /** RFC 3261 §8.2.2.2: the same request has come on another path and is being served. */
  #merged(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    const key = joined(request.from.tag ?? '', request.callId, request.cseq.sequence, request.method);
    const other = this.#serving.get(key);
    if (other && other.state !== 'terminated') {
      this.#layer.countRefusal('merged', transaction.flow);
      transaction.reply(482, { reason: 'Request Merged' });
      return true;
    }
    this.#serving.set(key, transaction);
    transaction.ended = () => {
      if (this.#serving.get(key) === transaction) this.#serving.delete(key);
    };
    return false;
  }

  /** Whether there are as many sessions or dialogs as there may be; the request is then answered. */
  #full(transaction: ServerTransaction): boolean {
    const { method } = transaction.request;
    const { maxSessions, maxDialogs } = this.#layer.limits;
    const opens = method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER';
    const reason =
      method === 'INVITE' && this.#takers.sessions >= maxSessions
        ? 'sessions'
        : opens && this.#host.dialogs.size >= maxDialogs
          ? 'dialogs'
          : undefined;
    if (!reason) return false;
    this.#layer.countRefusal(reason, transaction.flow);
    transaction.reply(503, { headers: [this.#layer.retryAfter()] });
    return true;
  }

  #refuse(transaction: ServerTransaction, { status, reason, headers = [] }: Refusal): void {
    transaction.reply(status, { headers, ...(reason !== undefined && { reason }) });
  }

  #invited(transaction: ServerTransaction): void {
    let session: IncomingSession;
    try {
      session = new IncomingSession(this.#host, transaction);
    } catch (error) {
      const { status = 400, message } = error as SipSyntaxError;
      transaction.reply(status, { reason: error instanceof SipSyntaxError ? error.reason : message });
      return;
    }
    for (const feature of this.#features) {
      const refusal = feature.screen?.(session);
      if (!refusal) continue;
      session.reject(refusal.status, undefined, refusal.headers);
      return;
    }
    if (!this.#takers.invited(session)) session.reject(480);
  }
}
