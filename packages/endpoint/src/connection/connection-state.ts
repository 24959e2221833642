/**
 * Where a connection stands with its registrar.
 *
 * | State          | Means                                                   | Original's status                             |
 * | -------------- | ------------------------------------------------------- | --------------------------------------------- |
 * | `unregistered` | not registered, by choice; calls can be placed          | Unregistered, Disabled                        |
 * | `registering`  | REGISTER sent, no answer yet; also while it is repeated | Registering, PerformingNetworkDiscovery       |
 * | `registered`   | the registrar sends calls here; refreshed by itself     | Registered, Ready                             |
 * | `failed`       | the registrar refused, or did not answer                | Failed                                        |
 */
export type ConnectionState = 'unregistered' | 'registering' | 'registered' | 'failed';

/** Why a connection is in its state. */
export interface ConnectionReason {
  /** SIP status of the registrar's answer. */
  readonly status?: number;
  /** Its reason phrase. */
  readonly reason?: string;
  /** What went wrong, when something did. */
  readonly error?: Error;
}
