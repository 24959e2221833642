import { encodeUtf8 } from './text';

interface Word<Value> {
  readonly bytes: Uint8Array;
  readonly value: Value;
}

const BUCKETS = 1024;

/**
 * Words that most messages hold, found in bytes without cutting out a string. Length, first, middle and last letter choose
 * the bucket, and so tell nearly all of them apart.
 */
export class WordTable<Value> {
  private readonly buckets: Array<Array<Word<Value>>> = Array.from({ length: BUCKETS }, () => []);

  constructor(words: Iterable<readonly [word: string, value: Value]>) {
    for (const [word, value] of words) {
      const bytes = encodeUtf8(word);
      this.buckets[bucketOf(bytes, 0, bytes.length)]!.push({ bytes, value });
    }
  }

  /** Value of the word that fills `bytes` from `start` to `end`, case counts; `undefined` when it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    if (start >= end) return undefined;
    const bucket = this.buckets[bucketOf(bytes, start, end)]!;
    for (let entry = 0; entry < bucket.length; entry++) {
      const word = bucket[entry]!;
      if (word.bytes.length === end - start && standsAt(word.bytes, bytes, start)) return word.value;
    }
    return undefined;
  }
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  return (
    ((end - start) * 37 + bytes[start]! * 5 + bytes[end - 1]! * 3 + bytes[(start + end) >> 1]! * 11) & (BUCKETS - 1)
  );
}

function standsAt(word: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < word.length; index++) if (word[index] !== bytes[start + index]) return false;
  return true;
}
