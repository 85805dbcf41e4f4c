/**
 * `npm run test:servers`: what needs servers that npm does not bring (redis-server, pgbouncer), and the tests
 * that run on either queue, here on Redis.
 */
import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _, ...shared } = base.test ?? {};

export default defineConfig({
  test: {
    ...shared,
    include: [
      'test/servers/**/*.test.ts',
      'test/integration/{queue,dead-letters,ready}.test.ts',
      'test/e2e/daemon.test.ts',
      'test/faults/simulation.test.ts',
    ],
    provide: { servers: true },
    maxWorkers: 2,
  },
});
