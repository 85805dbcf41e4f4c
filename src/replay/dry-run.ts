/** What a replay would change: every batch is planned, nothing is enqueued and nothing written. */
import type { Batch, ReconcileResult } from '../events/batch.js';
import { type BlockRange, blockCount } from '../events/range.js';
import type { ChainReader } from '../readers/reader.js';
import type { Log } from '../runtime/log.js';
import { readBatches } from './read.js';
import { assertReadable } from './readable.js';

export interface DryRunOptions {
  readonly reader: ChainReader;
  readonly range: BlockRange;
  /** Blocks fetched at once. */
  readonly concurrency: number;
  /** Reconciles the batch in a database transaction and rolls back. */
  readonly plan: (batch: Batch) => Promise<ReconcileResult>;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly onProgress?: (progress: {
    readonly blocks: number;
    readonly totalBlocks: number;
    readonly events: number;
  }) => void;
}

export interface DryRunSummary extends ReconcileResult {
  readonly blocks: number;
}

/**
 * What replaying the range would change, summed over its batches. Each batch is planned against the tables as
 * they are, not as the batches before it would leave them.
 * @throws NdxError as assertReadable and readBatches; what `plan` throws
 */
export async function dryRunRange(options: DryRunOptions): Promise<DryRunSummary> {
  const { reader, range, concurrency, plan, signal, log } = options;
  await assertReadable(reader, range, signal);
  const totals = { blocks: 0, events: 0, created: 0, unchanged: 0, changed: 0, withdrawn: 0, failed: 0 };
  const rows: Record<string, number> = {};
  const limits = reader.backfill;
  for await (const batch of readBatches(
    reader,
    range,
    { finality: 'finalized' },
    { concurrency, signal, limits, log },
  )) {
    const result = await plan(batch);
    for (const key of ['events', 'created', 'unchanged', 'changed', 'withdrawn', 'failed'] as const)
      totals[key] += result[key];
    for (const [table, count] of Object.entries(result.rows)) rows[table] = (rows[table] ?? 0) + count;
    totals.blocks += blockCount([batch]);
    options.onProgress?.({ blocks: totals.blocks, totalBlocks: blockCount([range]), events: totals.events });
  }
  return { ...totals, rows };
}
