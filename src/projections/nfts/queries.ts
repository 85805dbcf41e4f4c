/** Queries of the NFT table, and an NFT's history, which is read from the ledger. */
import type { Chain, JsonObject } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { before, type Condition, when, where } from '../conditions.js';
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
 * A row of the table, with the address of the collection that `collectionId` refers to. `price` is in whole
 * units, times are ISO 8601 UTC.
 */
export interface NftRecord {
  readonly id: string;
  readonly tokenId: string;
  readonly chain: Chain;
  readonly contractAddress: string;
  readonly name: string;
  readonly description: string | null;
  readonly imageUrl: string | null;
  /** Id of the user who owns it. */
  readonly owner: string;
  readonly ownerAddress: string;
  readonly creatorId: string;
  readonly creatorAddress: string;
  readonly collectionId: string | null;
  readonly collectionAddress: string | null;
  readonly price: string | null;
  readonly isListed: boolean;
  readonly isBurned: boolean;
  readonly metadata: JsonObject;
  readonly blockchainTx: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NftFilter {
  readonly chain?: Chain | undefined;
  /** Wallet address of the owner. */
  readonly owner?: string | undefined;
  /** Wallet address of the creator. */
  readonly creator?: string | undefined;
  /** Address of the collection, or of the contract that vouches for an NFT without a collection. */
  readonly collection?: string | undefined;
  readonly listed?: boolean | undefined;
  readonly burned?: boolean | undefined;
}

/** Position of an event in its chain. */
export interface EventKey {
  readonly block: number;
  readonly transactionIndex: number;
  readonly eventIndex: number;
}

type Row = Omit<NftRecord, 'metadata'> & { readonly metadata: JsonObject | null };

const SELECT = `
  SELECT n.id, n."tokenId", n.chain, n."contractAddress", n.name, n.description, n."imageUrl", n.owner, n."ownerAddress", n."creatorId",
         n."creatorAddress", n."collectionId", c."contractAddress" AS "collectionAddress", ${decimalText('n.price')} AS price, n."isListed",
         n."isBurned", n.metadata, n."blockchainTx", ${isoTime('n."createdAt"')} AS "createdAt", ${isoTime('n."updatedAt"')} AS "updatedAt"
    FROM "NFT" n LEFT JOIN "NFTCollection" c ON c.id = n."collectionId"`;

/** One page of the NFTs that match the filter, newest first by (createdAt, id). */
export async function listNfts(
  db: Reader,
  filter: NftFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<NftRecord, TimeKey>> {
  const { sql, values } = where([
    when(filter.chain, 'n.chain = ?'),
    ofWallet(filter.owner, 'owner', 'ownerAddress'),
    ofWallet(filter.creator, 'creatorId', 'creatorAddress'),
    when(filter.collection, 'n."contractAddress" = ?'),
    when(filter.listed, 'n."isListed" = ?'),
    when(filter.burned, 'n."isBurned" = ?'),
    before(page.after, 'n."createdAt"', 'n.id'),
  ]);
  const { rows } = await db.pool.query<Row>(
    `${SELECT} ${sql} ORDER BY n."createdAt" DESC, n.id DESC LIMIT ${page.limit + 1}`,
    values,
  );
  return pageOf(rows.map(toRecord), page.limit, (record) => ({ time: record.createdAt, id: record.id }));
}

/**
 * The tables index the user, so the condition on the user finds the rows quickly; the condition on the
 * address keeps only this wallet, because a user may have several.
 */
function ofWallet(
  address: string | undefined,
  userColumn: string,
  addressColumn: string,
): Condition | undefined {
  if (address === undefined) return undefined;
  return [
    `n."${userColumn}" = (SELECT "userId" FROM "Wallet" WHERE address = ?) AND n."${addressColumn}" = ?`,
    address,
    address,
  ];
}

/** The NFT with this tokenId; null when the table has none. */
export async function findNft(db: Reader, tokenId: string): Promise<NftRecord | null> {
  const { rows } = await db.pool.query<Row>(`${SELECT} WHERE n."tokenId" = $1`, [tokenId]);
  return rows[0] ? toRecord(rows[0]) : null;
}

/** One page of the NFT's events in the ledger, oldest first; events of failed transactions are included. */
export async function nftHistory(
  db: Reader,
  nft: Pick<NftRecord, 'chain' | 'tokenId'>,
  page: PageRequest<EventKey>,
): Promise<Page<LedgerRow, EventKey>> {
  const { after } = page;
  const { sql, values } = where([
    [`asset_kind = 'nft' AND asset = ? AND chain = ?`, nft.tokenId, nft.chain],
    after && [
      '(block, transaction_index, event_index) > (?, ?, ?)',
      after.block,
      after.transactionIndex,
      after.eventIndex,
    ],
  ]);
  const places = `SELECT chain, block, transaction_index, event_index FROM ledger_event ${sql}
                   ORDER BY block, transaction_index, event_index LIMIT ${page.limit + 1}`;
  const rows = await readLedger(
    db.pool,
    `(l.chain, l.block, l.transaction_index, l.event_index) IN (${places})`,
    values,
  );
  return pageOf(rows, page.limit, ({ block, transactionIndex, event }) => ({
    block,
    transactionIndex,
    eventIndex: event.eventIndex,
  }));
}

function toRecord(row: Row): NftRecord {
  return { ...row, metadata: row.metadata ?? {} };
}
