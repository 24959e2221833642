/** Which way media flows, seen from whoever says it (RFC 3264 §5.1). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const make = (send: boolean, receive: boolean): Direction =>
  send ? (receive ? 'sendrecv' : 'sendonly') : receive ? 'recvonly' : 'inactive';

/** Whether somebody of this direction sends. */
export const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';

/** Whether somebody of this direction receives. */
export const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';

/** The same direction seen from the other end. */
export const mirrored = (direction: Direction): Direction => make(receives(direction), sends(direction));

/** What both allow. */
export const intersection = (a: Direction, b: Direction): Direction =>
  make(sends(a) && sends(b), receives(a) && receives(b));
