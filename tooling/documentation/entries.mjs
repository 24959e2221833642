// What is published: every entry of every package, by the name it is imported by.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @typedef {object} Entry
 * @property {string} name what applications import, `@offhook/sip-core/node`
 * @property {string} folder the package's folder, from the root: `packages/sip-core`
 * @property {string} source its source file, from the root: `packages/sip-core/src/node.ts`
 */

/** @returns {Entry[]} the entries in order of their names */
export function publicEntries() {
  return readdirSync(join(root, 'packages'))
    .flatMap((each) => {
      const folder = `packages/${each}`;
      const { name, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      return Object.entries(exports).flatMap(([path, { import: code }]) => {
        // What is no code, a JSON Schema, has no declarations.
        if (!code) return [];
        const [, file] = code.types.match(/^\.\/dist\/(.+)\.d\.ts$/);
        return [{ name: `${name}${path.slice(1)}`, folder, source: `${folder}/src/${file}.ts` }];
      });
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
