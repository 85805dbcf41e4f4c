/** Whose positions events change, and all events of theirs. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { sortedKeys } from '../projection.js';

const KINDS = ['stake', 'unstake', 'claim'];

/** Wallets whose positions the events change, sorted. */
export function stakersOf(rows: readonly LedgerRow[]): string[] {
  return sortedKeys(
    rows
      .filter(({ event }) => event.outcome === 'ok' && KINDS.includes(event.kind))
      .map(({ event }) => event.from)
      .filter((from) => from !== undefined),
  );
}

/** @returns stakes of the stakers as the ledger has them now, oldest event first; the stakers stay locked */
export async function readStakes(
  client: PoolClient,
  chain: Chain,
  stakers: readonly string[],
): Promise<LedgerRow[]> {
  // One staker is folded by one worker at a time, each seeing what the one before committed.
  await client.query(`SELECT 1 FROM "Wallet" WHERE address = ANY($1) ORDER BY address FOR UPDATE`, [stakers]);
  return readLedger(
    client,
    `l.chain = $1 AND l.sender = ANY($2) AND l.kind IN (${KINDS.map((kind) => `'${kind}'`).join(', ')})`,
    [chain, stakers],
    ['stake', 'movements'],
  );
}
