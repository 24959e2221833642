import { type ExitCode, exitCodes } from './exit-codes';

/** A command that cannot go on: the sentence a person reads and the exit code a shell sees. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  /** The SIP status the other side refused with. */
  readonly status: number | undefined;

  constructor(code: string, message: string, exitCode: ExitCode, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CommandError';
    this.code = code;
    this.exitCode = exitCode;
    this.status = options.status;
  }
}

/** The command line, or a file it names, cannot be used. */
export const usageError = (message: string, cause?: unknown) =>
  new CommandError('ERR_USAGE', message, exitCodes.usage, { cause });
