import {
  type Address,
  type Flow,
  type HeadersInit,
  parseMessage,
  SipRequest,
  SipResponse,
  serializeMessage,
  type Transport,
} from '@offhook/sip-core';
import type { MemoryLab } from './memory-lab';

/** What a request of a {@link WirePeer} has in it. */
export interface WireRequest {
  sequence?: number;
  callId?: string;
  toTag?: string | undefined;
  fromTag?: string;
  uri?: string;
  branch?: string;
  headers?: HeadersInit;
  sdp?: string | undefined;
  /** Another body: its type, and its text. */
  body?: [type: string, text: string];
}

/**
 * A SIP element that does exactly what a test tells it, message by message: the place for servers and for behaviour that our own
 * stack would never show.
 */
export class WirePeer {
  /** All that has come, in order. */
  readonly received: (SipRequest | SipResponse)[] = [];
  readonly #lab: MemoryLab;
  readonly #transport: Transport;
  readonly #to: Address;
  #flow: Flow | undefined;
  #branch = 0;

  private constructor(lab: MemoryLab, transport: Transport, to: Address) {
    this.#lab = lab;
    this.#transport = transport;
    this.#to = to;
  }

  /** A peer at `10.0.0.200` that speaks to an endpoint at `to`. */
  static async open(lab: MemoryLab, to: string): Promise<WirePeer> {
    const transport = lab.sipNetwork.transport('UDP', { host: '10.0.0.200', port: 5060 });
    const peer = new WirePeer(lab, transport, { host: to, port: 5060 });
    await transport.listen({
      message: (data) => peer.received.push(parseMessage(data.slice())),
      flowClosed: () => {},
      noise: () => {},
    });
    return peer;
  }

  /** Sends a request, its Via added, and lets it arrive. */
  async request(method: string, options: WireRequest = {}): Promise<SipRequest> {
    const { sequence = 1, callId = 'wire', toTag, fromTag = 'server', uri = 'sip:bob@10.0.0.1', sdp } = options;
    const request = SipRequest.create({ method, uri });
    const { headers } = request;
    headers.append('Via', `SIP/2.0/UDP 10.0.0.200:5060;branch=${options.branch ?? `z9hG4bKwire${++this.#branch}`}`);
    headers.append('Max-Forwards', '70');
    headers.append('From', `<sip:server@10.0.0.200>;tag=${fromTag}`);
    headers.append('To', `<sip:bob@10.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`);
    headers.append('Call-ID', callId);
    headers.append('CSeq', `${sequence} ${method}`);
    if (method === 'INVITE') headers.append('Contact', '<sip:server@10.0.0.200:5060>');
    for (const [name, value] of (options.headers ?? []) as Iterable<[string, string]>) headers.append(name, value);
    if (sdp !== undefined) request.setBody('application/sdp', sdp);
    if (options.body) request.setBody(...options.body);
    await this.#send(request);
    return request;
  }

  /** Answers a request that has come. */
  async respond(
    request: SipRequest,
    status: number,
    options: { toTag?: string; sdp?: string; headers?: HeadersInit } = {},
  ) {
    const { toTag = 'server', sdp, headers = [] } = options;
    const response = SipResponse.for(request, status, undefined, { toTag });
    response.headers.append('Contact', '<sip:server@10.0.0.200:5060>');
    for (const [name, value] of headers as Iterable<[string, string]>) response.headers.append(name, value);
    if (sdp !== undefined) response.setBody('application/sdp', sdp);
    await this.#send(response);
  }

  /** The requests that have come, of one method. */
  requests(method: string): SipRequest[] {
    return this.received.filter((each): each is SipRequest => each instanceof SipRequest && each.method === method);
  }

  /** The final responses that have come to a method, the latest last; a repeated one counts once. */
  responses(method: string): SipResponse[] {
    const responses = this.received.filter(
      (each): each is SipResponse => each instanceof SipResponse && each.cseq.method === method && each.status >= 200,
    );
    return responses.filter((each, at) => responses.findIndex((other) => other.via.branch === each.via.branch) === at);
  }

  /** What has been answered to a request, provisional responses and repetitions included, in order. */
  answers(request: SipRequest): SipResponse[] {
    return this.received.filter(
      (each): each is SipResponse =>
        each instanceof SipResponse && each.via.branch === request.via.branch && each.cseq.method === request.method,
    );
  }

  /** The final response to a request; undefined while there is none. */
  answer(request: SipRequest): SipResponse | undefined {
    return this.answers(request).find(({ status }) => status >= 200);
  }

  /** The latest final response to a method. */
  last(method: string): SipResponse {
    return this.responses(method).at(-1)!;
  }

  async #send(message: SipRequest | SipResponse): Promise<void> {
    this.#flow ??= this.#transport.flow(this.#to);
    this.#flow.send(serializeMessage(message));
    // In steps: what is to be done at once may take a long row of promises.
    for (let step = 0; step < 4; step++) await this.#lab.clock.advance(5);
  }
}

/** A description of the wire peer's: by default PCMU at `10.0.0.200:7000`. */
export function wireSdp(
  options: { codec?: string; address?: string; port?: number; direction?: string; version?: number } = {},
): string {
  const { codec = '0 PCMU', address = '10.0.0.200', port = 7000, direction, version = 1 } = options;
  const [payload, name] = codec.split(' ');
  return [
    'v=0',
    `o=server 77 ${version} IN IP4 10.0.0.200`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payload} 101`,
    `a=rtpmap:${payload} ${name}/8000`,
    'a=rtpmap:101 telephone-event/8000',
    ...(direction ? [`a=${direction}`] : []),
    '',
  ].join('\r\n');
}
