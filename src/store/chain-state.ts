/** What the listener knows of a chain's tip, and which chain this database belongs to. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import { utc } from './bulk.js';

export interface ChainState {
  readonly chain: Chain;
  /** Solana: genesis hash. TON: hash of the first masterchain block. */
  readonly genesis: string;
  /** First block that this deployment wants covered. */
  readonly startBlock: number;
  readonly head: number;
  /** Unix seconds. */
  readonly headTime: number | null;
  readonly finalized: number;
  readonly finalizedTime: number | null;
  readonly fingerprint: string;
  /** Redacted name of the endpoint. */
  readonly source: string;
  /** Unix seconds, fractional. */
  readonly updatedAt: number;
}

interface Row {
  genesis: string;
  start_block: string;
  head: string;
  head_time: number | null;
  finalized: string;
  finalized_time: number | null;
  fingerprint: string;
  source: string;
  updated_at: number;
}

type Db = { readonly pool: Pool };

/** null before the first listener ran. */
export async function readChainState(db: Db, chain: Chain): Promise<ChainState | null> {
  const { rows } = await db.pool.query<Row>(
    `SELECT genesis, start_block, head, extract(epoch FROM head_time)::float8 AS head_time, finalized,
            extract(epoch FROM finalized_time)::float8 AS finalized_time, fingerprint, source, extract(epoch FROM updated_at)::float8 AS updated_at
       FROM chain_state WHERE chain = $1`,
    [chain],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    chain,
    genesis: row.genesis,
    startBlock: Number(row.start_block),
    head: Number(row.head),
    headTime: row.head_time,
    finalized: Number(row.finalized),
    finalizedTime: row.finalized_time,
    fingerprint: row.fingerprint,
    source: row.source,
    updatedAt: row.updated_at,
  };
}

/**
 * @throws NdxError RPC_WRONG_CHAIN when the database holds the tables of another chain than the endpoint
 * serves.
 */
export function assertSameChain(stored: Pick<ChainState, 'chain' | 'genesis'>, genesis: string): void {
  if (stored.genesis === genesis) return;
  throw new NdxError(
    'RPC_WRONG_CHAIN',
    `this database belongs to the ${stored.chain} chain with genesis ${stored.genesis}, but the RPC endpoint serves ${genesis}: use the endpoint of the same network, or another database (DATABASE_URL, NDX_DATA_DIR)`,
  );
}

/**
 * Writes the state. The genesis of the first write stays.
 * @param lease token of the lease that it is written under; absent: under none
 * @throws NdxError RPC_WRONG_CHAIN, LEASE_LOST
 */
export async function writeChainState(
  db: Db,
  state: Omit<ChainState, 'updatedAt'>,
  lease: number | null = null,
): Promise<void> {
  const { rowCount } = await db.pool.query(
    `INSERT INTO chain_state AS s (chain, genesis, start_block, head, head_time, finalized, finalized_time, fingerprint, source, updated_at)
     SELECT $1, $2, $3::bigint, $4::bigint, ${utc('$5::float8')}, $6::bigint, ${utc('$7::float8')}, $8, $9, now() AT TIME ZONE 'UTC'
      WHERE $10::bigint IS NULL OR EXISTS (SELECT 1 FROM leader_lease WHERE chain = $1 AND token = $10::bigint)
     ON CONFLICT (chain) DO UPDATE SET start_block = EXCLUDED.start_block, head = EXCLUDED.head, head_time = EXCLUDED.head_time,
            finalized = EXCLUDED.finalized, finalized_time = EXCLUDED.finalized_time, fingerprint = EXCLUDED.fingerprint,
            source = EXCLUDED.source, updated_at = EXCLUDED.updated_at
      WHERE s.genesis = EXCLUDED.genesis`,
    [
      state.chain,
      state.genesis,
      state.startBlock,
      state.head,
      state.headTime,
      state.finalized,
      state.finalizedTime,
      state.fingerprint,
      state.source,
      lease,
    ],
  );
  if (rowCount === 1) return;
  const stored = await readChainState(db, state.chain);
  if (stored) assertSameChain(stored, state.genesis);
  throw new NdxError('LEASE_LOST', `another listener leads ${state.chain} by now`, { retryable: true });
}
