import type { Dialog } from '../dialog/dialog';
import { SipSyntaxError } from '../platform/errors';
import { InviteSession } from '../session/invite-session';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import { IncomingReferral } from './incoming-referral';

/** Most referrals at a time; more are refused with 503. */
const MOST = 10_000;

/**
 * Takes REFERs (RFC 3515, RFC 4488), inside calls and outside: a {@link StackFeature}. One that comes in a call is the `refer` event of its
 * session, or, when nobody listens there, of the stack, as are all others. Without a listener they are refused: 603.
 */
export class ReferServer implements StackFeature {
  readonly methods = ['REFER'];
  readonly supported = ['norefersub'];
  readonly #referrals = new Set<IncomingReferral>();
  #host!: StackHost;

  /** Referrals that are told about, or not decided. */
  get size(): number {
    return this.#referrals.size;
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  receive(transaction: ServerTransaction): boolean {
    return this.inDialog(transaction, undefined);
  }

  /** @internal */
  inDialog(transaction: ServerTransaction, dialog: Dialog | undefined): boolean {
    if (this.#referrals.size >= MOST) {
      transaction.reply(503);
      return true;
    }
    const usages = dialog ? this.#host.dialogs.usages(dialog) : [];
    const session = usages.find((usage) => usage instanceof InviteSession);
    let referral: IncomingReferral;
    try {
      referral = new IncomingReferral(this.#host, transaction, dialog, session);
    } catch (error) {
      if (!(error instanceof SipSyntaxError)) throw error;
      transaction.reply(error.status, { reason: error.reason });
      return true;
    }
    this.#referrals.add(referral);
    referral.closed = () => this.#referrals.delete(referral);
    if (!session?.emit('refer', referral) && !this.#host.referred(referral)) referral.reject(603);
    return true;
  }

  /** @internal */
  async close(): Promise<void> {
    await Promise.all([...this.#referrals].map((each) => each.close()));
  }

  /** @internal */
  abandon(): void {
    for (const each of [...this.#referrals]) each.abandon();
  }
}
