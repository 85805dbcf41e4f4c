/**
 * Promises 3 and 5 under faults of every kind, in a short form; the long one is `npm run test:faults --
 * --seeds N`.
 */
import { expect, test } from 'vitest';
import { hasRedis } from '../support/redis.js';
import type { Backend } from './fleet.js';
import { simulate } from './simulation.js';

const backends: Backend[] = hasRedis() ? ['postgres', 'redis'] : ['postgres'];

test.each(backends)(
  'promises 3 and 5: whatever fails, the tables end as the chain is, and ndx verify says so (queue on %s)',
  { timeout: 400_000 },
  async (backend) => {
    const result = await simulate({ seed: `short ${backend}`, backend, duration: 12_000, backfill: 1_000 });
    expect(result.differences).toEqual([]);
    expect(Object.keys(result.faults).length).toBeGreaterThan(3);
    expect(result.transactions).toBeGreaterThan(50);
  },
);
