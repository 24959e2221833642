import { EndpointError, type EndpointErrorOptions } from './endpoint-error';

/**
 * What went wrong with a connection, stable across releases:
 *
 * - `ERR_REGISTER_UNAUTHORIZED`: the username or password is wrong or missing (401, 403, 407);
 * - `ERR_REGISTER_NO_ANSWER`: the server did not answer (408, or nothing at all);
 * - `ERR_REGISTER_REJECTED`: the server refused with another status;
 * - `ERR_REGISTER_TRANSPORT`: the server could not be reached: no route, connection refused, name unknown;
 * - `ERR_CONNECTION_STANDALONE`: the connection has no registrar;
 * - `ERR_CONNECTION_REMOVED`: the connection was removed from its endpoint.
 */
export type ConnectionErrorCode =
  | 'ERR_REGISTER_UNAUTHORIZED'
  | 'ERR_REGISTER_NO_ANSWER'
  | 'ERR_REGISTER_REJECTED'
  | 'ERR_REGISTER_TRANSPORT'
  | 'ERR_CONNECTION_STANDALONE'
  | 'ERR_CONNECTION_REMOVED';

/** Details of a {@link ConnectionError}. */
export interface ConnectionErrorOptions extends EndpointErrorOptions {
  /** Reason phrase that came with the status. */
  reason?: string | undefined;
}

/** A connection could not register, or something else could not be done with it. */
export class ConnectionError extends EndpointError {
  declare readonly code: ConnectionErrorCode;
  /** Reason phrase that came with the status. */
  readonly reason: string | undefined;

  /** @param code one of {@link ConnectionErrorCode} */
  constructor(code: ConnectionErrorCode, message: string, options: ConnectionErrorOptions = {}) {
    super(code, message, options);
    this.reason = options.reason;
  }
}
