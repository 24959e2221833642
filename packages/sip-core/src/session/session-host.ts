import type { SipMessage } from '../message/message';
import type { NameAddr } from '../message/name-addr';
import type { Clock } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import type { RequestEnvironment } from '../stack/outgoing-request';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import type { InviteSession } from './invite-session';

/** What sessions need of the stack they live in. */
export interface SessionHost {
  readonly environment: RequestEnvironment;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Requests and ACKs of this dialog go to the session from now on. */
  adopt(key: string, session: InviteSession): void;
  /** No longer. */
  release(key: string): void;
  /** A BYE is on its way that outlives its session: the stack waits for it before it closes. */
  farewell(done: Promise<void>): void;
  /** Answers an OPTIONS with what we can do. */
  answerOptions(transaction: ServerTransaction): void;
  /** Adds what every message of ours says of us: User-Agent, and Allow, Supported and Accept where they belong. */
  decorate(message: SipMessage): void;
  /** Our address for a peer that is reached over a flow. */
  contact(flow: Flow, user: string | undefined): NameAddr;
  /** Methods answered, for Allow. */
  readonly allow: readonly string[];
  /** Content types that INVITE bodies may have. */
  readonly accept: readonly string[];
}
