import type { Chance } from './chance';

/** What a target is fed with: a message, the pieces of a stream, or what happens to a stack one after the other. */
export type Input = readonly Uint8Array[];

/** Something that takes bytes from strangers. */
export interface FuzzTarget {
  readonly name: string;
  /** What it promises whatever comes. */
  readonly promise: string;
  /** How many inputs the unit tests give it. */
  readonly usual: number;
  /** Makes an input. It is all that {@link check} gets, so that an input in a file says everything. */
  make(chance: Chance): Input;
  /** @throws when the promise is broken */
  check(input: Input): void | Promise<void>;
}

/** Octets as text, each a character: for inputs that are mostly text and may hold anything. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0) & 0xff);

/** The text of {@link bytesOf} again. */
export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4_096) text += String.fromCharCode(...bytes.subarray(at, at + 4_096));
  return text;
}
