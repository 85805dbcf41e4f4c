/**
 * The table `decode_problem`, by transaction: transactions that touched a followed contract and could not be
 * decoded in full.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain, DecodeProblem } from '../events/event.js';

type Db = { readonly pool: Pool };

export interface ProblemTransaction {
  readonly chain: Chain;
  readonly transactionHash: string;
  readonly block: number;
  readonly transactionIndex: number;
  /** Unix seconds. */
  readonly blockTime: number | null;
  readonly problems: readonly DecodeProblem[];
}

/** Transactions with decode problems, newest block first, at most `filter.limit`. */
export async function listProblemTransactions(
  db: Db,
  filter: { readonly chain?: Chain | undefined; readonly hash?: string | undefined; readonly limit: number },
): Promise<ProblemTransaction[]> {
  const { rows } = await db.pool.query<{
    chain: Chain;
    hash: string;
    block: string;
    index: number;
    time: number | null;
    problems: DecodeProblem[];
  }>(
    `SELECT chain, transaction_hash AS hash, block, transaction_index AS index, extract(epoch FROM min(block_time))::float8 AS time,
            jsonb_agg(jsonb_build_object('code', code, 'message', message) ORDER BY code) AS problems
       FROM decode_problem WHERE ($1::text IS NULL OR chain = $1) AND ($2::text IS NULL OR transaction_hash = $2)
      GROUP BY chain, block, transaction_index, transaction_hash ORDER BY block DESC, transaction_index DESC LIMIT $3`,
    [filter.chain ?? null, filter.hash ?? null, filter.limit],
  );
  return rows.map(({ chain, hash, block, index, time, problems }) => ({
    chain,
    transactionHash: hash,
    block: Number(block),
    transactionIndex: index,
    blockTime: time,
    problems,
  }));
}

/**
 * Deletes the decode problems of a transaction. They come back when it is read again and still has them.
 * @returns rows deleted
 */
export async function dropProblem(
  client: Pick<PoolClient, 'query'>,
  chain: Chain,
  hash: string,
): Promise<number> {
  const { rowCount } = await client.query(
    'DELETE FROM decode_problem WHERE chain = $1 AND transaction_hash = $2',
    [chain, hash],
  );
  return rowCount ?? 0;
}
