import { defineConfig } from 'tsup';

/**
 * The build of every package: ESM, CommonJS and declarations for both, one output per entry point.
 *
 * @param {Record<string, string>} entry entry points, output name to source file
 * @param {import('tsup').Options} [extra] settings that differ for one package
 */
export function preset(entry, extra = {}) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    target: 'node20',
    platform: 'neutral',
    clean: true,
    sourcemap: true,
    splitting: true,
    treeshake: true,
    ...extra,
  });
}
