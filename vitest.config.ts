import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Tests run on the sources, so that a change in one package shows in the tests of all without a build. */
const alias = [
  { find: /^@offhook\/([a-z-]+)$/, replacement: source('$1/src/index.ts') },
  { find: /^@offhook\/([a-z-]+)\/([a-z-]+)$/, replacement: source('$1/src/$2.ts') },
];

/** One worker a core: without it one would be left idle. Kinds of tests run one after the other, lest the busy ones disturb those that listen to audio. */
const group = (groupOrder: number) => ({ maxWorkers: '100%', sequence: { groupOrder } });

/** Tests that listen to audio in real time: nothing else runs beside them. */
const listening = [
  'packages/endpoint/src/endpoint/{codecs-by-name,loopback,protected-media,secure-loopback}.test.ts',
  'tests/cli/{answer,call,codec-plugin,demo,media,scenario,secure,ua}.test.ts',
  'tests/examples/**/*.test.ts',
  'tests/media/**/*.test.ts',
  'tests/packaging/packages.test.ts',
];

/** A WebAssembly module imported by a source file is a string of base64, as the build makes it. */
const wasmAsBase64 = {
  name: 'wasm-as-base64',
  enforce: 'pre' as const,
  load: (id: string) => (id.endsWith('.wasm') ? `export default '${readFileSync(id).toString('base64')}'` : null),
};

export default defineConfig({
  plugins: [wasmAsBase64],
  resolve: { alias },
  test: {
    server: { deps: { inline: [/\.wasm$/] } },
    reporters: ['default', './tooling/vitest/closing-line-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          ...group(0),
          include: ['packages/*/{src,fuzz}/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
          exclude: listening,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          ...group(1),
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/peers/**', ...listening],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'calls',
          ...group(2),
          include: listening,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          ...group(3),
          include: ['tests/peers/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
