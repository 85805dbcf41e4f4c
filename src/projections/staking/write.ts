/** The statement that writes Staking rows. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import { type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import type { StakePosition } from './position.js';

const DAY = 86_400;
/** Percent a year that the platform's schema gives to a stake whose chain event names no rate. */
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

const of = (alias: string): string => CHANGING.map((column) => `${alias}."${column}"`).join(', ');
const SET = CHANGING.map((column) => `"${column}" = EXCLUDED."${column}"`).join(', ');
const IS_NEWS = `(${of('s')}) IS DISTINCT FROM (${of('EXCLUDED')})`;

/**
 * Inserts positions and updates stored ones that differ.
 * @returns rows inserted or changed
 */
export async function writeStakes(
  client: PoolClient,
  chain: Chain,
  positions: readonly StakePosition[],
): Promise<number> {
  if (positions.length === 0) return 0;
  const input = bulk(positions, COLUMNS, 2);
  const { rowCount } = await client.query(
    `INSERT INTO "Staking" AS s (id, "userId", "tokenId", amount, "startDate", "endDate", duration, apy, rewards,
                                 "claimedRewards", "isActive", metadata, "createdAt", "updatedAt", chain,
                                 "walletAddress", pool, "transactionHash", "eventIndex")
     SELECT t.id, w."userId", m.id, amount, ${utc('start_time')}, ${utc('end_time')}, duration, apy, rewards,
            rewards, is_active, t.metadata, ${utc('start_time')}, ${utc('updated')}, $1,
            t.address, pool, hash, event_index
       FROM ${input.from}
       JOIN "Wallet" w ON w.address = t.address
       JOIN "MusicToken" m ON m."userId" = w."userId" AND m.chain = $1
      ORDER BY t.id
     ON CONFLICT (id) DO UPDATE SET ${SET} WHERE ${IS_NEWS}`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}
