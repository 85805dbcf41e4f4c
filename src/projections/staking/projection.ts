/** The Staking table. Kind: fold; a touched staker's positions are made anew from its part of the ledger. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import { type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import { type LedgerRow, readLedger } from '../../store/ledger.js';
import { chainOf, type Prepared, type Projection, type RowCounts, sortedKeys } from '../projection.js';
import { foldStakes, type StakePosition } from './fold.js';

const KINDS = ['stake', 'unstake', 'claim'];
const DAY = 86_400;
/** What the platform's schema gives a stake whose chain event names no rate. */
const DEFAULT_APY = 15;

const COLUMNS: BulkColumns<StakePosition> = {
  id: ['text', (stake) => rowId('stake', stake.transactionHash, stake.eventIndex)],
  address: ['text', (stake) => stake.wallet],
  amount: ['numeric', (stake) => wholeUnits(stake.remaining, stake.decimals)],
  start_time: ['float8', (stake) => stake.start],
  end_time: [
    'float8',
    (stake) => (stake.lockSeconds === null ? stake.closed : stake.start + stake.lockSeconds),
  ],
  duration: ['int', (stake) => Math.min(Math.floor((stake.lockSeconds ?? 0) / DAY), 2_147_483_647)],
  apy: ['numeric', (stake) => stake.apy ?? DEFAULT_APY],
  rewards: ['numeric', (stake) => wholeUnits(stake.claimed, stake.decimals)],
  is_active: ['bool', (stake) => stake.remaining > 0n],
  metadata: [
    'jsonb',
    (stake) =>
      JSON.stringify({
        staked: wholeUnits(stake.staked, stake.decimals),
        token: stake.token,
        closedAt: stake.closed,
      }),
  ],
  updated: ['float8', (stake) => stake.updated],
  pool: ['text', (stake) => stake.pool],
  hash: ['text', (stake) => stake.transactionHash],
  event_index: ['int', (stake) => stake.eventIndex],
};

const CHANGING = [
  'userId',
  'tokenId',
  'amount',
  'startDate',
  'endDate',
  'duration',
  'apy',
  'rewards',
  'claimedRewards',
  'isActive',
  'metadata',
  'updatedAt',
];

function stakersOf(rows: readonly LedgerRow[]): string[] {
  return sortedKeys(
    rows
      .filter(({ event }) => event.outcome === 'ok' && KINDS.includes(event.kind))
      .map(({ event }) => event.from)
      .filter((from) => from !== undefined),
  );
}

/** @returns stakes of the stakers as the ledger has them now, oldest event first; the stakers stay locked */
async function readStakes(
  client: PoolClient,
  chain: Chain,
  stakers: readonly string[],
): Promise<LedgerRow[]> {
  // One staker is folded by one worker at a time, each seeing what the one before committed.
  await client.query(`SELECT 1 FROM "Wallet" WHERE address = ANY($1) ORDER BY address FOR UPDATE`, [stakers]);
  return readLedger(
    client,
    `l.chain = $1 AND l.sender = ANY($2) AND l.kind IN ('stake', 'unstake', 'claim')`,
    [chain, stakers],
    ['stake', 'movements'],
  );
}

async function write(client: PoolClient, chain: Chain, positions: readonly StakePosition[]): Promise<number> {
  if (positions.length === 0) return 0;
  const input = bulk(positions, COLUMNS, 2);
  const { rowCount } = await client.query(
    `INSERT INTO "Staking" AS s (id, "userId", "tokenId", amount, "startDate", "endDate", duration, apy, rewards, "claimedRewards", "isActive",
                                 metadata, "createdAt", "updatedAt", chain, "walletAddress", pool, "transactionHash", "eventIndex")
     SELECT t.id, w."userId", m.id, amount, ${utc('start_time')}, ${utc('end_time')}, duration, apy, rewards, rewards, is_active,
            t.metadata, ${utc('start_time')}, ${utc('updated')}, $1, t.address, pool, hash, event_index
       FROM ${input.from}
       JOIN "Wallet" w ON w.address = t.address
       JOIN "MusicToken" m ON m."userId" = w."userId" AND m.chain = $1
      ORDER BY t.id
     ON CONFLICT (id) DO UPDATE SET ${CHANGING.map((column) => `"${column}" = EXCLUDED."${column}"`).join(', ')}
      WHERE (${CHANGING.map((column) => `s."${column}"`).join(', ')}) IS DISTINCT FROM (${CHANGING.map((column) => `EXCLUDED."${column}"`).join(', ')})`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}

/** The table holds the fold of the events that were there before: only positions that the new ones changed are written. */
async function prepare(client: PoolClient, rows: readonly LedgerRow[]): Promise<Prepared> {
  const chain = chainOf(rows);
  const stakers = stakersOf(rows);
  const added = new Set(rows.map((row) => row.position));
  return {
    counts: {},
    write: async () => {
      if (!chain || stakers.length === 0) return {};
      const now = await readStakes(client, chain, stakers);
      const before = new Map(
        foldStakes(now.filter((row) => !added.has(row.position))).map((stake) => [keyOf(stake), stake]),
      );
      const changed = foldStakes(now).filter((stake) => !sameStake(stake, before.get(keyOf(stake))));
      return { Staking: await write(client, chain, changed) };
    },
  };
}

function keyOf(stake: StakePosition): string {
  return `${stake.transactionHash} ${stake.eventIndex}`;
}

function sameStake(a: StakePosition, b: StakePosition | undefined): boolean {
  return (
    b !== undefined &&
    a.remaining === b.remaining &&
    a.claimed === b.claimed &&
    a.updated === b.updated &&
    a.closed === b.closed
  );
}

async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  const chain = chainOf(rows);
  const stakers = stakersOf(rows);
  if (!chain || stakers.length === 0) return {};
  const positions = foldStakes(await readStakes(client, chain, stakers));
  const gone = await client.query(
    `DELETE FROM "Staking" WHERE chain = $1 AND "walletAddress" = ANY($2) AND NOT (id = ANY($3))`,
    [chain, stakers, positions.map((stake) => rowId('stake', stake.transactionHash, stake.eventIndex))],
  );
  return { Staking: (gone.rowCount ?? 0) + (await write(client, chain, positions)) };
}

export const staking: Projection = { name: 'staking', prepare, revert };
