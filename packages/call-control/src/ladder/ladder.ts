import { parseMessage, SipRequest, type SipResponse, sessionBody, type TraceEvent } from '@offhook/sip-core';
import { audioAddress, directionOf } from '../leg/descriptions';

/** A message of a ladder. */
export interface LadderEntry {
  /** Wall-clock time in ms since 1970. */
  readonly time: number;
  readonly from: string;
  readonly to: string;
  /** Method, or status with the method it answers in brackets. */
  readonly what: string;
  /** What it says of the session, in short: whose description it has, `hold`, or `-` for a message that might have had one. */
  readonly session: string | undefined;
  readonly callId: string;
}

/** Name of the server's own line. */
const SERVER = 'SS';

/** The messages of a server, as a ladder: who, to whom, what, and whose description goes with it. */
export class Ladder {
  readonly entries: LadderEntry[] = [];
  readonly #names: (address: string) => string;
  /** Who has described himself at an address. */
  readonly #owners = new Map<string, string>();
  readonly #seen = new Set<string>();

  /** @param names name of the party at `host:port` */
  constructor(names: (address: string) => string) {
    this.#names = names;
  }

  /** Takes a message of the server's `trace` event. Retransmissions are left out. */
  add({ time, direction, flow, data }: TraceEvent): void {
    let message: SipRequest | SipResponse;
    try {
      message = parseMessage(data);
    } catch {
      // Whatever is no message is in no ladder.
      return;
    }
    const isRequest = message instanceof SipRequest;
    const { host, port } = flow.remote;
    const peer = this.#names(`${host}:${port}`);
    const what = isRequest
      ? this.#request(message as SipRequest)
      : `${(message as SipResponse).status} (${message.cseq.method})`;
    const callId = message.headers.get('Call-ID') ?? '';
    const key = [direction, peer, what, callId, message.cseq.sequence, message.headers.get('Via')].join(' ');
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const [from, to] = direction === 'in' ? [peer, SERVER] : [SERVER, peer];
    this.entries.push({ time, from, to, what, session: this.#session(message, from), callId });
  }

  /** Forgets what was so far, but not who is who. */
  clear(): void {
    this.entries.length = 0;
  }

  /** The ladder as lines of text: `SS->UA1 INVITE (hold)`. */
  lines(options: { methods?: readonly string[] } = {}): string[] {
    const { methods } = options;
    return this.entries
      .filter(({ what }) => !methods || methods.some((method) => what.includes(method)))
      .map(({ from, to, what, session }) => `${from}->${to} ${what}${session === undefined ? '' : ` (${session})`}`);
  }

  #request({ method, headers }: SipRequest): string {
    const event = headers.get('Event');
    return event !== undefined && method === 'NOTIFY' ? `NOTIFY ${event.split(';')[0]}` : method;
  }

  #session(message: SipRequest | SipResponse, from: string): string | undefined {
    const body = sessionBody(message);
    const { method } = message.cseq;
    const final = message instanceof SipRequest || (message.status >= 200 && message.status < 300);
    const described = body?.contentType.toLowerCase().startsWith('application/sdp');
    if (!body || !described) return (method === 'INVITE' || method === 'ACK') && final ? '-' : undefined;
    const address = audioAddress(body);
    if (from !== SERVER && !address.startsWith('0.0.0.0')) this.#owners.set(address, from);
    const direction = directionOf(body);
    if (address.startsWith('0.0.0.0')) return 'hold';
    const owner = this.#owners.get(address);
    const sdp = owner === undefined ? 'sdp' : `sdp ${owner}`;
    return direction === 'sendrecv' || direction === undefined ? sdp : `${sdp}, ${direction}`;
  }
}
