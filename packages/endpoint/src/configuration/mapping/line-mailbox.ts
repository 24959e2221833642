import type { Connection } from '../../connection/connection';
import type { MessageSummary } from '../../events/message-summary';
import type { Watch } from '../../events/watch';
import type { MailboxSettings } from './lines';

/** @internal Watches the mailbox of a line (RFC 3842) from its first registration on; at once where it has no registrar. */
export class LineMailbox {
  #watch: Watch<MessageSummary> | undefined;
  readonly #off: () => void;

  constructor(
    line: Connection,
    { uri, server, expires, password }: MailboxSettings,
    told: (messages: MessageSummary) => void,
  ) {
    const begin = (): void => {
      if (this.#watch) return;
      const secret = password !== undefined && { password };
      this.#watch = line.events.watchMessages(uri, { server, expires, ...secret });
      this.#watch.on('value', told);
    };
    this.#off = line.on('state', (state) => {
      if (state === 'registered') begin();
    });
    if (line.standalone || line.state === 'registered') begin();
  }

  /** What was told last. */
  get messages(): MessageSummary | undefined {
    return this.#watch?.value;
  }

  /** Ends it. */
  stop(): void {
    this.#off();
    // Never rejects.
    void this.#watch?.stop();
  }
}
