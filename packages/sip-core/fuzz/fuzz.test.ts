import { expect, test } from 'vitest';
import { fuzzTests } from '../../../tooling/fuzz/fuzz-tests';
import { failureOf, reduce } from '../../../tooling/fuzz/reduce';
import { bytesOf, type FuzzTarget, textOf } from '../../../tooling/fuzz/target';
import { targets } from './targets';

fuzzTests(targets);

test('an input that fails is made smaller as long as it fails in the same way', async () => {
  const target: FuzzTarget = {
    ...{ name: 'x', promise: '', usual: 0 },
    make: () => [],
    check(input) {
      const text = input.map(textOf).join('');
      if (text.includes('Q') && text.includes('7')) throw new Error('both');
      if (text.includes('Q')) throw new TypeError('one');
    },
  };
  const input = ['abc', 'xxQxx', 'nothing', '1234567890'].map(bytesOf);
  const failure = await failureOf(target, input);
  expect((await reduce(target, input, failure!, 500)).map(textOf)).toEqual(['Q', '7']);
});
