// What is written of the endpoint's settings, from the table of them: docs/settings.md and the JSON Schema in the package.
// Usage: node tooling/documentation/settings.mjs [--check]; with --check nothing is written, and it exits with 1 when a file is not as it should be.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** @returns {Promise<Map<string, string>>} contents by path from the root */
export async function settingFiles() {
  const folder = './packages/endpoint/src/configuration';
  const { outputFiles } = await build({
    stdin: {
      contents: `export { settingsPage } from '${folder}/settings-page'; export { configurationSchema } from '${folder}/schema';`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node20',
  });
  const { settingsPage, configurationSchema } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  );
  return new Map([
    ['docs/settings.md', settingsPage()],
    ['packages/endpoint/configuration.schema.json', `${JSON.stringify(configurationSchema(), null, 2)}\n`],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  for (const [path, contents] of await settingFiles()) {
    const isSame = read(path) === contents;
    if (!isSame && check) process.exitCode = 1;
    else if (!isSame) writeFileSync(root + path, contents);
    console.log(`${path}: ${isSame ? 'as it should be' : check ? 'not as it should be' : 'written'}`);
  }
}

function read(path) {
  try {
    return readFileSync(root + path, 'utf8');
  } catch {
    return undefined;
  }
}
