import type { Style } from '../output/style';

/** One arrow of a sequence diagram. */
export interface LadderMessage {
  /** Time since the diagram began, in ms. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** What stands on the arrow: a method, or a status and its reason. */
  readonly label: string;
  /** What stands beside it: the session description in short. */
  readonly note?: string | undefined;
}

const timeWidth = 9;
const columnWidth = 34;

/**
 * Draws a sequence diagram line by line, as messages happen: a column for each party, an arrow for each message. A
 * party seen for the first time gets a column at the right, and the heading is drawn again.
 */
export class Ladder {
  readonly #parties: string[];
  readonly #style: Style;
  #headed = false;

  constructor(parties: readonly string[], style: Style) {
    this.#parties = [...parties];
    this.#style = style;
  }

  /** The lines to print for a message. */
  draw(message: LadderMessage): string[] {
    const lines: string[] = [];
    const added = [message.from, message.to].filter((party) => !this.#parties.includes(party));
    this.#parties.push(...new Set(added));
    if (!this.#headed || added.length > 0) lines.push(this.#heading());
    this.#headed = true;
    lines.push(this.#arrow(message));
    return lines;
  }

  #heading(): string {
    const names = this.#parties.map((party) => party.padEnd(columnWidth)).join('');
    return this.#style.strong(`${' '.repeat(timeWidth + 2)}${names.trimEnd()}`);
  }

  #arrow({ at, from, to, label, note }: LadderMessage): string {
    const start = this.#parties.indexOf(from);
    const end = this.#parties.indexOf(to);
    const left = Math.min(start, end);
    const right = Math.max(start, end);
    let line = '';
    for (let column = 0; column < this.#parties.length; column++) {
      line += '│';
      if (column === this.#parties.length - 1) break;
      if (column < left || column >= right) line += ' '.repeat(columnWidth - 1);
      else if (column === left) {
        const width = (right - left) * columnWidth - 1;
        line += start < end ? rightArrow(label, width) : leftArrow(label, width);
        column = right - 1;
      }
    }
    if (start === end) line += ` ${label}`;
    const time = (at / 1000).toFixed(3).padStart(timeWidth);
    return `${this.#style.dim(time)}  ${line}${note ? `  ${this.#style.dim(note)}` : ''}`;
  }
}

function rightArrow(label: string, width: number): string {
  const text = shorten(label, width - 5);
  return `── ${text} ${'─'.repeat(width - text.length - 5)}▶`;
}

function leftArrow(label: string, width: number): string {
  const text = shorten(label, width - 5);
  return `◀─ ${text} ${'─'.repeat(width - text.length - 4)}`;
}

const shorten = (text: string, length: number) => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
