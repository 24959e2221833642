/** What a shell sees when a command ends. */
export const exitCodes = {
  /** Everything was as it should be. */
  success: 0,
  /** The call or request was answered with a SIP status of refusal, or what came back was not as it should be. */
  failed: 1,
  /** The command line, or a file it names, cannot be used. */
  usage: 2,
  /** The network, a port, or an answer that never came. */
  network: 3,
  /** Stopped by SIGINT before it was finished: 128 and the number of the signal. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
