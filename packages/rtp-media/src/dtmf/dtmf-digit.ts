/**
 * How a digit travels:
 *
 * - `rfc4733`: as telephone event in RTP;
 * - `inband`: as tones in the audio (ITU-T Q.23);
 * - `info`: in a SIP INFO with a body `application/dtmf-relay`;
 * - `info-dtmf`: in a SIP INFO with a body `application/dtmf`.
 */
export type DtmfMethod = 'rfc4733' | 'inband' | 'info' | 'info-dtmf';

/** A digit whose key went down. */
export interface DtmfPress {
  /** `0`-`9`, `*`, `#`, `A`-`D`, or `!` for a hook flash. */
  digit: string;
  /** How it came. */
  method: DtmfMethod;
}

/** A digit that was received. */
export interface DtmfDigit extends DtmfPress {
  /** How long it was pressed, as far as what came says, in ms; 0 when nothing did. */
  durationMs: number;
}
