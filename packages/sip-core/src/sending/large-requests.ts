import { formatHostPort } from '../message/host';
import type { SipRequest } from '../message/request';
import { serializeMessage } from '../message/serialize';
import type { Flow } from '../transport/transport';

/** How requests too large for a datagram travel; see {@link SipStackOptions.largeRequests}. */
export interface LargeRequestOptions {
  /** `tcp`: over a connection, and in a datagram when none can be made; `udp`: in a datagram, however many fragments that makes. */
  largeRequests?: 'tcp' | 'udp';
  /** Largest packet that crosses the network whole, in bytes; unknown when absent. */
  pathMtu?: number;
  /** Host of our Via, when it is not the flow's. */
  publicAddress?: string;
}

/** Bytes of a request in a datagram when the path MTU is not known (RFC 3261 §18.1.1). */
const LARGEST_DATAGRAM = 1_300;
/** Distance a request has to keep from the path MTU, in bytes: the response is larger, and there are headers below (§18.1.1). */
const MARGIN = 200;
/** What is in a Via besides host and port: `Via: SIP/2.0/UDP ;rport;branch=z9hG4bK` with a branch of 16 characters, and CRLF. */
const VIA_BYTES = 56;
/** What is in a head besides Request-URI, names and values, and more. */
const HEAD_CHARACTERS = 150;

/** Tells requests that are too large for a datagram (RFC 3261 §18.1.1). */
export class LargeRequests {
  readonly #limit: number;
  readonly #sentBy: string | undefined;

  constructor({ largeRequests = 'tcp', pathMtu, publicAddress }: LargeRequestOptions) {
    const limit = pathMtu === undefined ? LARGEST_DATAGRAM : pathMtu - MARGIN;
    this.#limit = largeRequests === 'tcp' ? limit : Number.POSITIVE_INFINITY;
    this.#sentBy = publicAddress;
  }

  /** Whether a request, to which Via is still to be added, should not go in a datagram. */
  tooLarge(request: SipRequest, { protocol, local }: Flow): boolean {
    if (protocol !== 'UDP' || this.#limit === Number.POSITIVE_INFINITY) return false;
    const via = VIA_BYTES + formatHostPort(this.#sentBy ?? local.host, local.port).length;
    // Most requests are far from the limit, and need not be written to see that. A character takes three bytes at most.
    let characters = HEAD_CHARACTERS + request.uriText.length;
    for (const { name, value } of request.headers.fields) characters += name.length + value.length;
    if (3 * characters + request.body.length + via <= this.#limit) return false;
    return serializeMessage(request).length + via > this.#limit;
  }
}
