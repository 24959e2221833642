import type { CommandError } from '../command-error';
import type { Output, OutputEvent, Result, Streams } from './output';

/** One JSON object a line; the last line has `"type":"result"`. */
export class JsonOutput implements Output {
  readonly json = true;
  readonly #streams: Streams;
  readonly #date: () => number;

  constructor(streams: Streams, date: () => number = Date.now) {
    this.#streams = streams;
    this.#date = date;
  }

  event({ type, ...fields }: OutputEvent): void {
    this.#line({ type, time: new Date(this.#date()).toISOString(), ...fields });
  }

  text(): void {}

  result(result: Result): void {
    this.#line({ type: 'result', ...result });
  }

  failure(command: string, error: CommandError, fields: Record<string, unknown> = {}): void {
    const { code, message, status, exitCode } = error;
    this.result({
      command,
      ok: false,
      exitCode,
      ...fields,
      error: { code, message, ...(status === undefined ? {} : { status }) },
    });
  }

  #line(value: object): void {
    this.#streams.out.write(`${JSON.stringify(value)}\n`);
  }
}
