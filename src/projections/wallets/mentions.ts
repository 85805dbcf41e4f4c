/**
 * Which wallets an event names: in TypeScript for events in memory, in SQL for events in the ledger. Both
 * give the same wallets.
 */
import type { Chain } from '../../events/event.js';
import { KNOWN_TIME } from '../../store/ledger/block-time.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';

/**
 * The wallet that counts as owner of an NFT when all its known events name nobody, such as a mere change of
 * price.
 */
export function unknownWallet(chain: Chain): string {
  return `unknown:${chain}`;
}

/** All wallets that the event names, in any role; may hold repetitions. */
export function walletsOf(row: LedgerRow): string[] {
  const { asset, from, to, movements, nft } = row.event;
  const named = [from, to, nft?.creator].filter((address) => address !== undefined);
  const movers = (movements ?? []).map((movement) => movement.owner);
  return [
    ...named,
    ...movers,
    ...(asset.kind === 'nft' && named.length === 0 ? [unknownWallet(row.chain)] : []),
  ];
}

/**
 * SELECT of (block_time, address): one row for each time that an event of chain `$1` names one of the
 * addresses `$2`.
 */
export const MENTIONS = `
  SELECT ${KNOWN_TIME} AS block_time, w.address FROM ledger_event l CROSS JOIN LATERAL (
    SELECT l.sender UNION ALL SELECT l.recipient UNION ALL SELECT l.facts->'nft'->>'creator'
    UNION ALL SELECT movement->>'owner' FROM jsonb_array_elements(l.facts->'movements') movement
    UNION ALL SELECT 'unknown:' || l.chain
      WHERE l.asset_kind = 'nft' AND COALESCE(l.sender, l.recipient, l.facts->'nft'->>'creator') IS NULL
  ) w(address)
  WHERE l.chain = $1 AND w.address = ANY($2)`;
