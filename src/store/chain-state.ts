/**
 * The table `chain_state`: the newest blocks that the listener has seen of each chain, and to which network
 * this database belongs.
 */
import type { Chain } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import { utc } from './bulk.js';
import type { Database } from './database.js';

export interface ChainState {
  readonly chain: Chain;
  /** Solana: genesis hash. TON: hash of the first masterchain block. */
  readonly genesis: string;
  /** First block that this deployment wants covered. */
  readonly startBlock: number;
  /** Newest block seen. */
  readonly head: number;
  /** Unix seconds; so is `finalizedTime`. */
  readonly headTime: number | null;
  /** Newest block that cannot be undone. */
  readonly finalized: number;
  readonly finalizedTime: number | null;
  /** Names the decoders and the configuration that the listener reads with. */
  readonly fingerprint: string;
  /** Redacted name of the endpoint. */
  readonly source: string;
  /** Unix seconds with a fraction. */
  readonly updatedAt: number;
}

/** @returns null when no listener has run on this chain yet */
export async function readChainState(
  { prisma }: Pick<Database, 'prisma'>,
  chain: Chain,
): Promise<ChainState | null> {
  const row = await prisma.chainState.findUnique({ where: { chain } });
  if (!row) return null;
  return {
    ...row,
    chain,
    startBlock: Number(row.startBlock),
    head: Number(row.head),
    headTime: seconds(row.headTime),
    finalized: Number(row.finalized),
    finalizedTime: seconds(row.finalizedTime),
    updatedAt: row.updatedAt.getTime() / 1000,
  };
}

function seconds(time: Date | null): number | null {
  return time === null ? null : time.getTime() / 1000;
}

/**
 * @throws NdxError RPC_WRONG_CHAIN when the tables hold another network than the one that the endpoint serves
 */
export function assertSameChain(stored: Pick<ChainState, 'chain' | 'genesis'>, genesis: string): void {
  if (stored.genesis === genesis) return;
  throw new NdxError(
    'RPC_WRONG_CHAIN',
    `this database belongs to the ${stored.chain} chain with genesis ${stored.genesis}, but the RPC endpoint serves ${genesis}: use the endpoint of the same network, or another database (DATABASE_URL, NDX_DATA_DIR)`,
  );
}

/**
 * Writes the state of a chain. The genesis hash of the first write is never replaced.
 * @param lease token of the lease under which the listener writes; null: it writes without one
 * @throws NdxError RPC_WRONG_CHAIN when the stored genesis hash is not `state.genesis`
 * @throws NdxError LEASE_LOST (retryable) when another listener holds the lease by now
 */
export async function writeChainState(
  db: Pick<Database, 'pool' | 'prisma'>,
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
