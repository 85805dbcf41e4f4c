/**
 * A process is ready when it can do its work now. Here stands what that takes, and how failures become
 * reasons.
 */
import type { QueueBackend } from '../../queue/backend.js';
import { JOB_TABLE } from '../../queue/backend.js';
import { messageOf } from '../../runtime/errors.js';

/** Tables that a worker writes: for a batch, those that record coverage included, and for the feed. */
const OF_BATCHES = [
  ...['ledger_event', 'coverage_range', 'pending_block', 'owed_check', '"Transaction"', '"NFT"', '"Wallet"'],
  ...['feed_pending', 'feed_change', 'feed_state', 'feed_mark', 'leader_lease'],
];
/** Tables that a listener writes itself: the lease of the leader, the chain's tip, merged coverage. */
const OF_LISTENERS = ['leader_lease', 'chain_state', 'coverage_range', 'owed_check'];

/** Tables that a metadata process writes. */
const OF_METADATA = ['metadata_document', 'metadata_link', 'metadata_mark', '"NFT"', '"NFTMetadata"'];

/** Tables that a sender of webhooks writes. */
const OF_PUSH = ['webhook_endpoint', 'webhook_delivery'];

const TABLES = { worker: OF_BATCHES, listener: OF_LISTENERS, metadata: OF_METADATA, push: OF_PUSH } as const;

/**
 * Tables that the process must be able to write, including the table of jobs when its queue is on PostgreSQL.
 * @param backend of the queue; absent: the process has none
 */
export function tablesOf(process: keyof typeof TABLES, backend?: QueueBackend): string[] {
  return [...TABLES[process], ...(backend?.kind === 'postgres' ? [JOB_TABLE] : [])];
}

/** Messages of the failed checks, in their order, without repetitions. */
export async function problemsOf(checks: readonly Promise<void>[]): Promise<string[]> {
  const ends = await Promise.allSettled(checks);
  const failed = ends.filter((end) => end.status === 'rejected');
  return [...new Set(failed.map(({ reason }) => messageOf(reason)))];
}
