import type { Dialog } from '../dialog/dialog';
import type { ServerTransaction } from '../transaction/server-transaction';
import { answerInfo } from './info';
import type { InviteSession } from './invite-session';
import { reasonOf } from './reason';

/** What the peer asks of a session inside its dialogs: the session answers some of it, features and the application the rest. */
export class PeerRequests {
  readonly #session: InviteSession;
  /** Requests that somebody has to answer. */
  readonly #open = new Set<ServerTransaction>();

  constructor(session: InviteSession) {
    this.#session = session;
  }

  /** A request of one of the dialogs; its CSeq number is in order. */
  receive(transaction: ServerTransaction, dialog: Dialog): void {
    const session = this.#session;
    const { request } = transaction;
    session.hear(request);
    switch (request.method) {
      case 'BYE':
        transaction.reply(200);
        if (dialog === session.dialog) session.end({ by: 'remote', message: request, ...reasonOf(request) });
        else session.forget(dialog);
        return;
      case 'INVITE':
      case 'UPDATE':
        void session.reofferServer.receive(transaction, dialog);
        return;
      case 'OPTIONS':
        session.host.answerOptions(transaction);
        return;
      case 'INFO':
        if (request.headers.has('Info-Package')) this.#informed(transaction);
        else this.#handOver(transaction, dialog);
        return;
      default:
        this.#handOver(transaction, dialog);
    }
  }

  /** RFC 3261 §15.1.2: the session is over, and what still waits for an answer gets 487. */
  close(): void {
    for (const transaction of [...this.#open]) if (!transaction.answered) transaction.reply(487);
  }

  #informed(transaction: ServerTransaction): void {
    const info = answerInfo(this.#session.host, transaction);
    if (info) this.#session.emit('info', info);
  }

  #handOver(transaction: ServerTransaction, dialog: Dialog): void {
    const { host } = this.#session;
    this.#open.add(transaction);
    transaction.ended = () => this.#open.delete(transaction);
    if (host.inDialog(transaction, dialog) || this.#session.emit('request', transaction)) return;
    const { events, allow } = host;
    const known = events.length > 0 ? ([['Allow-Events', events.join(', ')]] as const) : [];
    if (transaction.request.method === 'NOTIFY') transaction.reply(489, { headers: known });
    else transaction.reply(405, { headers: [['Allow', allow.join(', ')]] });
  }
}
