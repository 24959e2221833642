/** What the interval between reports depends on (RFC 3550 §6.3). */
export interface RtcpIntervalInputs {
  /** Participants known, we included. */
  members: number;
  /** Participants that sent RTP lately, we included if we did. */
  senders: number;
  /** Whether we sent RTP since the second report before this one. */
  weSent: boolean;
  /** Bandwidth for RTCP in bytes per second: 5 % of the session's. */
  bandwidth: number;
  /** Average size of the compound packets sent and received, in bytes, lower layers included. */
  averageSize: number;
  /** Whether no report was sent yet. */
  initial: boolean;
  /** A random number from 0 to 1, for the randomisation of §6.3.1. */
  random: number;
}

const MINIMUM_MS = 5000;
/** §6.3.1: makes up for timer reconsideration converging below the intended average. */
const COMPENSATION = Math.E - 1.5;

/** The time in ms to the next report (RFC 3550 §6.3.1, A.7). */
export function rtcpInterval(inputs: RtcpIntervalInputs): number {
  let bandwidth = inputs.bandwidth;
  let count = inputs.members;
  if (inputs.senders > 0 && inputs.senders <= inputs.members / 4) {
    if (inputs.weSent) {
      bandwidth *= 0.25;
      count = inputs.senders;
    } else {
      bandwidth *= 0.75;
      count -= inputs.senders;
    }
  }
  const minimum = inputs.initial ? MINIMUM_MS / 2 : MINIMUM_MS;
  const interval = Math.max(minimum, (inputs.averageSize * count * 1000) / bandwidth);
  return (interval * (inputs.random + 0.5)) / COMPENSATION;
}
