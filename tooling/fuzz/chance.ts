import { seededRandom } from '../../packages/sip-core/src/testing/seeded-random';

/** Choices that are the same in every run with the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 to `below`, which is not reached. */
  below(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** Whether something that has this chance happens. */
  is(chance: number): boolean {
    return this.#random() < chance;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** From `least` to `most` things. */
  some<Item>(least: number, most: number, make: () => Item): Item[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

/** Seed of one input of many: those of neighbours have nothing in common. */
export function seedOf(seed: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(index + 1, 0x9e37_79b1), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
