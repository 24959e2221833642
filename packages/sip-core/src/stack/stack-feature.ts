import type { Dialog } from '../dialog/dialog';
import type { IncomingSession } from '../session/incoming-session';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Refusal } from './request-checks';
import type { StackHost } from './stack-host';

/** An extension of a user agent, plugged in by {@link SipStack.use}: an RFC, in most cases. */
export interface StackFeature {
  /** Methods it answers, for Allow. */
  readonly methods?: readonly string[];
  /** Option tags it stands for (RFC 3261 §19.2), for Supported. */
  readonly supported?: readonly string[];
  /** Event packages it serves, for Allow-Events. */
  readonly events?: readonly string[];
  /** It has been plugged in. */
  attach?(host: StackHost): void;
  /**
   * A request of one of its methods, outside any dialog.
   *
   * @returns false when it is not for this feature: others are asked, then the stack's `request` event
   */
  receive?(transaction: ServerTransaction): boolean;
  /**
   * A request of one of its methods with the tags of a dialog that is not known, such as a NOTIFY that overtakes the 2xx of its SUBSCRIBE.
   *
   * @returns false when it is not for this feature: it is answered 481
   */
  orphan?(transaction: ServerTransaction): boolean;
  /**
   * A request of one of its methods in a dialog that is known, which no usage of the dialog takes for itself.
   *
   * @returns false when it is not for this feature: the INVITE session of the dialog gets it, else it is answered 481
   */
  inDialog?(transaction: ServerTransaction, dialog: Dialog): boolean;
  /** An INVITE that would open a session: looks at it before the application does, and may refuse it. */
  screen?(session: IncomingSession): Refusal | undefined;
  /** What keeps the stack alive now, such as subscriptions; for {@link SipStack.load}. */
  readonly size?: number;
  /** The stack closes: says what has to be said, and resolves when that is done. */
  close?(): void | Promise<void>;
  /** The stack is closed: nothing can be sent or received any more, and no timer may be left. */
  abandon?(): void;
}
