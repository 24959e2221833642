import type { Dialog } from '../dialog/dialog';
import type { HeaderList } from '../message/header-list';
import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { TypedEmitter } from '../platform/typed-emitter';
import { mediaType } from '../session/description';
import { InviteSession } from '../session/invite-session';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';

/** A MESSAGE that came (RFC 3428 §7). Unless the listener rejects it, it is answered 200. */
export class IncomingMessage {
  readonly #transaction: ServerTransaction;
  /** The call in which it came; undefined when it came outside any. */
  readonly session: InviteSession | undefined;

  /** @internal */
  constructor(transaction: ServerTransaction, session: InviteSession | undefined) {
    this.#transaction = transaction;
    this.session = session;
  }

  /** The MESSAGE itself. */
  get request(): SipRequest {
    return this.#transaction.request;
  }

  /** Who sends it. */
  get from(): NameAddr {
    return this.request.from;
  }

  /** Type of the body; `text/plain` when it is not said. */
  get contentType(): string {
    return this.request.contentType ?? 'text/plain';
  }

  /** The body, as on the wire. */
  get body(): Uint8Array {
    return this.request.body;
  }

  /** The body as UTF-8 text. */
  get text(): string {
    return this.request.text;
  }

  /**
   * Refuses it.
   *
   * @param status 300 to 699
   * @throws SipStateError when it has been answered
   */
  reject(status: number, headers: HeaderList = []): void {
    this.#transaction.reply(status, { headers });
  }
}

/** Settings of a {@link MessageServer}. */
export interface MessageServerOptions {
  /** Content types that can be read, all parameters aside; `text/plain` when absent. Others are refused (415). */
  accept?: readonly string[];
}

/** Events of a {@link MessageServer}. */
export interface MessageServerEvents {
  /** A message has come. Reject it before the listener returns, or it is answered 200. Without a listener: 480. */
  message: [message: IncomingMessage];
}

/** Takes MESSAGEs (RFC 3428), inside calls and outside: a {@link StackFeature}. */
export class MessageServer extends TypedEmitter<MessageServerEvents> implements StackFeature {
  readonly methods = ['MESSAGE'];
  readonly #accept: readonly string[];
  #host!: StackHost;

  constructor({ accept = ['text/plain'] }: MessageServerOptions = {}) {
    super();
    this.#accept = accept;
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  receive(transaction: ServerTransaction): boolean {
    return this.inDialog(transaction);
  }

  /** @internal */
  inDialog(transaction: ServerTransaction, dialog?: Dialog): boolean {
    const { request } = transaction;
    const usages = dialog ? this.#host.dialogs.usages(dialog) : [];
    const encoding = request.headers.get('Content-Encoding')?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity') transaction.reply(415, { headers: [['Accept-Encoding', 'identity']] });
    else if (request.body.length > 0 && !this.#accept.includes(mediaType(request.contentType ?? 'text/plain'))) {
      transaction.reply(415, { headers: [['Accept', this.#accept.join(', ')]] });
    } else {
      const session = usages.find((usage) => usage instanceof InviteSession);
      const heard = this.emit('message', new IncomingMessage(transaction, session));
      // §7: the 200 has no body, and opens no dialog.
      if (!transaction.answered) transaction.reply(heard ? 200 : 480);
    }
    return true;
  }
}
