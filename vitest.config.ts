import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Tests run on the sources, so that a change in one package shows in the tests of all without a build. */
const alias = [
  { find: /^@offhook\/([a-z-]+)$/, replacement: source('$1/src/index.ts') },
  { find: /^@offhook\/([a-z-]+)\/([a-z-]+)$/, replacement: source('$1/src/$2.ts') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default', './tooling/vitest/closing-line-reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/{src,fuzz}/**/*.test.ts', 'apps/*/src/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/peers/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          include: ['tests/peers/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
