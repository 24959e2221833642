import type { HeaderList } from '@offhook/sip-core';

/** Methods that the signalling layer answers for every call. */
const SESSION_METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE'];

/** Events by which a server controls a call. */
export const ALLOW_EVENTS = 'talk, hold';

/** What bodies can be read, for `Accept` (RFC 3261 §20.1). */
export const ACCEPT = 'application/sdp';

/** Methods answered, for `Allow` (RFC 3261 §20.5). */
export function allowedMethods(inDialog: readonly string[]): readonly string[] {
  return [...SESSION_METHODS, ...inDialog];
}

/** The header fields that tell a peer by which events a call can be controlled: in the INVITE, its 180 and its 200. */
export function eventHeaders(remoteControl: boolean): HeaderList {
  return remoteControl ? [['Allow-Events', ALLOW_EVENTS]] : [];
}
