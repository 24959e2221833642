/** The times all timers of RFC 3261 §17 are made of, in ms. */
export interface TimerValues {
  /** Estimate of the round trip; 500. */
  readonly T1: number;
  /** Longest interval between retransmissions; 4,000. */
  readonly T2: number;
  /** Longest time a message stays in the network; 5,000. */
  readonly T4: number;
  /** How long a request waits for its first answer (INVITE, timer B) or its final one (others, timer F); 64*T1 when absent. */
  readonly patience?: number;
}

/** The values of RFC 3261 table 4. */
export const defaultTimers: TimerValues = { T1: 500, T2: 4_000, T4: 5_000 };
