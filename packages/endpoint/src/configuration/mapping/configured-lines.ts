import type { Connection } from '../../connection/connection';
import type { Endpoint } from '../../endpoint/endpoint';
import type { MessageSummary } from '../../events/message-summary';
import { LineMailbox } from './line-mailbox';
import type { ConfiguredLine } from './lines';

/** A line of a configuration, and the connection it is. */
export interface ConnectedLine extends ConfiguredLine {
  /** Another one once anything of `connection` has been changed. */
  readonly line: Connection;
  /** What the mailbox of the line told last (RFC 3842); undefined: nothing yet, or there is none. */
  readonly messages: MessageSummary | undefined;
}

/** Told of messages that wait. */
export type MessagesListener = (messages: MessageSummary, line: Connection) => void;

/** @internal The lines of an endpoint, as a configuration says; those that are changed are replaced. */
export class ConfiguredLines {
  readonly #endpoint: Endpoint;
  #list: readonly ConnectedLine[] = [];
  /** One after the other: what takes the old registration back must not take the new one. */
  #settled: Promise<unknown> = Promise.resolve();
  readonly #toRegister = new WeakSet<Connection>();
  readonly #mailboxes = new Map<Connection, { settings: string; mailbox: LineMailbox }>();
  readonly #told: MessagesListener;

  constructor(endpoint: Endpoint, lines: readonly ConfiguredLine[], told: MessagesListener = () => {}) {
    this.#endpoint = endpoint;
    this.#told = told;
    this.follow(lines);
  }

  get list(): readonly ConnectedLine[] {
    return this.#list;
  }

  /** Makes them what they are to be. A line that was registered, or tried to be, is so again. */
  follow(lines: readonly ConfiguredLine[]): void {
    const before = this.#list;
    this.#list = lines.map((line, index) => {
      const old = before[index];
      if (old && JSON.stringify(old.connection) === JSON.stringify(line.connection)) return this.#entry(line, old.line);
      const connection = this.#endpoint.addConnection(line.connection);
      this.#replace(old?.line, connection);
      return this.#entry(line, connection);
    });
    for (const { line } of before.slice(lines.length)) this.#replace(line, undefined);
  }

  #entry(settings: ConfiguredLine, line: Connection): ConnectedLine {
    this.#watchMailbox(settings, line);
    const mailboxes = this.#mailboxes;
    return {
      ...settings,
      line,
      get messages() {
        return mailboxes.get(line)?.mailbox.messages;
      },
    };
  }

  #watchMailbox({ mailbox }: ConfiguredLine, line: Connection): void {
    const settings = JSON.stringify(mailbox);
    const before = this.#mailboxes.get(line);
    if (before?.settings === settings) return;
    this.#forgetMailbox(line);
    if (!mailbox) return;
    const told = (messages: MessageSummary): void => this.#told(messages, line);
    this.#mailboxes.set(line, { settings, mailbox: new LineMailbox(line, mailbox, told) });
  }

  #forgetMailbox(line: Connection): void {
    this.#mailboxes.get(line)?.mailbox.stop();
    this.#mailboxes.delete(line);
  }

  #replace(old: Connection | undefined, now: Connection | undefined): void {
    if (!old) return;
    this.#forgetMailbox(old);
    const registers = this.#toRegister.has(old) || old.state !== 'unregistered';
    if (now && registers) this.#toRegister.add(now);
    const begin = async (): Promise<void> => {
      await this.#endpoint.removeConnection(old);
      const isStill = now && this.#list.some(({ line }) => line === now) && this.#endpoint.state === 'active';
      // How it goes the connection tells by its state, as ever.
      if (isStill && registers && !now.standalone) void now.register().catch(() => {});
    };
    this.#settled = this.#settled.then(begin, begin);
  }
}
