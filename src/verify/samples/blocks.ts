/** Reads sampled blocks from the chain again, decodes them anew and compares them with the ledger. */

import type { Batch } from '../../events/batch.js';
import type { BlockRange } from '../../events/range.js';
import { planBatch } from '../../reconcile/plan.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { entriesInRange, entriesOfTransactions, type LedgerEntry } from '../../store/ledger/ledger.js';
import type { Finding } from '../findings.js';
import { chooseBlocks } from './choose.js';
import { inParallel, type SampleDeps, type SampleResult } from './sampling.js';

/** @param range covered, final blocks to choose from */
export async function sampleBlocks(deps: SampleDeps, range: BlockRange): Promise<SampleResult> {
  const { pool, view, size, seed } = deps;
  const blocks = await chooseBlocks(pool, range, { chain: view.reader.chain, size, seed });
  const unproven: string[] = [];
  const findings: Finding[] = [];
  await inParallel(blocks, async (block) => {
    try {
      findings.push(...(await compareBlock(deps, block)));
    } catch (error) {
      deps.signal.throwIfAborted();
      if (!(error instanceof NdxError)) throw error;
      unproven.push(`block ${block}: ${messageOf(error)}`);
    }
  });
  return { check: 'blocks', checked: blocks.length - unproven.length, unproven, findings };
}

async function compareBlock({ pool, view, signal }: SampleDeps, block: number): Promise<Finding[]> {
  const { reader } = view;
  const transactions: Batch['transactions'][number][] = [];
  let source = '';
  const range = { fromBlock: block, toBlock: block };
  for await (const span of reader.read(range, { finality: 'finalized', concurrency: 1, signal })) {
    transactions.push(...span.transactions);
    source = span.source;
  }
  const batch: Batch = {
    chain: reader.chain,
    fingerprint: reader.fingerprint,
    finality: 'finalized',
    ...range,
    scope: 'blocks',
    transactions,
    source,
  };
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const here = await entriesInRange(client, reader.chain, block, block);
    const standing = new Set(here.map((entry) => entry.transactionHash));
    const others = transactions
      .map((transaction) => transaction.transactionHash)
      .filter((hash) => !standing.has(hash));
    const elsewhere = others.length > 0 ? await entriesOfTransactions(client, reader.chain, others) : [];
    return differences(batch, here, elsewhere, source);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** Whatever reconciling the block again would change, the ledger has wrong. */
function differences(
  batch: Batch,
  here: readonly LedgerEntry[],
  elsewhere: readonly LedgerEntry[],
  source: string,
): Finding[] {
  const plan = planBatch(batch, here, elsewhere);
  const block = batch.fromBlock;
  const inserted = new Map<string, number>();
  for (const row of plan.insert)
    inserted.set(row.transactionHash, (inserted.get(row.transactionHash) ?? 0) + 1);
  const known = new Set(here.map((entry) => entry.transactionHash));
  const found = [...inserted].map(
    ([hash, events]): Finding => ({
      check: 'blocks',
      problem: known.has(hash) ? 'different' : 'missing',
      subject: 'ledger_event',
      key: `transaction_hash=${hash}`,
      message: known.has(hash)
        ? `the ledger's events of transaction ${hash} in block ${block} are not those that ${source} gives now`
        : `block ${block} holds transaction ${hash} with ${events} events (${source}), the ledger does not`,
      block,
    }),
  );
  const removed = plan.remove.flatMap((place) =>
    here.filter((entry) => entry.block === place.block && entry.transactionIndex === place.transactionIndex),
  );
  for (const hash of new Set(removed.map((entry) => entry.transactionHash))) {
    if (inserted.has(hash)) continue;
    const message = `the ledger has transaction ${hash} in block ${block}, where ${source} gives no event of ours`;
    found.push({
      check: 'blocks',
      problem: 'orphan',
      subject: 'ledger_event',
      key: `transaction_hash=${hash}`,
      message,
      block,
    });
  }
  return found;
}
