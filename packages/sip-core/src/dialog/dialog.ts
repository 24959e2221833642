import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipUri, type Uri } from '../message/uri';
import { SipSyntaxError } from '../platform/errors';
import { joined } from '../platform/joined';
import { defaultPort, type Flow, isInvalid } from '../transport/transport';

/** How often a request is sent that others overtake. */
const MOST_TRIES = 5;

/** Early until a 2xx (RFC 3261 §12). */
export type DialogState = 'early' | 'confirmed';

interface DialogParts {
  callId: string;
  local: NameAddr;
  remote: NameAddr;
  remoteTarget: Uri;
  routeSet: NameAddr[];
  secure: boolean;
  localSequence: number;
  remoteSequence: number | undefined;
  state: DialogState;
}

/** The key of a dialog: Call-ID and both tags (RFC 3261 §12). A missing tag (RFC 2543) is the empty one. */
export const dialogKey = (callId: string, localTag: string, remoteTag: string): string =>
  joined(callId, localTag, remoteTag);

/** A peer-to-peer relationship between two user agents (RFC 3261 §12), from the side of one of them. No I/O. */
export class Dialog {
  readonly callId: string;
  /** Identifies the dialog among all of this element. */
  readonly key: string;
  /** Our address with our tag. */
  readonly local: NameAddr;
  /** The peer's address with its tag. */
  readonly remote: NameAddr;
  /** Route set, the next hop first. */
  routeSet: readonly NameAddr[];
  /** Whether it began over TLS with a sips: URI. */
  readonly secure: boolean;
  state: DialogState;
  /** The flow it was opened over, or its peer's last request came by. */
  flow: Flow | undefined;
  /** Whether requests stay on that flow, as the peer cannot be reached in another way. */
  keepsFlow = false;
  /** Whether the flow is a connection that the peer itself has made. */
  #peersOwn = false;
  #remoteTarget: Uri;
  #localSequence: number;
  #remoteSequence: number | undefined;

  private constructor(parts: DialogParts) {
    this.callId = parts.callId;
    this.local = parts.local;
    this.remote = parts.remote;
    this.key = dialogKey(this.callId, this.localTag, this.remoteTag);
    this.routeSet = parts.routeSet;
    this.secure = parts.secure;
    this.state = parts.state;
    this.#remoteTarget = parts.remoteTarget;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
  }

