import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root, run } from './pack';

/** One file that breaks each rule. */
const trespassers = [
  ['sdp-imports', 'packages/sdp/src/trespasser.ts', "import '@offhook/codecs';\n"],
  ['sip-core-imports', 'packages/sip-core/src/trespasser.ts', "import '@offhook/sdp';\n"],
  ['endpoint-is-for-applications', 'packages/call-control/src/trespasser.ts', "import '@offhook/endpoint';\n"],
  ['portable-core', 'packages/codecs/src/trespasser.ts', "import 'node:fs';\n"],
] as const;

let complaint = '';

beforeAll(async () => {
  const checker = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  try {
    for (const [, path, code] of trespassers) writeFileSync(join(root, path), code);
    await run(process.execPath, [checker, '--config', 'tooling/boundaries/rules.cjs', 'packages'], root);
  } catch (error) {
    complaint = (error as Error).message;
  }
}, 120_000);

afterAll(() => {
  for (const [, path] of trespassers) rmSync(join(root, path), { force: true });
});

test.each(trespassers)('the rule %s stops %s', (rule, path) => {
  expect(complaint).toMatch(new RegExp(`${rule}.*${path}`));
});
