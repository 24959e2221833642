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
}
