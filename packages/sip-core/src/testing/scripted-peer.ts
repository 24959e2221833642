import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { Via } from '../message/via';
import type { Address, Flow, Transport } from '../transport/transport';
import type { VirtualClock } from './virtual-clock';

/** What a {@link ScriptedPeer} puts into a response. */
export interface ScriptedReply {
  /** Tag of To; `peer` when absent, none when empty. */
  tag?: string;
  reason?: string;
  headers?: readonly (readonly [name: string, value: string])[];
  /** A session description, sent as `application/sdp`. */
  body?: string;
}

/**
 * The other end of the wire in a test: it does what the script says and nothing else. No transactions, no timers, no
 * retransmissions, so that it can be as wrong, slow and forgetful as real peers are.
 */
export class ScriptedPeer {
  /** Whether messages that come again byte for byte are received again too; false at first. */
  repeats = false;
  /** All there was on the wire, repeats included: `> 200 INVITE` was sent by the peer, `< INVITE` came to it. */
  readonly log: string[] = [];
  readonly #clock: VirtualClock;
  readonly #transport: Transport;
  readonly #inbox: { message: SipRequest | SipResponse; flow: Flow }[] = [];
  readonly #seen = new Set<string>();
  readonly #flows = new WeakMap<SipRequest | SipResponse, Flow>();
  #branch = 0;
  #arrived: (() => void) | undefined;

  /** @param transport of the network the test runs on; `start()` listens */
  constructor(clock: VirtualClock, transport: Transport) {
    this.#clock = clock;
    this.#transport = transport;
  }

  /** Where it listens. */
  get address(): Address {
    return this.#transport.local;
  }

  /** Listens. */
  async start(): Promise<this> {
    await this.#transport.listen({
      message: (data, flow) => {
        const message = parseMessage(data);
        const text = new TextDecoder().decode(data);
        this.log.push(`< ${nameOf(message)}`);
        if (this.#seen.has(text) && !this.repeats) return;
        this.#seen.add(text);
        this.#flows.set(message, flow);
        this.#inbox.push({ message, flow });
        this.#arrived?.();
      },
      flowClosed: () => {},
      noise: () => {},
    });
    return this;
  }

  /** Closes its transport. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * Waits, in virtual time, for a request of this method.
   *
   * @throws Error when something else comes first, or nothing in `limit` ms
   */
  async receive(method: string, limit = 40_000): Promise<SipRequest> {
    const message = await this.#next(method, limit);
    if (message instanceof SipRequest && message.method === method) return message;
    throw new Error(`${method} was expected, ${nameOf(message)} came.`);
  }

  /** Waits, in virtual time, for a response with this status; 100 (Trying) is passed over unless it is the one waited for. */
  async receiveStatus(status: number, limit = 40_000): Promise<SipResponse> {
    for (;;) {
      const message = await this.#next(String(status), limit);
      if (message instanceof SipResponse && message.status === status) return message;
      if (message instanceof SipResponse && message.status === 100) continue;
      throw new Error(`${status} was expected, ${nameOf(message)} came.`);
    }
  }

  /** Messages that have come and were not received. */
  get waiting(): readonly string[] {
    return this.#inbox.map(({ message }) => nameOf(message));
  }

  /** Answers a request over the flow it came on. Responses from 101 to 299 to INVITE get a Contact. */
  reply(request: SipRequest, status: number, { tag = 'peer', reason, headers = [], body }: ScriptedReply = {}): void {
    const response = SipResponse.for(request, status, reason, tag === '' ? {} : { toTag: tag });
    const { host, port } = this.address;
    const given = headers.some(([name]) => name.toLowerCase() === 'contact');
    if (request.method === 'INVITE' && status > 100 && status < 300 && !given) {
      response.headers.append('Contact', `<sip:peer@${host}:${port}>`);
    }
    for (const [name, value] of headers) response.headers.append(name, value);
    if (body !== undefined) response.setBody('application/sdp', body);
    this.#transmit(response, this.#flows.get(request)!);
  }

  /** Sends a request with a Via of its own. @param to where to; a message it came from, or an address */
  send(request: SipRequest, to: SipRequest | SipResponse | Address): void {
    const flow = 'port' in to ? this.#transport.flow(to) : this.#flows.get(to)!;
    const { host, port } = this.address;
    const branch = `z9hG4bKpeer${++this.#branch}`;
    request.headers.prepend('Via', new Via({ transport: flow.protocol, host, port, params: { branch, rport: '' } }));
    this.#transmit(request, flow);
  }

  /** Sends a message as it is: a request of its own making, or one again. */
  sendAsIs(message: SipRequest | SipResponse, to: Address): void {
    this.#transmit(message, this.#transport.flow(to));
  }

  #transmit(message: SipRequest | SipResponse, flow: Flow): void {
    this.log.push(`> ${nameOf(message)}`);
    flow.send(serializeMessage(message));
  }

  async #next(wanted: string, limit: number): Promise<SipRequest | SipResponse> {
    await this.#clock.advance(0);
    if (this.#inbox.length === 0) {
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await this.#clock.until(arrived, limit).catch(() => {
        throw new Error(`${wanted} was expected, and nothing came in ${limit} ms.`);
      });
    }
    return this.#inbox.shift()!.message;
  }
}

const nameOf = (message: SipRequest | SipResponse): string =>
  message instanceof SipRequest ? message.method : `${message.status} ${message.cseq.method}`;
