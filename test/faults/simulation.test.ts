/**
 * Promises 3 and 5 under faults of every kind, in a short form; the long one is `npm run test:faults --
 * --seeds N`.
 */
import { expect, test } from 'vitest';
import { BACKENDS } from '../support/backends.js';
import { simulate } from './simulation.js';

test.each(BACKENDS)(
  'promises 3 and 5: whatever fails, the tables end as the chain is, and ndx verify says so (queue on %s)',
  async (backend) => {
    const result = await simulate({ seed: `short ${backend}`, backend, faults: 12, backfill: 300 });
    expect(result.differences).toEqual([]);
    expect(Object.keys(result.faults).length).toBeGreaterThan(3);
    expect(result.transactions).toBeGreaterThan(50);
  },
);
