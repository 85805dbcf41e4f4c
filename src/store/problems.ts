/**
 * Decode problems (`decode_problem`): transactions that could not be decoded in full, with the reason. A
 * problem is kept until a later reading of the transaction has none.
 */
import type { PoolClient } from 'pg';
import type { Batch } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { bulk, utc } from './bulk.js';

/**
 * Makes the stored problems of the batch's blocks (with scope `transactions`: of its transactions) equal to
 * those that the batch holds. @returns number of rows changed
 */
export async function recordProblems(client: PoolClient, batch: Batch): Promise<number> {
  const problems = batch.transactions.flatMap((transaction) =>
    (transaction.problems ?? []).map((problem) => ({ transaction, problem })),
  );
  const kept = problems.map(
    ({ transaction, problem }) => `${transaction.block} ${transaction.transactionIndex} ${problem.code}`,
  );
  const gone = await client.query(
    `DELETE FROM decode_problem WHERE chain = $1 AND block BETWEEN $2 AND $3 AND ($4 OR transaction_hash = ANY($5))
        AND NOT (block || ' ' || transaction_index || ' ' || code = ANY($6))`,
    [
      batch.chain,
      batch.fromBlock,
      batch.toBlock,
      batch.scope === 'blocks',
      batch.transactions.map((transaction) => transaction.transactionHash),
      kept,
    ],
  );
  if (problems.length === 0) return gone.rowCount ?? 0;
  const input = bulk(
    problems,
    {
      block: ['bigint', ({ transaction }) => transaction.block],
      transaction_index: ['int', ({ transaction }) => transaction.transactionIndex],
      code: ['text', ({ problem }) => problem.code],
      transaction_hash: ['text', ({ transaction }) => transaction.transactionHash],
      message: ['text', ({ problem }) => problem.message],
      block_time: ['float8', ({ transaction }) => transaction.blockTime],
    },
    2,
  );
  const written = await client.query(
    `INSERT INTO decode_problem AS p (chain, ${input.names})
     SELECT DISTINCT ON (block, transaction_index, code) $1, ${input.names.replace('"block_time"', utc('block_time'))} FROM ${input.from}
      ORDER BY block, transaction_index, code
     ON CONFLICT (chain, block, transaction_index, code) DO UPDATE SET message = EXCLUDED.message, transaction_hash = EXCLUDED.transaction_hash
      WHERE p.message <> EXCLUDED.message OR p.transaction_hash <> EXCLUDED.transaction_hash`,
    [batch.chain, ...input.values],
  );
  return (gone.rowCount ?? 0) + (written.rowCount ?? 0);
}

/**
 * Deletes the problems of those blocks of the range that are not in `standing`: their fork was abandoned.
 * @returns number of rows deleted
 */
export async function withdrawProblems(
  client: Pick<PoolClient, 'query'>,
  { chain, fromBlock, toBlock }: BlockRange & { readonly chain: Chain },
  standing: readonly number[],
): Promise<number> {
  const { rowCount } = await client.query(
    'DELETE FROM decode_problem WHERE chain = $1 AND block BETWEEN $2 AND $3 AND NOT block = ANY($4::bigint[])',
    [chain, fromBlock, toBlock, standing],
  );
  return rowCount ?? 0;
}
