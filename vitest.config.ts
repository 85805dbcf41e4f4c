import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,config,workers,devnet,test,bench}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
