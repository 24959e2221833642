import type { Flow, NameAddr, SipUri } from '@offhook/sip-core';
import type { Binding } from './bindings';

/** How a request gets to a registered contact. */
export interface WayTo {
  /** Request-URI. */
  readonly uri: SipUri;
  /** Proxies to go by (RFC 3327 §5.4). */
  readonly routes: readonly NameAddr[];
  /** The flow to send over; undefined: where the first route or the URI leads. */
  readonly flow: Flow | undefined;
}

/**
 * How a request gets to a registered contact: by its Path; or back over the flow it was bound by, where the user agent wants that (RFC 5626
 * §5.3), where it cannot be connected to at all (WebSocket), and where its own connection is still open.
 */
export function wayTo({ uri, path, flow, regId }: Binding): WayTo {
  if (path.length > 0 || !flow || flow.closed) return { uri, routes: path, flow: undefined };
  const webSocket = flow.protocol === 'WS' || flow.protocol === 'WSS';
  // Who registers somebody else's contact does not get his calls.
  const own = flow.reliable && uri.host === flow.remote.host;
  return { uri, routes: [], flow: regId !== undefined || webSocket || own ? flow : undefined };
}
