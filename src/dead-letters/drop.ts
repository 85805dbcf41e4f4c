/**
 * Forgets dead letters and decode problems by hand, and records it in `audit_entry`. Blocks that were not
 * reconciled stay gaps.
 */
import type { Pool } from 'pg';
import type { BatchQueue } from '../queue/queue.js';
import { recordAudit } from '../store/audit.js';
import { inTransaction } from '../store/database.js';
import { forgetDeadLetters, type KeptDeadLetter } from './letter-rows.js';
import { dropProblem, type ProblemTransaction } from './problem-rows.js';

type Db = { readonly pool: Pool };

const AUDIT = { actor: 'ndx dead drop', action: 'delete', reason: 'dropped by hand', after: null };

/** Removes the job from the queue and the letter from the database. */
export async function dropLetter(
  { db, queue }: { readonly db: Db; readonly queue: Pick<BatchQueue, 'remove'> },
  { job, chain, reason, fromBlock, toBlock, attempts }: KeptDeadLetter,
): Promise<void> {
  await queue.remove(job);
  await inTransaction(db.pool, async (client) => {
    await forgetDeadLetters({ pool: client }, [job]);
    const before = { reason, fromBlock, toBlock, attempts };
    await recordAudit(client, [{ ...AUDIT, chain, subject: 'dead_letter', key: job, before }]);
  });
}

/**
 * Deletes the transaction's decode problems. They come back when the transaction is read again and still has
 * them.
 */
export async function dropTransaction(
  db: Db,
  { chain, transactionHash, block, problems }: ProblemTransaction,
): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await dropProblem(client, chain, transactionHash);
    const before = { block, problems: problems.map(({ code, message }) => ({ code, message })) };
    await recordAudit(client, [{ ...AUDIT, chain, subject: 'decode_problem', key: transactionHash, before }]);
  });
}
