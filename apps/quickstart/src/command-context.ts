import type { Interruption } from './interruption';
import type { Output, Streams } from './output/output';
import type { Style } from './output/style';

/** What every command is handed: where to speak, when to stop. */
export interface CommandContext {
  readonly output: Output;
  readonly streams: Streams;
  readonly style: Style;
  readonly interruption: Interruption;
  /** Standard input as it comes. */
  readonly stdin: NodeJS.ReadableStream;
  /** All of standard input. */
  readStdin(): Promise<Uint8Array>;
  /** Writes bytes to standard output. */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /** Tells the context what the process is to exit with. */
  exit(code: number): void;
}
