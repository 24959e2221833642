import type { Dialog } from '../dialog/dialog';
import type { DialogRegistry } from '../dialog/dialog-registry';
import type { SipMessage } from '../message/message';
import type { NameAddr } from '../message/name-addr';
import type { Clock } from '../platform/clock';
import type { Logger } from '../platform/logger';
import type { RandomBytes } from '../platform/random';
import type { IncomingReferral } from '../refer/incoming-referral';
import type { RequestEnvironment } from '../sending/outgoing-request';
import type { OutgoingSession } from '../session/outgoing-session';
import type { SessionSettings } from '../session/session-settings';
import type { Subscriber } from '../subscription/subscriber';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import type { StackInviteOptions } from './stack-options';

/** What sessions, subscriptions, registrations and other parts of a user agent need of the stack they live in. */
export interface StackHost {
  readonly environment: RequestEnvironment;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** The dialogs of this user agent. */
  readonly dialogs: DialogRegistry;
  /** Methods answered, for Allow. */
  readonly allow: readonly string[];
  /** Option tags understood, for Supported. */
  readonly supported: readonly string[];
  /** Content types that INVITE bodies may have. */
  readonly accept: readonly string[];
  /** Event packages served, for Allow-Events (RFC 6665 §8.2.2). */
  readonly events: readonly string[];
  /** What all INVITE sessions have in common. */
  readonly sessions: SessionSettings;
  /** A request is on its way that outlives what sent it, such as the BYE of a session: the stack waits for it before it closes. */
  farewell(done: Promise<void>): void;
  /** Answers an OPTIONS with what we can do. */
  answerOptions(transaction: ServerTransaction): void;
  /** Offers a request of a dialog to the features; answers whether one has taken it. */
  inDialog(transaction: ServerTransaction, dialog: Dialog): boolean;
  /** Begins a call, as {@link SipStack.invite} does. */
  invite(options: StackInviteOptions): OutgoingSession;
  /** Who takes NOTIFYs; plugged in when it is first asked for. */
  subscriber(): Subscriber;
  /** Somebody refers us: raises the stack's `refer` event, and answers whether anybody listened. */
  referred(referral: IncomingReferral): boolean;
  /** Adds what every message of ours says of us: User-Agent, and Allow, Supported and Accept where they belong. */
  decorate(message: SipMessage): void;
  /** Our address for a peer that is reached over a flow. */
  contact(flow: Flow, user: string | undefined): NameAddr;
}
