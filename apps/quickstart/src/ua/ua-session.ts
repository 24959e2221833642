import type { ConnectionOptions, Endpoint } from '@offhook/endpoint';
import { BadCommand, checkValues, type Values } from './parameters';
import { follow, reportAll } from './reports';
import { Rig } from './rig';
import { VERBS } from './verbs';

/** A line of output. */
export type UaLine = { readonly type: string; readonly [field: string]: unknown };

/**
 * A phone that is driven by lines of JSON: each is a command `{"do": VERB, "id": ANYTHING, …}`, answered by a line of type `reply` with the same
 * id. Commands are carried out at once, not one after the other.
 */
export class UaSession {
  readonly #rig: Rig;
  readonly #write: (line: UaLine) => void;
  readonly #running = new Set<Promise<void>>();
  #quit = (): void => {};
  /** Resolves when `quit` was commanded. */
  readonly quitted = new Promise<void>((resolve) => {
    this.#quit = resolve;
  });

  constructor(phone: Endpoint, write: (line: UaLine) => void) {
    this.#write = write;
    this.#rig = new Rig(phone, write);
    reportAll(this.#rig);
  }

  /** Carries out a command. Never throws: what is wrong with it is the reply. */
  take(line: string): void {
    if (line.trim() === '') return;
    const done = this.#take(line).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** Adds a line, and registers it where it has a registrar; events tell how that goes. */
  addLine(options: ConnectionOptions): void {
    this.take(JSON.stringify({ do: 'line', ...options }));
  }

  /** Resolves when all commands taken so far have their replies. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #take(line: string): Promise<void> {
    let id: unknown;
    try {
      const command = readCommand(line);
      id = command.id;
      const verb = command.do as string;
      if (verb === 'quit') {
        this.#reply(id, true, {});
        this.#quit();
        return;
      }
      const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
      if (!known)
        throw new BadCommand(`There is no verb "${verb}"; verbs are: ${Object.keys(VERBS).join(', ')}, quit.`);
      const before = new Set(this.#rig.phone.calls);
      const running = known.run(this.#rig, checkValues(verb, known.parameters, command));
      // A call that was placed is followed from its first event on.
      for (const call of this.#rig.phone.calls) if (!before.has(call)) follow(this.#rig, call);
      const result = await running;
      this.#reply(id, true, { ...(result !== undefined && { result }) });
    } catch (thrown) {
      this.#reply(id, false, { error: errorOf(thrown) });
    }
  }

  #reply(id: unknown, ok: boolean, fields: object): void {
    this.#write({ type: 'reply', ...(id !== undefined && { id }), ok, ...fields });
  }
}

function readCommand(line: string): Values {
  let command: unknown;
  try {
    command = JSON.parse(line);
  } catch (error) {
    throw new BadCommand(`The line is no JSON: ${(error as Error).message}`);
  }
  if (typeof command !== 'object' || command === null || typeof (command as Values).do !== 'string') {
    throw new BadCommand('A command is an object with a verb in "do".');
  }
  return command as Values;
}

function errorOf(thrown: unknown): object {
  const { code, message, status, reason } = thrown as { [field: string]: unknown };
  return {
    code: typeof code === 'string' ? code : 'ERR_FAILED',
    message: typeof message === 'string' ? message : String(thrown),
    ...(typeof status === 'number' && { status }),
    ...(typeof reason === 'string' && { reason }),
  };
}
