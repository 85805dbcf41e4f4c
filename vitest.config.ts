import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,config,workers,devnet,test,bench}/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
