import type { CommandContext } from '../command-context';
import { Ladder } from './ladder';
import { ladderMessage, type Parties, type TracedMessage } from './ladder-message';

/** Prints messages as they happen: arrows for people, `sip` events for programs. */
export class LadderPrinter {
  readonly #context: CommandContext;
  readonly #parties: Parties;
  readonly #ladder: Ladder;
  #start: number | undefined;

  /** @param columns the parties in the order of their columns */
  constructor(context: CommandContext, columns: readonly string[], parties: Parties) {
    this.#context = context;
    this.#parties = parties;
    this.#ladder = new Ladder(columns, context.style);
  }

  print(traced: TracedMessage): void {
    this.#start ??= traced.time;
    const message = ladderMessage(traced, this.#parties, this.#start);
    if (!message) return;
    const { output } = this.#context;
    output.event({ type: 'sip', ...message });
    if (!output.json) for (const line of this.#ladder.draw(message)) output.text(line);
  }
}
