import type { CommandError } from '../command-error';
import type { ExitCode } from '../exit-codes';

/** Where text goes: `process.stdout` and `process.stderr`, or a test's string. */
export interface Streams {
  readonly out: TextStream;
  readonly err: TextStream;
}

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** Something that happened while a command ran. */
export interface OutputEvent {
  /** What it was, for programs: one word or two joined with a hyphen. */
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a command ended. */
export interface Result {
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly [field: string]: unknown;
}

/** What a command says while it runs and when it ends; one for people, one for programs. */
export interface Output {
  /** True when programs read: nothing but JSON may reach stdout. */
  readonly json: boolean;
  /** Says that something happened. `text` is what people read; without it they are told nothing. */
  event(event: OutputEvent, text?: string): void;
  /** A line for people only. */
  text(line: string): void;
  /** Says how the command ended: for programs the last line; for people `text`. */
  result(result: Result, text?: string): void;
  /** Says why the command failed: for programs within the result; for people one sentence on stderr. */
  failure(command: string, error: CommandError, fields?: Record<string, unknown>): void;
}
