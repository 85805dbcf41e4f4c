/** Queries of the Staking table. */
import type { Chain, JsonObject } from '../../events/event.js';
import { before, when, where } from '../conditions.js';
import {
  decimalText,
  isoTime,
  type Page,
  type PageRequest,
  pageOf,
  type Reader,
  type TimeKey,
} from '../read.js';

/**
 * A row of the table. Amounts are in whole units of the staked token, times are ISO 8601 UTC, `duration` is
 * in days, `apy` is in percent a year.
 */
export interface StakeRecord {
  readonly id: string;
  readonly chain: Chain;
  readonly userId: string;
  /** Id of the MusicToken row. */
  readonly tokenId: string;
  readonly walletAddress: string;
  readonly pool: string;
  readonly amount: string;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly duration: number;
  readonly apy: string;
  readonly rewards: string;
  readonly claimedRewards: string;
  readonly isActive: boolean;
  readonly transactionHash: string;
  readonly eventIndex: number;
  readonly metadata: JsonObject;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface StakeFilter {
  readonly chain?: Chain | undefined;
  /** Address of the staker. */
  readonly wallet?: string | undefined;
  readonly active?: boolean | undefined;
}

type Row = Omit<StakeRecord, 'metadata'> & { readonly metadata: JsonObject | null };

const SELECT = `
  SELECT s.id, s.chain, s."userId", s."tokenId", s."walletAddress", s.pool, ${decimalText('s.amount')} AS amount,
         ${isoTime('s."startDate"')} AS "startDate", ${isoTime('s."endDate"')} AS "endDate", s.duration, ${decimalText('s.apy')} AS apy,
         ${decimalText('s.rewards')} AS rewards, ${decimalText('s."claimedRewards"')} AS "claimedRewards", s."isActive",
         s."transactionHash", s."eventIndex", s.metadata, ${isoTime('s."createdAt"')} AS "createdAt", ${isoTime('s."updatedAt"')} AS "updatedAt"
    FROM "Staking" s`;

/** One page of the stakes that match the filter, newest first by (startDate, id). */
export async function listStakes(
  db: Reader,
  filter: StakeFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<StakeRecord, TimeKey>> {
  const { sql, values } = where([
    when(filter.chain, 's.chain = ?'),
    when(filter.wallet, 's."walletAddress" = ?'),
    when(filter.active, 's."isActive" = ?'),
    before(page.after, 's."startDate"', 's.id'),
  ]);
  const { rows } = await db.pool.query<Row>(
    `${SELECT} ${sql} ORDER BY s."startDate" DESC, s.id DESC LIMIT ${page.limit + 1}`,
    values,
  );
  const records = rows.map((row) => ({ ...row, metadata: row.metadata ?? {} }));
  return pageOf(records, page.limit, (record) => ({ time: record.startDate, id: record.id }));
}
