import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Address } from '../transport/transport';
import type { MemoryNetwork } from './memory-network';

/** One message on the wire. */
export interface WireEntry {
  readonly from: string;
  readonly to: string;
  readonly message: SipRequest | SipResponse;
}

/** Writes down what goes over a {@link MemoryNetwork}, in the manner of a call flow: `alice > bob INVITE`. */
export class WireLog {
  readonly entries: WireEntry[] = [];
  readonly #names: Readonly<Record<string, string>>;

  /** @param names name of each address, as `host` or `host:port`; may be added to later */
  constructor(network: MemoryNetwork, names: Readonly<Record<string, string>>) {
    this.#names = names;
    network.tap = (data, from, to) => {
      this.entries.push({ from: this.#name(from), to: this.#name(to), message: parseMessage(data.slice()) });
    };
  }

  /** One line for each message since the last call of {@link clear}; a body is marked by `*`. */
  get lines(): string[] {
    return this.entries.map(({ from, to, message }) => `${from} > ${to} ${nameOf(message)}`);
  }

  /** The messages of this name, such as `INVITE` or `200 INVITE`. */
  messages(name: string): (SipRequest | SipResponse)[] {
    return this.entries.map(({ message }) => message).filter((message) => nameOf(message).replace('*', '') === name);
  }

  /** The last request of a method. @throws Error when there was none */
  request(method: string): SipRequest {
    const found = this.messages(method).at(-1);
    if (found instanceof SipRequest) return found;
    throw new Error(`No ${method} was sent.`);
  }

  /** Forgets what it has seen. */
  clear(): void {
    this.entries.length = 0;
  }

  #name({ host, port }: Address): string {
    return this.#names[`${host}:${port}`] ?? this.#names[host] ?? `${host}:${port}`;
  }
}

const nameOf = (message: SipRequest | SipResponse): string => {
  const name = message instanceof SipRequest ? message.method : `${message.status} ${message.cseq.method}`;
  return message.body.length > 0 ? `${name}*` : name;
};
