/** Which wallets' positions a set of events changes, and all stake events of those wallets. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { sortedKeys } from '../projection.js';

const KINDS = ['stake', 'unstake', 'claim'];

/** Wallets whose positions the events change, sorted. Events of failed transactions change none. */
export function stakersOf(rows: readonly LedgerRow[]): string[] {
  return sortedKeys(
    rows
      .filter(({ event }) => event.outcome === 'ok' && KINDS.includes(event.kind))
      .map(({ event }) => event.from)
      .filter((from) => from !== undefined),
  );
}

/**
 * Reads all stake, unstake and claim events of the stakers from the ledger, and locks the stakers' Wallet
 * rows until the database transaction ends.
 * @returns the events, oldest first
 */
export async function readStakes(
  client: PoolClient,
  chain: Chain,
  stakers: readonly string[],
): Promise<LedgerRow[]> {
  // Only one worker at a time folds a staker, and it sees what the previous one committed.
  await client.query(`SELECT 1 FROM "Wallet" WHERE address = ANY($1) ORDER BY address FOR UPDATE`, [stakers]);
  return readLedger(
    client,
    `l.chain = $1 AND l.sender = ANY($2) AND l.kind IN (${KINDS.map((kind) => `'${kind}'`).join(', ')})`,
    [chain, stakers],
    ['stake', 'movements'],
  );
}
