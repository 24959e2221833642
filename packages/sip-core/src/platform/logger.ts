/** Where the stack writes what it does; a pino logger fits as it is. */
export interface Logger {
  /** For who looks for a fault: each step. */
  debug(data: object, message: string): void;
  /** What happens in good order. */
  info(data: object, message: string): void;
  /** What went wrong, and was coped with. */
  warn(data: object, message: string): void;
  /** What went wrong, and was not. */
  error(data: object, message: string): void;
  /** Whether lines of a level are written at all; what is costly to say is then not worked out. */
  isLevelEnabled?(level: string): boolean;
}

const nothing = (): void => {};

/** Writes nothing; the default. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
