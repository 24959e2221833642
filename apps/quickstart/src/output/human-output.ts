import type { CommandError } from '../command-error';
import type { Output, OutputEvent, Result, Streams } from './output';

/** Lines for people: what happens on stdout, why it failed on stderr. */
export class HumanOutput implements Output {
  readonly json = false;
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  event(_event: OutputEvent, text?: string): void {
    if (text !== undefined) this.text(text);
  }

  text(line: string): void {
    this.#streams.out.write(`${line}\n`);
  }

  result(_result: Result, text?: string): void {
    if (text !== undefined) this.text(text);
  }

  failure(_command: string, error: CommandError): void {
    this.#streams.err.write(`offhook: ${error.message}\n`);
  }
}
