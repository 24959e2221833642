import type { Call, Connection, Endpoint, Referral } from '@offhook/endpoint';
import type { WavRecorder } from '@offhook/rtp-media';
import { BadCommand } from './parameters';

/** The phone that is driven, and what commands name of it. */
export class Rig {
  readonly phone: Endpoint;
  /** By the name they were given, or a number. */
  readonly lines = new Map<string, Connection>();
  readonly watches = new Map<string, { stop(): Promise<void> }>();
  readonly referrals = new Map<string, Referral>();
  readonly recorders = new Map<string, WavRecorder>();
  /** Calls that are over can be asked about for a while. */
  readonly #calls = new Map<string, Call>();
  #numbers = 0;

  /** @param report tells the other side something that nobody asked for */
  constructor(
    phone: Endpoint,
    readonly report: (event: { readonly type: string; readonly [field: string]: unknown }) => void,
  ) {
    this.phone = phone;
  }

  /** A name nobody has. */
  name(): string {
    return `${++this.#numbers}`;
  }

  /** Remembers a call. */
  know(call: Call): void {
    this.#calls.set(call.id, call);
    if (this.#calls.size > 1000) {
      const gone = [...this.#calls].find(([, { state }]) => state === 'disconnected');
      if (gone) this.#calls.delete(gone[0]);
    }
  }

  /** The call of an id, or the only one there is. @throws BadCommand */
  call(id: unknown): Call {
    if (id === undefined) {
      const { calls } = this.phone;
      if (calls.length === 1) return calls[0]!;
      throw new BadCommand(`There are ${calls.length} calls: name one by "call".`);
    }
    const call = this.#calls.get(id as string) ?? this.phone.calls.find((each) => each.id === id);
    if (call) return call;
    throw new BadCommand(`There is no call ${String(id)}.`);
  }

  /** The line of a name, or the first; undefined when there is none. @throws BadCommand */
  line(name: unknown): Connection | undefined {
    if (name === undefined) return this.lines.values().next().value;
    const line = this.lines.get(name as string);
    if (line) return line;
    throw new BadCommand(`There is no line ${String(name)}.`);
  }

  /** @throws BadCommand */
  requireLine(name: unknown): Connection {
    const line = this.line(name);
    if (line) return line;
    throw new BadCommand('There is no line; add one with "line".');
  }
}
