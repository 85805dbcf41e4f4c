/**
 * The statement that writes NFT rows: it either merges the new state with the stored row or replaces the row.
 */
import type { PoolClient } from 'pg';
import { type Bulk, type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import type { NftState } from './fold.js';

const COLUMNS: BulkColumns<NftState> = {
  id: ['text', (nft) => rowId('nft', nft.tokenId)],
  tokenId: ['text', (nft) => nft.tokenId],
  chain: ['text', (nft) => nft.chain],
  firstPosition: ['text', (nft) => nft.first.position],
  createdAt: ['float8', (nft) => nft.first.time],
  originPosition: ['text', (nft) => nft.origin.position],
  blockchainTx: ['text', (nft) => nft.origin.hash],
  creatorAddress: ['text', (nft) => nft.origin.creator],
  contractPosition: ['text', (nft) => nft.contract.position],
  contractAddress: ['text', (nft) => nft.contract.address],
  namePosition: ['text', (nft) => nft.name.position],
  name: ['text', (nft) => nft.name.name],
  described: ['jsonb', ({ said, contract }) => JSON.stringify({ ...valuesOf(said), ...named(contract) })],
  metadataPositions: ['jsonb', ({ said }) => JSON.stringify(positionsOf(said))],
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

function valuesOf(said: NftState['said']) {
  return Object.fromEntries(Object.entries(said).map(([name, { value }]) => [name, value]));
}

function positionsOf(said: NftState['said']) {
  return Object.fromEntries(Object.entries(said).map(([name, { position }]) => [name, position]));
}

function named({ collection }: NftState['contract']) {
  return collection === null ? {} : { collection };
}

/**
 * Groups of attributes: the position that decides, and the columns that are taken over with it. With `>` the
 * latest event wins, with `<` the earliest.
 */
const GROUPS: readonly (readonly [position: string, wins: '>' | '<', columns: readonly string[]])[] = [
  ['firstPosition', '<', ['createdAt']],
  ['originPosition', '<', ['blockchainTx', 'creatorAddress', 'creatorId']],
  ['contractPosition', '>', ['contractAddress']],
  ['namePosition', '>', ['name']],
  ['ownerPosition', '>', ['ownerAddress', 'owner', 'isBurned']],
  ['listingPosition', '>', ['isListed']],
  ['pricePosition', '>', ['price']],
  ['lastPosition', '>', ['updatedAt']],
];

const MERGE = GROUPS.flatMap(([position, wins, columns]) =>
  [position, ...columns].map(
    (column) =>
      `"${column}" = CASE WHEN EXCLUDED."${position}" ${wins} n."${position}"
                          THEN EXCLUDED."${column}" ELSE n."${column}" END`,
  ),
).join(', ');
/** The part of `metadata` under this name, where the group of `position` is newer, else the stored part. */
const part = (name: string, position: string) =>
  `CASE WHEN EXCLUDED."${position}" > n."${position}" THEN metadata_part(EXCLUDED.metadata, '${name}')
        ELSE metadata_part(n.metadata, '${name}') END`;
/**
 * `metadata` holds what events said of the NFT, each part with its own position, and besides its collection
 * and the currency of its price.
 */
const MERGE_METADATA = `metadata =
    metadata_newer(n.metadata, n."metadataPositions", EXCLUDED.metadata, EXCLUDED."metadataPositions")
 || ${part('collection', 'contractPosition')} || ${part('currency', 'pricePosition')},
 "metadataPositions" = metadata_newer(n."metadataPositions", n."metadataPositions",
                                      EXCLUDED."metadataPositions", EXCLUDED."metadataPositions")`;
const IS_NEWS = [
  ...GROUPS.map(([position, wins]) => `EXCLUDED."${position}" ${wins} n."${position}"`),
  'metadata_is_newer(EXCLUDED."metadataPositions", n."metadataPositions")',
].join(' OR ');

/**
 * What happens to a stored row. ADD merges it with the new state. REPLACE overwrites it, which is right when
 * the state was folded from all events of the NFT.
 */
const ADD = `${MERGE}, ${MERGE_METADATA} WHERE ${IS_NEWS}`;
const REPLACE = [
  ...GROUPS.flatMap(([position, , columns]) => [position, ...columns]),
  'metadata',
  'metadataPositions',
]
  .map((column) => `"${column}" = EXCLUDED."${column}"`)
  .join(', ');

async function upsert(client: PoolClient, input: Bulk, onConflict: string): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO "NFT" AS n (
            id, "tokenId", chain, "firstPosition", "createdAt",
            "originPosition", "blockchainTx", "creatorAddress", "creatorId", "contractPosition", "contractAddress",
            "namePosition", name, metadata, "metadataPositions", "ownerPosition", "ownerAddress", owner, "isBurned",
            "listingPosition", "isListed", "pricePosition", price, "lastPosition", "updatedAt")
     SELECT t.id, t."tokenId", t.chain, "firstPosition", ${utc('t."createdAt"')},
            "originPosition", "blockchainTx", "creatorAddress", creator."userId", "contractPosition", "contractAddress",
            "namePosition", t.name,
            described || CASE WHEN currency IS NULL THEN '{}'::jsonb
                              ELSE jsonb_build_object('currency', currency) END,
            t."metadataPositions",
            "ownerPosition", "ownerAddress", holder."userId", "isBurned",
            "listingPosition", "isListed", "pricePosition", price, "lastPosition", ${utc('t."updatedAt"')}
       FROM ${input.from}
       JOIN "Wallet" creator ON creator.address = t."creatorAddress"
       JOIN "Wallet" holder ON holder.address = t."ownerAddress"
      ORDER BY t."tokenId"
     ON CONFLICT ("tokenId") DO UPDATE SET ${onConflict}`,
    [...input.values],
  );
  return rowCount ?? 0;
}

/**
 * The states as input of the statement. Made before the first write of a batch, because it takes a while and
 * rows should be locked only briefly.
 */
export function nftInput(states: readonly NftState[]): Bulk {
  return bulk(states, COLUMNS);
}

/**
 * Merges the states with the stored rows.
 * @returns rows inserted or changed
 */
export async function mergeNfts(client: PoolClient, input: Bulk): Promise<number> {
  return upsert(client, input, ADD);
}

/** Overwrites the stored rows with states that were folded from all events of each NFT. */
export async function replaceNfts(client: PoolClient, states: readonly NftState[]): Promise<void> {
  if (states.length > 0) await upsert(client, nftInput(states), REPLACE);
}
