/** Options of a DN, under the names the original has for them. What a DN leaves open is taken from the server's own `options`. */
export interface DnOptions {
  /**
   * How TMakeCall is done (RFC 3725): `2`, the default, connects the caller first and describes the callee to him by a re-INVITE; `1` asks him for an offer and withholds
   * the ACK until the callee has answered: no re-INVITE, but the callee has to answer within 32 s.
   */
  rfc3725?: 1 | 2;
  /** Whether a single-step transfer is a REFER to the party that stays, rather than re-INVITEs; false when absent. */
  'refer-enabled'?: boolean;
  /** Whether a consultation call has a dialog of its own; true when absent. False borrows the one of the main call: for a telephone behind a gateway. */
  'dual-dialog-enabled'?: boolean;
  /** What the phone may be told by NOTIFY: `talk`, `hold`, `dtmf`, separated by commas; `talk,hold` when absent. It has to allow it, too. */
  'sip-cti-control'?: string;
  /** Whether who is held by this DN hears music; false when absent: silence. */
  'sip-enable-moh'?: boolean;
  /** Name of the music, for the user part of the music server's address. */
  'music-on-hold'?: string;
  /** Whether the caller of a TMakeCall hears ringback of the treatment server until he is answered; false when absent. */
  'ring-tone-on-make-call'?: boolean;
  /** Whether what a party has said of itself before is used again instead of asking for it; false when absent: some phones move. */
  'reuse-sdp-on-reinvite'?: boolean;
  /** Address to call this DN at, in place of a registration. */
  contact?: string;
  /** s until a party that rings is given up; 60 when absent. */
  'no-answer-timeout'?: number;
  /** What becomes of a single-step transfer whose destination cannot be had: `return` to who transferred, or `release`; `release` when absent. */
  'transfer-failed'?: 'return' | 'release';
}

/** What an option is when neither the DN nor the server says. */
export const defaultDnOptions = {
  rfc3725: 2,
  'refer-enabled': false,
  'dual-dialog-enabled': true,
  'sip-cti-control': 'talk,hold',
  'sip-enable-moh': false,
  'ring-tone-on-make-call': false,
  'reuse-sdp-on-reinvite': false,
  'no-answer-timeout': 60,
  'transfer-failed': 'release',
} as const satisfies DnOptions;
