import { TABLE_DATA } from './table-data';

type Name = keyof typeof TABLE_DATA;
const numbersOf = (name: Name) => TABLE_DATA[name].slice(4);

/** A table of numbers in double precision. */
export function reals(name: Name): Float64Array {
  return Float64Array.from(numbersOf(name).split(' '), Number);
}

/** A table of whole numbers. */
export function integers(name: Name): Int32Array {
  return Int32Array.from(numbersOf(name).split(' '), Number);
}

/** A cumulative distribution: from 0 to 65535, one number more than there are symbols. */
export function distribution(name: Name): Uint16Array {
  return Uint16Array.from(numbersOf(name).split(' '), Number);
}

/** Several distributions, one for each of a list of symbols. */
export function distributions(name: Name): readonly Uint16Array[] {
  return numbersOf(name)
    .split(',')
    .map((each) => Uint16Array.from(each.split(' '), Number));
}
