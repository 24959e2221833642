import { Dialog } from '../dialog/dialog';
import type { SipRequest } from '../message/request';
import { SipSyntaxError } from '../platform/errors';
import type { ServerTransaction } from '../transaction/server-transaction';
import { type SubscriptionStateValue, subscriptionStateOf } from './subscription-state';

/** @internal What a NOTIFY says of its subscription; undefined when that cannot be read: it has been answered 400. */
export function readState(transaction: ServerTransaction): SubscriptionStateValue | undefined {
  return orRefuse(transaction, () => subscriptionStateOf(transaction.request));
}

/**
 * @internal The dialog that a NOTIFY opens for the sender of a SUBSCRIBE or REFER (RFC 6665 §4.4.1); undefined when it opens none: it has been
 * answered 400.
 *
 * @param request the SUBSCRIBE or REFER as it was sent last
 */
export function openDialog(transaction: ServerTransaction, request: SipRequest): Dialog | undefined {
  return orRefuse(transaction, () => {
    const dialog = Dialog.fromRequest(transaction.request, request.from.tag ?? '');
    dialog.heard(transaction.request, transaction.flow);
    dialog.advanceSequence(request.cseq.sequence);
    dialog.confirm();
    return dialog;
  });
}

function orRefuse<Result>(transaction: ServerTransaction, read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    transaction.reply(error.status, { reason: error.reason });
    return undefined;
  }
}
