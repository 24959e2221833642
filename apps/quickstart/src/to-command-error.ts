import { SipTimeoutError, SipTransportError } from '@offhook/sip-core';
import { CommandError } from './command-error';
import { type ExitCode, exitCodes } from './exit-codes';

/** What the errors of our packages have in common. */
interface CodedError extends Error {
  readonly code?: unknown;
  readonly status?: unknown;
}

const exitCodeByCode: Record<string, ExitCode> = {
  ERR_PORT_IN_USE: exitCodes.network,
  ERR_ADDRESS_UNAVAILABLE: exitCodes.network,
  ERR_TRANSPORT: exitCodes.network,
  ERR_RTP_PORTS: exitCodes.network,
  ERR_RTP_SOCKET: exitCodes.network,
  ERR_OPTION: exitCodes.usage,
  ERR_TLS_SETTINGS: exitCodes.usage,
  ERR_WAV_FORMAT: exitCodes.usage,
  ERR_WAV_FILE: exitCodes.usage,
  ERR_RECORDING: exitCodes.usage,
  ERR_CODEC_UNKNOWN: exitCodes.usage,
  ERR_CODEC_PLUGIN: exitCodes.usage,
  ENOENT: exitCodes.usage,
  EACCES: exitCodes.usage,
  EISDIR: exitCodes.usage,
};

/** Errors of the operating system about the network. */
const networkCode = /^(EADDR|ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EPERM)/;

/** Turns whatever was thrown into the sentence and the exit code a shell gets. */
export function toCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  const error: CodedError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : 'ERR_UNEXPECTED';
  const status = typeof error.status === 'number' ? error.status : undefined;
  if (error.name === 'AbortError') {
    return new CommandError('ERR_INTERRUPTED', 'Stopped before it was finished.', exitCodes.interrupted, {
      cause: error,
    });
  }
  const exitCode = exitCodeOf(error);
  // A time-out and a transport failure stand in for the statuses 408 and 503 (RFC 3261 §8.1.3.1); nobody sent them.
  const received = status !== undefined && exitCode === exitCodes.failed ? { status } : {};
  return new CommandError(code, error.message, exitCode, { ...received, cause: error });
}

/** The first of an error and what caused it that says what kind of failure it is. */
function exitCodeOf(error: Error): ExitCode {
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (each instanceof SipTimeoutError || each instanceof SipTransportError) return exitCodes.network;
    const { code } = each as CodedError;
    if (typeof code !== 'string') continue;
    const known = exitCodeByCode[code] ?? (networkCode.test(code) ? exitCodes.network : undefined);
    if (known !== undefined) return known;
  }
  return exitCodes.failed;
}
