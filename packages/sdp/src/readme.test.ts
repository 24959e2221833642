import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import * as sdp from './index';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);

test.each(examples)('example %# of the README runs and prints what it says', (code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  new Function('sdp', code.replace(/^import (\{.*?\}) from '@offhook\/sdp';$/gm, 'const $1 = sdp;'))(sdp);
  const printed = log.mock.calls.map(([line]) => String(line));
  log.mockRestore();
  expect(printed).toEqual([...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output));
});
