/** Details of an {@link EndpointError}. */
export interface EndpointErrorOptions {
  /** SIP status that belongs to the failure (RFC 3261 §21). */
  status?: number | undefined;
  /** The error underneath, when there is one. */
  cause?: unknown;
}

/**
 * Base of all errors of this package: a stable `code`, the SIP `status` where there is one, and a sentence that says what
 * to do. Codes used with this class itself:
 *
 * - `ERR_OPTION`: an option has a value that cannot be;
 * - `ERR_ENDPOINT_STATE`: the endpoint is not active;
 * - `ERR_ENDPOINT_CLOSED`: the endpoint was closed for good;
 * - `ERR_PORT_IN_USE`: the port of a transport is taken by another program;
 * - `ERR_ADDRESS_UNAVAILABLE`: the host of a transport is no address of this machine;
 * - `ERR_TLS_SETTINGS`: a certificate, key or authority cannot be read;
 * - `ERR_TRANSPORT`: a transport could not be opened for another reason;
 * - `ERR_CODEC_UNKNOWN`: a codec is named that is not registered;
 * - `ERR_CODEC_PLUGIN`: a module of codecs cannot be loaded, or has no codec that works.
 */
export class EndpointError extends Error {
  /** Stable name of the failure, for programs; messages may be reworded, codes stay. */
  readonly code: string;
  /** SIP status that belongs to the failure (RFC 3261 §21). */
  readonly status: number | undefined;

  /**
   * @param code stable name of the failure
   * @param message a sentence that says what to do
   */
  constructor(code: string, message: string, options: EndpointErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = options.status;
  }
}
