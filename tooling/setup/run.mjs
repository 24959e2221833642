#!/usr/bin/env node
// The door for people who have nothing but Node.js: `npm start` and `npm test` come here, set the workspace up and go on.
import { node, pnpm, requireNode, step } from './steps.mjs';

const [command = 'start', ...rest] = process.argv.slice(2);

const commands = {
  async start() {
    await setUp();
    await node('Offhook', ['apps/quickstart/dist/cli.js', ...(rest.length > 0 ? rest : ['demo'])]);
  },
  async test() {
    await setUp();
    await step('Checking style, types and dependency rules', () => pnpm(['run', 'check']));
    await pnpm(['exec', 'vitest', 'run', ...rest], { show: true });
  },
};

async function setUp() {
  requireNode(20, 19);
  await step('Installing packages', () => pnpm(['install', '--frozen-lockfile']));
  await step('Building', () => pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']));
}

if (!(command in commands)) {
  console.error(`Unknown command ${command}; use one of: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}

try {
  await commands[command]();
} catch (error) {
  if (error.output) process.stderr.write(`\n${error.output}\n`);
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
