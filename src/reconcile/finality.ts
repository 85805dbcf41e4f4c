/**
 * How rows of `confirmed` blocks become final. Covered blocks are final, so a confirmed batch leaves them
 * alone: a late job of an abandoned fork cannot bring that fork back. A `settle` batch names the blocks of
 * the final chain. Blocks that were reconciled with the same hash become final as they are, events of other
 * blocks between them are withdrawn, and these stretches become covered. A block that was not reconciled, or
 * with another hash, stays a gap and is read again.
 */
import type { PoolClient } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import { type BlockRange, gapsIn } from '../events/range.js';
import type { ProjectionContext } from '../projections/projection.js';
import { coveredWithin, cutOtherCoverage, insertCoverage } from '../store/coverage/coverage.js';
import { deleteOwedExcept } from '../store/coverage/owed-checks.js';
import { forgetPendingUntil, matchPending } from '../store/coverage/pending-block.js';
import { entriesInRange } from '../store/ledger/ledger.js';
import { withdrawProblems } from '../store/problems.js';
import type { Changes } from './changes.js';
import { createCounter, NOTHING } from './counting.js';
import { provenStretches } from './proven-stretches.js';
import { settle, withdraw } from './steps.js';

/**
 * Cuts a confirmed batch to its blocks that are not final yet: one batch for each range that is not covered.
 */
export async function notYetFinal(client: PoolClient, batch: Batch): Promise<Batch[]> {
  const final = await coveredWithin(client, batch.chain, batch);
  if (final.length === 0) return [batch];
  const open = gapsIn(final, batch.fromBlock, batch.toBlock);
  const within = (range: BlockRange) => (item: { readonly block: number }) =>
    item.block >= range.fromBlock && item.block <= range.toBlock;
  return open.map((range) => ({
    ...batch,
    ...range,
    transactions: batch.transactions.filter(within(range)),
    ...(batch.blocks ? { blocks: batch.blocks.filter(within(range)) } : {}),
    ...(batch.owed ? { owed: batch.owed.filter(within(range)) } : {}),
  }));
}

/**
 * Reconciles a `settle` batch, in the transaction of the client.
 * @returns the number of events withdrawn, and of rows changed by table
 */
export async function settleBatch(
  client: PoolClient,
  batch: Batch,
  context: ProjectionContext,
  changes: Changes,
): Promise<ReconcileResult> {
  const { chain, fingerprint, blocks = [] } = batch;
  const { rows, count } = createCounter();
  const standing = await matchPending(client, chain, fingerprint, blocks);
  const proven = provenStretches(batch, standing);
  const entries = (await entriesInRange(client, chain, batch.fromBlock, batch.toBlock)).filter(
    ({ block, finality }) =>
      finality === 'confirmed' &&
      proven.some(({ fromBlock, toBlock }) => block >= fromBlock && block <= toBlock),
  );
  const abandoned = entries.filter(({ block }) => !standing.has(block));
  const settled = entries.filter(({ block }) => standing.has(block));
  if (abandoned.length > 0) count(await withdraw(client, changes, abandoned, context));
  if (settled.length > 0) count(await settle(client, changes, settled));
  for (const stretch of proven) {
    const of = { chain, fingerprint, ...stretch };
    count({ decode_problem: await withdrawProblems(client, of, [...standing]) });
    // Of abandoned blocks nothing is owed any more; of those that stand, what was owed is owed on.
    count({ owed_check: await deleteOwedExcept(client, chain, stretch, [...standing]) });
    count({ coverage_range: (await cutOtherCoverage(client, of)) + (await insertCoverage(client, of)) });
  }
  count({ pending_block: await forgetPendingUntil(client, chain, batch.toBlock) });
  return { ...NOTHING, withdrawn: abandoned.length, rows };
}
