import type { SipServerTransaction } from '../sip/sip-session';
import { allowedMethods } from './capabilities';
import { type InDialogCall, type InDialogHandler, respond } from './in-dialog-handler';
import { info } from './info';
import { notify } from './notify';

/** Which method inside a dialog is answered by whom. A new one is a file and a line here. */
const HANDLERS: Readonly<Record<string, InDialogHandler>> = {
  INFO: info,
  NOTIFY: notify,
};

/** Methods answered here, beyond those that the signalling layer answers. */
export const IN_DIALOG_METHODS: readonly string[] = Object.keys(HANDLERS);

/** Answers a request inside the dialog of a call; 405 with `Allow` when nobody does (RFC 3261 §8.2.1). */
export function answerInDialog(transaction: SipServerTransaction, call: InDialogCall): void {
  const handler = HANDLERS[transaction.request.method];
  if (handler) handler(transaction, call);
  else respond(transaction, 405, [['Allow', allowedMethods(IN_DIALOG_METHODS).join(', ')]]);
}
