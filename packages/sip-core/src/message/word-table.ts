import { encodeUtf8 } from './text';

const SLOTS = 1024;

/**
 * Words that most messages hold, found in bytes without cutting out a string: a hash table with open addressing, laid flat in
 * typed arrays, as it is asked once a header line. Length, first, middle and last letter tell nearly all words apart.
 */
export class WordTable<Value> {
  /** Number of the word in a slot, from 1; 0 is a free slot. */
  private readonly slots = new Uint16Array(SLOTS);
  /** Where each word begins in `letters`, and after the last, where that ends. */
  private readonly starts: Uint16Array;
  private readonly letters: Uint8Array;
  private readonly values: Value[];

  constructor(words: ReadonlyArray<readonly [word: string, value: Value]>) {
    this.letters = encodeUtf8(words.map(([word]) => word).join(''));
    this.values = words.map(([, value]) => value);
    this.starts = new Uint16Array(words.length + 1);
    for (const [index, [word]] of words.entries()) {
      const start = this.starts[index]!;
      const end = start + word.length;
      this.starts[index + 1] = end;
      let slot = slotOf(this.letters, start, end);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      this.slots[slot] = index + 1;
    }
  }

  /** Value of the word that fills `bytes` from `start` to `end`, case counts; `undefined` when it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    if (start >= end) return undefined;
    const { slots, starts, letters } = this;
    let slot = slotOf(bytes, start, end);
    for (let word = slots[slot]!; word !== 0; word = slots[slot]!) {
      let letter = starts[word - 1]!;
      if (starts[word]! - letter === end - start) {
        let index = start;
        while (index < end && letters[letter] === bytes[index]) {
          index++;
          letter++;
        }
        if (index === end) return this.values[word - 1];
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return undefined;
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const middle = bytes[(start + end) >> 1]!;
  return ((end - start) * 37 + bytes[start]! * 5 + bytes[end - 1]! * 3 + middle * 11) & (SLOTS - 1);
}
