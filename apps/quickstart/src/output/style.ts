import type { TextStream } from './output';

/** Marks text for a terminal; leaves it alone anywhere else. */
export interface Style {
  strong(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const mark = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string) => text;

const coloured: Style = { strong: mark(1, 22), dim: mark(2, 22), good: mark(32, 39), bad: mark(31, 39) };
const uncoloured: Style = { strong: plain, dim: plain, good: plain, bad: plain };

/** Colours on a terminal, unless the environment says `NO_COLOR` (no-color.org). */
export function styleFor(stream: TextStream, environment: NodeJS.ProcessEnv = process.env): Style {
  return stream.isTTY && !environment.NO_COLOR ? coloured : uncoloured;
}
