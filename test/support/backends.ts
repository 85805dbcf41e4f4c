/**
 * Which queue a test runs on: PostgreSQL in `npm test`, which needs nothing but what npm brings; Redis in
 * `npm run test:servers`, where a server that is missing is a failure.
 */
import { inject } from 'vitest';
import type { QueueBackend } from '../../src/queue/backend.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether servers of the system's packages are there: vitest.servers.config.ts. */
    servers: boolean;
  }
}

export const BACKENDS: readonly QueueBackend['kind'][] = inject('servers') ? ['redis'] : ['postgres'];
