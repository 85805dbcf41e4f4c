/** The NFT table. Kind: latest wins by chain position, per attribute; see fold.ts. */
import type { PoolClient } from 'pg';
import { type Bulk, type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import { type LedgerRow, readLedger } from '../../store/ledger.js';
import { chainOf, type Prepared, type Projection, type RowCounts, sortedKeys } from '../projection.js';
import { foldNfts, type NftState } from './fold.js';

const COLUMNS: BulkColumns<NftState> = {
  id: ['text', (nft) => rowId('nft', nft.tokenId)],
  tokenId: ['text', (nft) => nft.tokenId],
  chain: ['text', (nft) => nft.chain],
  firstPosition: ['text', (nft) => nft.first.position],
  createdAt: ['float8', (nft) => nft.first.time],
  originPosition: ['text', (nft) => nft.origin.position],
  blockchainTx: ['text', (nft) => nft.origin.hash],
  creatorAddress: ['text', (nft) => nft.origin.creator],
  contractAddress: ['text', (nft) => nft.origin.contract],
  namePosition: ['text', (nft) => nft.name.position],
  name: ['text', (nft) => nft.name.name],
  described: ['jsonb', (nft) => JSON.stringify(nft.name.metadata)],
  ownerPosition: ['text', (nft) => nft.owner.position],
  ownerAddress: ['text', (nft) => nft.owner.address],
  isBurned: ['bool', (nft) => nft.owner.burned],
  listingPosition: ['text', (nft) => nft.listing.position],
  isListed: ['bool', (nft) => nft.listing.listed],
  pricePosition: ['text', (nft) => nft.price.position],
  price: ['numeric', (nft) => nft.price.amount],
  currency: ['text', (nft) => nft.price.currency],
  lastPosition: ['text', (nft) => nft.last.position],
  updatedAt: ['float8', (nft) => nft.last.time],
};

/** Attribute groups: the position that decides, and the columns that follow it. `<`: earliest wins. */
const GROUPS: readonly (readonly [position: string, wins: '>' | '<', columns: readonly string[]])[] = [
  ['firstPosition', '<', ['createdAt']],
  ['originPosition', '<', ['blockchainTx', 'creatorAddress', 'creatorId', 'contractAddress']],
  ['namePosition', '>', ['name']],
  ['ownerPosition', '>', ['ownerAddress', 'owner', 'isBurned']],
  ['listingPosition', '>', ['isListed']],
  ['pricePosition', '>', ['price']],
  ['lastPosition', '>', ['updatedAt']],
];

const MERGE = GROUPS.flatMap(([position, wins, columns]) =>
  [position, ...columns].map(
    (column) =>
      `"${column}" = CASE WHEN EXCLUDED."${position}" ${wins} n."${position}" THEN EXCLUDED."${column}" ELSE n."${column}" END`,
  ),
).join(', ');
/** `metadata` holds what describes the NFT and the price's currency, which two different events may have said. */
const MERGE_METADATA = `metadata =
    CASE WHEN EXCLUDED."namePosition" > n."namePosition" THEN EXCLUDED.metadata - 'currency' ELSE n.metadata - 'currency' END
 || CASE WHEN EXCLUDED."pricePosition" > n."pricePosition" THEN currency_of(EXCLUDED.metadata) ELSE currency_of(n.metadata) END`.replace(
  /currency_of\(([^)]+)\)/g,
  `CASE WHEN $1 ? 'currency' THEN jsonb_build_object('currency', $1->'currency') ELSE '{}'::jsonb END`,
);
const IS_NEWS = GROUPS.map(([position, wins]) => `EXCLUDED."${position}" ${wins} n."${position}"`).join(
  ' OR ',
);

/** What a row that stands already becomes: the merge of both states, or, when the state is a fold of everything, that. */
const ADD = `${MERGE}, ${MERGE_METADATA} WHERE ${IS_NEWS}`;
const REPLACE = [...GROUPS.flatMap(([position, , columns]) => [position, ...columns]), 'metadata']
  .map((column) => `"${column}" = EXCLUDED."${column}"`)
  .join(', ');

async function write(client: PoolClient, input: Bulk, onConflict: string): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO "NFT" AS n (id, "tokenId", chain, "firstPosition", "createdAt", "originPosition", "blockchainTx", "creatorAddress", "creatorId",
                             "contractAddress", "namePosition", name, metadata, "ownerPosition", "ownerAddress", owner, "isBurned",
                             "listingPosition", "isListed", "pricePosition", price, "lastPosition", "updatedAt")
     SELECT t.id, t."tokenId", t.chain, "firstPosition", ${utc('t."createdAt"')}, "originPosition", "blockchainTx", "creatorAddress", creator."userId",
            "contractAddress", "namePosition", t.name, described || CASE WHEN currency IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('currency', currency) END,
            "ownerPosition", "ownerAddress", holder."userId", "isBurned", "listingPosition", "isListed", "pricePosition", price, "lastPosition", ${utc('t."updatedAt"')}
       FROM ${input.from}
       JOIN "Wallet" creator ON creator.address = t."creatorAddress"
       JOIN "Wallet" holder ON holder.address = t."ownerAddress"
      ORDER BY t."tokenId"
     ON CONFLICT ("tokenId") DO UPDATE SET ${onConflict}`,
    [...input.values],
  );
  return rowCount ?? 0;
}

async function prepare(client: PoolClient, rows: readonly LedgerRow[]): Promise<Prepared> {
  const states = foldNfts(rows);
  const input = bulk(states, COLUMNS);
  return {
    counts: {},
    write: async () => (states.length === 0 ? {} : { NFT: await write(client, input, ADD) }),
  };
}

async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  const touched = sortedKeys(foldNfts(rows).map((state) => state.tokenId));
  if (touched.length === 0) return {};
  // Locked before the ledger is read: a worker that adds an event to one of them now waits, and merges after us.
  await client.query(`SELECT 1 FROM "NFT" WHERE "tokenId" = ANY($1) ORDER BY "tokenId" FOR UPDATE`, [
    touched,
  ]);
  const kept = foldNfts(
    await readLedger(client, `l.chain = $1 AND l.asset = ANY($2) AND l.asset_kind = 'nft'`, [
      chainOf(rows),
      touched,
    ]),
  );
  const gone = new Set(touched);
  for (const state of kept) gone.delete(state.tokenId);
  await client.query(
    `DELETE FROM "NFTMetadata" m USING "NFT" n WHERE m."nftId" = n.id AND n."tokenId" = ANY($1)`,
    [[...gone]],
  );
  const deleted = await client.query(`DELETE FROM "NFT" WHERE "tokenId" = ANY($1)`, [[...gone]]);
  if (kept.length > 0) await write(client, bulk(kept, COLUMNS), REPLACE);
  return { NFT: (deleted.rowCount ?? 0) + kept.length };
}

export const nfts: Projection = { name: 'nfts', prepare, revert };
