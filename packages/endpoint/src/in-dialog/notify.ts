import { ALLOW_EVENTS } from './capabilities';
import { bareValue } from './header-value';
import { type InDialogHandler, respond } from './in-dialog-handler';

/**
 * NOTIFY with the event `talk` or `hold`, which a call-control server sends in the dialog of a call, without a
 * subscription, to answer, hold and retrieve it from the user's desktop. The 200 goes out before anything is done. Other
 * events are unknown: 489 (RFC 6665 §8.3.2).
 */
export const notify: InDialogHandler = (transaction, call) => {
  const event = bareValue(transaction.request.headers.get('Event'));
  if (!call.remoteControl || (event !== 'talk' && event !== 'hold')) {
    respond(transaction, 489, call.remoteControl ? [['Allow-Events', ALLOW_EVENTS]] : []);
    return;
  }
  respond(transaction, 200);
  call.control(event);
};