  /**
   * The dialog a response opens for the sender of the request (§12.1.2): route set from Record-Route in reverse order. A response
   * without Contact (RFC 2543) leaves the Request-URI as the remote target, so that it can be acknowledged and ended at least.
   *
   * @throws SipSyntaxError when a header field it needs is malformed
   */
  static fromResponse(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: request.callId,
      local: request.from,
      remote: response.to,
      remoteTarget: response.contact?.uri ?? request.uri,
      routeSet: [...response.recordRoutes].reverse(),
      secure: isSips(request.uri),
      localSequence: request.cseq.sequence,
      remoteSequence: undefined,
      state: response.status >= 200 ? 'confirmed' : 'early',
    });
  }

  /**
   * The dialog a request opens for its receiver (§12.1.1): route set from Record-Route in order.
   *
   * @param localTag the tag we give to To
   * @throws SipSyntaxError (400) when the request has no Contact, though its From has a tag
   */
  static fromRequest(request: SipRequest, localTag: string): Dialog {
    // A caller without a tag is of RFC 2543, which knows no need of a Contact: it is reached by its From.
    const target = request.contact?.uri ?? (request.from.tag === undefined ? request.from.uri : undefined);
    if (!target) throw new SipSyntaxError('A request that opens a dialog needs a Contact.', { header: 'Contact' });
    const local = request.to.clone();
    local.tag = localTag;
    return new Dialog({
      callId: request.callId,
      local,
      remote: request.from,
      remoteTarget: target,
      routeSet: [...request.recordRoutes],
      secure: isSips(request.uri),
      localSequence: 0,
      remoteSequence: request.cseq.sequence,
      state: 'early',
    });
  }

  /** Our tag (RFC 3261 §12). */
  get localTag(): string {
    return this.local.tag ?? '';
  }

  /** The peer's tag; empty where it gave none (RFC 3261 §12.1.1). */
  get remoteTag(): string {
    return this.remote.tag ?? '';
  }

  /**
   * Notes the flow a request of the peer has come by. When that is a connection it has made itself, with no proxy in between, our requests go over it
   * while it is open: nothing else may lead through its NAT (RFC 5626 §5.3, RFC 7118 §5).
   */
  heard(request: SipRequest, flow: Flow): void {
    // What is to be protected does not follow somebody to where it is not.
    const guarded = this.secure || isSips(this.#remoteTarget);
    if (guarded && flow.protocol !== 'TLS' && flow.protocol !== 'WSS') return;
    this.flow = flow;
    const target = request.contact?.uri ?? this.#remoteTarget;
    this.#peersOwn =
      flow.reliable &&
      request.vias.length === 1 &&
      target instanceof SipUri &&
      (target.host === request.via.host || target.host === flow.remote.host);
  }

  /** Notes the flow a request of ours goes by, when the one there was has closed. */
  speaks(flow: Flow): void {
    if (!flow.reliable || this.flow?.closed === false) return;
    this.flow = flow;
    this.#peersOwn = false;
  }

  /**
   * The flow requests have to go over, instead of one to the next hop: that cannot be connected to (`.invalid`, RFC 7118 §5.1), asks for it (`ob`,
   * RFC 5626 §4.3), has made the connection itself, or is where the flow leads. Undefined once it has closed.
   */
  get requestFlow(): Flow | undefined {
    const { flow } = this;
    if (!flow || flow.closed) return undefined;
    const [route] = this.routeSet;
    const hop = route ? route.uri : this.#remoteTarget;
    if (!route && (this.keepsFlow || this.#peersOwn)) return flow;
    // What cannot be looked up, such as a tel: URI, is known to whoever answered over this flow.
    if (!(hop instanceof SipUri)) return flow;
    const only = isInvalid(hop.host) || (!route && hop.params.has('ob'));
    return only || leadsTo(flow, hop) ? flow : undefined;
  }

  /** Where requests go: the peer's last Contact. */
  get remoteTarget(): Uri {
    return this.#remoteTarget;
  }

  /** CSeq number of the peer's last request; undefined before its first. */
  get remoteSequence(): number | undefined {
    return this.#remoteSequence;
  }

  /** CSeq number of the last request sent. */
  get localSequence(): number {
    return this.#localSequence;
  }

  /** Takes a later CSeq number into account: a request repeated with credentials outside the dialog's own count. */
  advanceSequence(sequence: number): void {
    if (sequence > this.#localSequence) this.#localSequence = sequence;
  }

  /**
   * Whether a request of ours may have been refused because a later one of the dialog came first (§12.2.2): it is sent again, with the next
   * number. A peer that says so in any case is believed in the end.
   *
   * @param tries how often it has been sent
   */
  overtaken({ status, cseq }: SipResponse, tries: number): boolean {
    return status === 500 && this.#localSequence > cseq.sequence && tries < MOST_TRIES;
  }

  /** The 2xx has come: its Record-Route replaces the route set of the early dialog (§13.2.2.4). */
  confirm(response?: SipResponse): void {
    this.state = 'confirmed';
    if (!response) return;
    this.routeSet = [...response.recordRoutes].reverse();
    this.refreshTarget(response);
  }

  /** The Contact of a target refresh request or of its 2xx becomes the remote target (§12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    const contact = message.contact;
    if (contact) this.#remoteTarget = contact.uri;
  }

  /**
   * A request within the dialog, without Via and Contact (§12.2.1.1). ACK and CANCEL keep the number of their INVITE; give it.
   */
  createRequest(method: string, sequence?: number): SipRequest {
    const request = SipRequest.create({ method, uri: this.#remoteTarget.clone() });
    const { headers } = request;
    headers.set('Max-Forwards', 70);
    headers.set('From', this.local);
    headers.set('To', this.remote);
    headers.set('Call-ID', this.callId);
    request.cseq = { sequence: sequence ?? ++this.#localSequence, method };
    applyRoutes(request, this.routeSet);
    return request;
  }

  /**
   * Notes the CSeq number of a received request.
   *
   * @returns false when it is out of order and must be refused with 500 (§12.2.2)
   */
  accepts(request: SipRequest): boolean {
    const { sequence } = request.cseq;
    if (request.method === 'ACK') return true;
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }
}

/**
 * Writes a route set into a request (§8.1.2, §12.2.1.1). When the first router is a strict one, of RFC 2543, it goes into the
 * Request-URI, and the Request-URI behind the last route.
 */
export function applyRoutes(request: SipRequest, routes: readonly NameAddr[]): void {
  const [first, ...others] = routes;
  if (first === undefined) return;
  if (isLoose(first)) {
    for (const route of routes) request.headers.append('Route', route);
    return;
  }
  for (const route of [...others, new NameAddr(request.uri.clone())]) request.headers.append('Route', route);
  request.uri = bare(first.uri);
  strictly.add(request);
}

/** Requests whose Request-URI is a strict router. */
const strictly = new WeakSet<SipRequest>();

/**
 * The URI a request is sent toward: its first route, unless there is none, or {@link applyRoutes} has put a strict router into the Request-URI
 * (§8.1.2, §12.2.1.1).
 */
export function hopOf(request: SipRequest): Uri {
  const [route] = request.routes;
  return route && !strictly.has(request) && isLoose(route) ? route.uri : request.uri;
}

/** Whether a route speaks loose routing (§19.1.1). */
export const isLoose = (route: NameAddr): boolean => route.uri instanceof SipUri && route.uri.params.has('lr');

/** Whether a flow leads to the very address that a URI names: no other connection, of another name, is needed to get there. */
function leadsTo({ reliable, protocol, remote }: Flow, { scheme, host, port, params }: SipUri): boolean {
  if (!reliable || host !== remote.host || (port ?? defaultPort(protocol)) !== remote.port) return false;
  const wanted = params.get('transport')?.toUpperCase();
  if (scheme === 'sips') return protocol === (wanted === 'WS' ? 'WSS' : 'TLS');
  return wanted === protocol || (wanted === 'WS' && protocol === 'WSS');
}

const isSips = (uri: Uri): boolean => uri instanceof SipUri && uri.scheme === 'sips';

/** A route as a Request-URI: without what is not allowed there (§12.2.1.1, table 1). */
function bare(uri: Uri): Uri {
  const copy = uri.clone();
  if (copy instanceof SipUri) {
    copy.headers.length = 0;
    copy.params.delete('method');
  }
  return copy;
}
