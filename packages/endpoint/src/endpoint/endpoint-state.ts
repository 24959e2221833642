/**
 * Where an endpoint stands.
 *
 * | State          | Means                                                        |
 * | -------------- | ------------------------------------------------------------ |
 * | `inactive`     | nothing is listened on; the first and the last state         |
 * | `activating`   | the transports are being opened                              |
 * | `active`       | calls can be placed and come in                              |
 * | `deactivating` | calls are hung up, registrations taken back                  |
 *
 * The original called an endpoint active once a connection was registered; here each connection tells that for itself, as
 * calls can be placed and taken without any.
 */
export type EndpointState = 'inactive' | 'activating' | 'active' | 'deactivating';

/** What moves an endpoint from one state to the next. */
export type EndpointInput = 'start' | 'started' | 'failed' | 'stop' | 'stopped';

/** Every transition there is. */
const TRANSITIONS: Readonly<Record<EndpointState, Readonly<Partial<Record<EndpointInput, EndpointState>>>>> = {
  inactive: { start: 'activating' },
  activating: { started: 'active', failed: 'inactive' },
  active: { stop: 'deactivating' },
  deactivating: { stopped: 'inactive' },
};

/** The state after an input, or undefined when the input means nothing in this state. */
export function nextEndpointState(state: EndpointState, input: EndpointInput): EndpointState | undefined {
  return TRANSITIONS[state][input];
}
