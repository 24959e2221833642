import type { NameAddr } from '../message/name-addr';
import type { SipUri } from '../message/uri';
import type { Flow } from '../transport/transport';

/** What requests of a line take from its registration. */
export interface Line {
  /** The flow requests go over while it lives (RFC 5626 §4.3); undefined: the next hop is looked up as usual. */
  readonly flow: Flow | undefined;
  /** The server to send to when there is no flow; undefined: the first route, or the Request-URI. */
  readonly server: SipUri | undefined;
  /** Routes a request outside any dialog begins with (RFC 3608 §5). */
  readonly serviceRoute: readonly NameAddr[];
  /** Our Contact in messages of the line that go over a flow; undefined: the address of the flow. */
  contactOver(flow: Flow): NameAddr | undefined;
}
