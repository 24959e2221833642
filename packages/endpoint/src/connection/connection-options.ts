/** A line: a user at a server. */
export interface ConnectionOptions {
  /** Address-of-record, such as `sip:alice@example.com`. */
  user: string;
  /**
   * The server to register with and to send calls to, such as `sip:10.0.0.1:5060;transport=tcp`; the domain of `user` when
   * absent.
   */
  server?: string;
  /** User name for digest authentication; the user part of `user` when absent. */
  username?: string;
  /** Password for digest authentication. */
  password?: string;
  /** Name shown to those called. */
  displayName?: string;
  /**
   * Seconds a registration lasts before it is refreshed; 3600 when absent. 0: there is no registrar, the line places and takes
   * calls as it is.
   */
  expires?: number;
  /**
   * Several servers in place of one, such as the edge proxies of an outbound proxy set: with `outbound` the line is registered by all of them at
   * the same time, without they are tried in turn.
   */
  servers?: readonly string[];
  /**
   * Whether calls come back over the connection or socket the line has registered by (RFC 5626), through NATs and firewalls; it is kept
   * alive, and replaced when it breaks. False when absent. With a server that does not know it, the line is registered as any other.
   */
  outbound?: boolean;
  /** Flows to keep at the same time with `outbound`; as many as there are servers when absent. */
  flows?: number;
  /**
   * Which device or installation this is, as `urn:uuid:…`, so that a server replaces what it knew of it before a restart. Keep it. With `outbound`
   * or `gruu` a new one is made each time when absent.
   */
  instanceId?: string;
  /** An address that leads to this very phone from everywhere (RFC 5627): `public`, `temporary` (it tells nobody who we are), or `none`, the default. */
  gruu?: 'public' | 'temporary' | 'none';
  /**
   * `auto`, the default: keep-alives are sent with `outbound`. `off`: never. With an interval in ms they are always sent: for a NAT on the way to a
   * server that does not know outbound.
   */
  keepAlive?: 'auto' | 'off' | { interval: number };
  /**
   * ms between OPTIONS to the server while the line is registered, from 1000 up: one that does not answer is left at once for the next of `servers`, long before the
   * registration would run out. Not asked when absent.
   */
  optionsInterval?: number;
  /** `auto`: registers the address that the server sees, where a NAT makes it another than ours (RFC 3581). `off` when absent. */
  natContact?: 'auto' | 'off';
  /**
   * ms after a failure until the line tries to register again; 0: it does not. When absent a second, and twice as long after each failure in a row, up
   * to 32.
   */
  retryInterval?: number;
}
