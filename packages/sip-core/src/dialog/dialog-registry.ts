import type { SipRequest } from '../message/request';
import type { ServerTransaction } from '../transaction/server-transaction';
import { type Dialog, dialogKey } from './dialog';

/** One of the things two user agents do with each other in a dialog: an INVITE session, a subscription (RFC 5057 §3). */
export interface DialogUsage {
  /** Whether a request of the dialog is for this usage. */
  claims(request: SipRequest): boolean;
  /** A request that it has claimed; its CSeq number is in order. */
  receive(transaction: ServerTransaction): void;
  /** The ACK of a 2xx. */
  receiveAck?(ack: SipRequest): void;
}

/** Dialogs that have ended and are remembered. */
const MEMORY = 1_000;

interface Entry {
  readonly dialog: Dialog;
  /** The latest first: an INVITE session, the first of its dialog, takes what no other usage claims. */
  usages: readonly DialogUsage[];
}

/** The dialogs of a user agent, and what they are used for (RFC 3261 §12, RFC 5057). */
export class DialogRegistry {
  readonly #entries = new Map<string, Entry>();
  /** Confirmed dialogs that are over, the latest last. */
  readonly #ended = new Set<string>();
  /** Dialogs in which a BYE of ours is not answered yet. */
  readonly #leaving = new Set<string>();

  /** Dialogs that are used. */
  get size(): number {
    return this.#entries.size;
  }

  /** The dialog of this Call-ID and these tags. */
  find(callId: string, localTag: string, remoteTag: string): Dialog | undefined {
    return this.#entries.get(dialogKey(callId, localTag, remoteTag))?.dialog;
  }

  /** What a dialog is used for, the latest usage first. */
  usages(dialog: Dialog): readonly DialogUsage[] {
    return this.#entries.get(dialog.key)?.usages ?? [];
  }

  /** Requests of the dialog go to the usage from now on, when it claims them. */
  add(dialog: Dialog, usage: DialogUsage): void {
    const entry = this.#entries.get(dialog.key);
    if (!entry) this.#entries.set(dialog.key, { dialog, usages: [usage] });
    else if (!entry.usages.includes(usage)) entry.usages = [usage, ...entry.usages];
  }

  /** No longer. The dialog is over with its last usage. */
  remove(dialog: Dialog, usage: DialogUsage): void {
    const entry = this.#entries.get(dialog.key);
    if (!entry) return;
    entry.usages = entry.usages.filter((each) => each !== usage);
    if (entry.usages.length > 0) return;
    this.#entries.delete(dialog.key);
    if (dialog.state !== 'confirmed') return;
    this.#ended.add(dialog.key);
    if (this.#ended.size > MEMORY) this.#ended.delete(this.#ended.values().next().value!);
  }

  /** Whether such a dialog was there, confirmed, and ended not long ago: one of the last thousand. */
  hasEnded(callId: string, localTag: string, remoteTag: string): boolean {
    return this.#ended.has(dialogKey(callId, localTag, remoteTag));
  }

  /** Our BYE is under way in a dialog, until the function that this gives is called. */
  leave({ key }: Dialog): () => void {
    this.#leaving.add(key);
    return () => this.#leaving.delete(key);
  }

  /** Whether a request is a BYE that crosses ours: it ends what we have ended (RFC 5407 §3.2.1). */
  crosses(request: SipRequest): boolean {
    return request.method === 'BYE' && this.#leaving.has(keyOf(request));
  }

  /** Whether a request belongs to one of the dialogs. */
  has(request: SipRequest): boolean {
    return this.#entries.has(keyOf(request));
  }

  /**
   * Gives a request to the usage that claims it; answers 500 when it is out of order (§12.2.2), 481 when it is nobody's.
   *
   * @param otherwise takes what no usage claims, or answers false
   */
  receive(transaction: ServerTransaction, otherwise: (dialog: Dialog) => boolean = () => false): void {
    const { request } = transaction;
    const entry = this.#entries.get(keyOf(request));
    const usage = entry?.usages.find((each) => each.claims(request));
    if (!entry) {
      transaction.reply(481);
      return;
    }
    const { dialog } = entry;
    if (!dialog.accepts(request)) {
      transaction.reply(500, { reason: 'Request Out of Order' });
      return;
    }
    dialog.heard(request, transaction.flow);
    if (usage) usage.receive(transaction);
    else if (!otherwise(dialog)) transaction.reply(481);
  }

  /** Tells the usages of a dialog about an ACK of a 2xx. */
  receiveAck(ack: SipRequest): void {
    for (const usage of this.#entries.get(keyOf(ack))?.usages ?? []) usage.receiveAck?.(ack);
  }
}

/** From the receiver's side: our tag is the one of To. */
const keyOf = (request: SipRequest) => dialogKey(request.callId, request.to.tag ?? '', request.from.tag ?? '');
