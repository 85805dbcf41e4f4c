/** Ready means: can do its work now. What is asked for that, and the reasons in words when it cannot. */
import type { QueueBackend } from '../../queue/backend.js';
import { JOB_TABLE } from '../../queue/backend.js';
import { messageOf } from '../../runtime/errors.js';

/** What a batch is written into, and what says that it was. */
const OF_BATCHES = ['ledger_event', 'coverage_range', 'pending_block', '"Transaction"', '"NFT"', '"Wallet"'];
/** What a listener writes by itself: who leads, where the tip is, merged coverage. */
const OF_LISTENERS = ['leader_lease', 'chain_state', 'coverage_range'];

/** Tables that the process has to be able to write, those of a queue on PostgreSQL among them. */
export function tablesOf(process: 'worker' | 'listener', backend: QueueBackend): string[] {
  return [
    ...(process === 'worker' ? OF_BATCHES : OF_LISTENERS),
    ...(backend.kind === 'postgres' ? [JOB_TABLE] : []),
  ];
}

/** What the checks that fail say, in their order and each once. */
export async function problemsOf(checks: readonly Promise<void>[]): Promise<string[]> {
  const ends = await Promise.allSettled(checks);
  const failed = ends.filter((end) => end.status === 'rejected');
  return [...new Set(failed.map(({ reason }) => messageOf(reason)))];
}
