import type { Address } from '../transport/rtp-transport';
import type { TurnPipe } from './turn-client';

/** A STUN server: tells which address the world sees us at (RFC 8489 §2). Numeric address. */
export interface StunServer extends Address {
  kind: 'stun';
}

/** A TURN server: relays for us (RFC 8656). */
export interface TurnServer {
  kind: 'turn';
  username: string;
  password: string;
  /** Opens the way to the server. */
  connect(): Promise<TurnPipe>;
}

/** A server that helps to find candidates: STUN (RFC 8489) or TURN (RFC 8656). */
export type IceServer = StunServer | TurnServer;
