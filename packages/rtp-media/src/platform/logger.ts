/** The part of a pino logger that this package calls. Payloads, keys and digits are never logged. */
export interface Logger {
  /** Of use when a fault is looked for. */
  debug(data: object, message: string): void;
  /** What happens in the ordinary run. */
  info(data: object, message: string): void;
  /** Something is not as it should be, and goes on. */
  warn(data: object, message: string): void;
  /** Something failed. */
  error(data: object, message: string): void;
}

/** Discards everything; the default. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
