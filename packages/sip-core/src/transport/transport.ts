import type { SipTransportError } from '../platform/errors';

/** How messages travel; the word of a Via (RFC 3261 §20.42, RFC 7118 §5). */
export type TransportProtocol = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/** A numeric address and a port. */
export interface Address {
  /** IPv4, or IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where a flow is to lead. */
export interface Destination extends Address {
  /** The domain that was looked up to find the address (RFC 3263); a secure connection has to prove it (RFC 5922 §7.3). */
  readonly domain?: string;
}

/** Where requests are to be sent: what RFC 3263 calls a destination. */
export interface Target extends Destination {
  readonly protocol: TransportProtocol;
}

/** Who a peer has proved to be. */
export interface PeerIdentity {
  /** SIP domains its certificate stands for (RFC 5922 §7.1). */
  readonly domains: readonly string[];
}

/**
 * A two-way path between two addresses (RFC 5626 §3.1): one connection of a stream transport, or the datagrams exchanged with
 * one address.
 */
export interface Flow {
  /** Distinguishes the flows of a process. */
  readonly id: number;
  readonly protocol: TransportProtocol;
  /** Whether what is sent arrives, in order, or the flow closes. */
  readonly reliable: boolean;
  readonly local: Address;
  readonly remote: Address;
  /** True once nothing can be sent any more. */
  readonly closed: boolean;
  /** Who the peer has proved to be, over TLS; undefined when it has not. */
  readonly peer?: PeerIdentity | undefined;
  /** Sends one message. Never throws: a failure closes the flow, and its transport tells. */
  send(data: Uint8Array): void;
  /**
   * Sends a keep-alive (RFC 5626 §3.5): CRLF CRLF over a connection, a STUN Binding request in a datagram. The answer is told by
   * {@link TransportHandlers.pong}.
   */
  ping(): void;
  /** Whether the peer is asked to send its requests for us over this connection: `alias` in Via (RFC 5923 §5). */
  readonly wantsAlias?: boolean;
  /**
   * The peer wants requests for this port of its address sent over this connection (`alias` in its Via, RFC 5923 §5). The transport sends those
   * for domains that the peer has proved to be.
   */
  alias?(port: number): void;
  /** Closes a connection; datagram flows stay as they are. */
  close(): void;
}

/** Who listens to a transport. */
export interface TransportHandlers {
  /** One whole message has come: a datagram, or a message cut out of a stream. */
  message(data: Uint8Array, flow: Flow): void;
  /** A connection has ended, or could not be made; with the reason when it was no orderly end. */
  flowClosed(flow: Flow, error?: SipTransportError): void;
  /** Bytes came that are no message and have been dropped. */
  noise(reason: string, flow: Flow): void;
  /** The answer to a keep-alive has come; in datagrams with our address as the peer sees it. */
  pong?(flow: Flow, mapped?: Address): void;
}

/** A socket, or what stands in for one: all the I/O there is in SIP. */
export interface Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  /** Where it listens; known after {@link listen}. */
  readonly local: Address;
  /** The one server that everything goes to, where there is no other way, as from a browser. */
  readonly server?: Target;
  /** Connections open now; undefined where there are none, or nobody counts them. */
  readonly connections?: number;
  /**
   * Begins to receive.
   *
   * @throws SipTransportError `ERR_SIP_PORT_IN_USE`, `ERR_SIP_ADDRESS_NOT_AVAILABLE` or `ERR_SIP_TRANSPORT`
   */
  listen(handlers: TransportHandlers): Promise<void>;
  /** The flow to an address: the one there is, or a new one. What is sent while it connects waits. */
  flow(remote: Destination): Flow;
  /** The addresses of this machine may be others now: forgets those it has found out. */
  networkChanged?(): void;
  /** Closes the socket and all connections. */
  close(): Promise<void>;
}

/** Default port of a protocol (RFC 3261 §19.1.2, RFC 7118 §5). */
export function defaultPort(protocol: TransportProtocol): number {
  switch (protocol) {
    case 'TLS':
      return 5061;
    case 'WS':
      return 80;
    case 'WSS':
      return 443;
    default:
      return 5060;
  }
}

/** Whether a host is a name that nobody can be reached by, as of who only makes connections (RFC 7118 §5.1, RFC 2606 §2). */
export const isInvalid = (host: string): boolean => /(?:^|\.)invalid\.?$/i.test(host);

let flows = 0;

/** A number no other flow of this process has. */
export const nextFlowId = (): number => ++flows;
