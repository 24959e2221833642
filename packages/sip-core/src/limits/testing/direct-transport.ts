import {
  type Address,
  type Flow,
  nextFlowId,
  type Transport,
  type TransportHandlers,
  type TransportProtocol,
} from '../../transport/transport';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (data: Uint8Array) => new TextDecoder().decode(data);

/** A transport that takes what it is given from whatever address, at once, and keeps what is sent by it. */
export class DirectTransport implements Transport {
  readonly reliable: boolean;
  /** What was sent since it was read last. */
  sent: { to: string; text: string }[] = [];
  #handlers: TransportHandlers | undefined;

  constructor(
    readonly local: Address = { host: '192.0.2.1', port: 5060 },
    readonly protocol: TransportProtocol = 'UDP',
  ) {
    this.reliable = protocol !== 'UDP';
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
  }

  flow(remote: Address): Flow {
    return {
      id: nextFlowId(),
      protocol: this.protocol,
      reliable: this.reliable,
      local: this.local,
      remote,
      closed: false,
      send: (data) => this.sent.push({ to: `${remote.host}:${remote.port}`, text: decode(data) }),
      ping: () => {},
      close: () => {},
    };
  }

  /** Something comes. */
  receive(data: string | Uint8Array, from: Address): void {
    this.#handlers?.message(typeof data === 'string' ? encode(data) : data, this.flow(from));
  }

  /** Something that is no message comes. */
  noise(from: Address): void {
    this.#handlers?.noise('it is too long', this.flow(from));
  }

  /** Status codes, and methods, of what was sent since they were read last. */
  statuses(): string[] {
    const all = this.sent.map(({ text }) => (text.startsWith('SIP/2.0') ? text.slice(8, 11) : text.split(' ')[0]!));
    this.sent = [];
    return all;
  }

  async close(): Promise<void> {
    this.#handlers = undefined;
  }
}

/** A request as text, which comes from `host`. */
export function requestText(
  method: string,
  {
    host = '192.0.2.2',
    branch = 'z9hG4bK1',
    callId = branch,
    toTag,
    headers = [],
    body = '',
  }: {
    host?: string;
    branch?: string;
    callId?: string;
    toTag?: string;
    headers?: readonly string[];
    body?: string;
  } = {},
): string {
  const sentBy = host.includes(':') ? `[${host}]` : host;
  return [
    `${method} sip:alice@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/UDP ${sentBy}:5060;branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:bob@${sentBy}>;tag=${callId.slice(-8)}`,
    `To: <sip:alice@192.0.2.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:bob@${sentBy}:5060>`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}
