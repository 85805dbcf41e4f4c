/** What a leading listener enqueues carries the token of its lease. */
import type { BatchQueue } from '../queue/queue.js';
import type { Lease } from '../store/lease/lead.js';

/**
 * The queue, with every batch carrying the lease's token.
 * @throws NdxError LEASE_LOST (retryable) from `add` when the lease may have run out
 */
export function underLease<Q extends Pick<BatchQueue, 'add'>>(queue: Q, lease: Lease): Q {
  return {
    ...queue,
    add: (batch, options) => {
      lease.assertHeld();
      return queue.add({ ...batch, lease: lease.token }, options);
    },
  };
}
