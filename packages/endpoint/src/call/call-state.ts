/**
 * Where a call stands.
 *
 * | State          | Means                                                                          | Original's status                  |
 * | -------------- | ------------------------------------------------------------------------------ | ---------------------------------- |
 * | `in-progress`  | outgoing: INVITE sent, no final answer yet                                     | InProgress                         |
 * | `alerting`     | incoming: waits for an answer                                                  | Alerting                           |
 * | `answering`    | incoming: answered with 200, the ACK (and the SDP it may carry) has not come   | MediaOffer, MediaAccepted          |
 * | `connected`    | established, nobody holds it                                                   | Connected                          |
 * | `held`         | established, on hold by us, by the peer or by both: see `heldBy`               | Held                               |
 * | `disconnected` | over; the last state                                                           | Disconnected                       |
 *
 * The original's Unknown has no counterpart: a call always is in one of these.
 */
export type CallState = 'in-progress' | 'alerting' | 'answering' | 'connected' | 'held' | 'disconnected';

/** What moves a call from one state to the next. */
export type CallInput =
  /** Incoming: the application, or the server by NOTIFY, answers. */
  | 'answer'
  /** Outgoing: 2xx came and was acknowledged. Incoming: the ACK came (RFC 3261 §13). */
  | 'established'
  /** Somebody holds the call: a direction of sendonly or inactive, or a null address (RFC 3264 §8.4). */
  | 'hold'
  /** Nobody holds the call any more. */
  | 'retrieve'
  /** CANCEL, BYE, a refusal, a failure: the end, whoever wanted it. */
  | 'end';

/** Every transition there is. What is not in the table does not happen. */
const TRANSITIONS: Readonly<Record<CallState, Readonly<Partial<Record<CallInput, CallState>>>>> = {
  'in-progress': { established: 'connected', end: 'disconnected' },
  alerting: { answer: 'answering', end: 'disconnected' },
  answering: { established: 'connected', end: 'disconnected' },
  connected: { hold: 'held', end: 'disconnected' },
  held: { retrieve: 'connected', end: 'disconnected' },
  disconnected: {},
};

/** The state after an input, or undefined when the input means nothing in this state. */
export function nextCallState(state: CallState, input: CallInput): CallState | undefined {
  return TRANSITIONS[state][input];
}

/** Whether both sides have agreed to talk and none has hung up. */
export function isEstablished(state: CallState): boolean {
  return state === 'connected' || state === 'held';
}
