import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import * as codecs from './index';
import * as opus from './opus';
import * as testing from './testing';

const modules: Record<string, unknown> = {
  '@offhook/codecs': codecs,
  '@offhook/codecs/opus': opus,
  '@offhook/codecs/testing': testing,
};
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);

test.each(examples)('example %# of the README runs and prints what it says', async (code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const body = code.replace(/^import (\{.*?\}) from '(.*?)';$/gm, 'const $1 = modules["$2"];');
  await new Function('modules', `return (async () => {${body}})();`)(modules);
  const printed = log.mock.calls.map(([line]) => String(line));
  log.mockRestore();
  expect(printed).toEqual([...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output));
});
