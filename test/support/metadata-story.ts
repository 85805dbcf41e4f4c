/** NFTs with uris, their documents, and the tables that src/metadata writes. */
import type { Pool } from 'pg';
import type { DecodedTransaction } from '../../src/events/event.js';
import { attend } from '../../src/metadata/attend.js';
import type { Resolver } from '../../src/metadata/fetch/resolver.js';
import { carryMarks } from '../../src/metadata/tables/carry.js';
import { takeDue } from '../../src/metadata/tables/documents.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import type { Database } from '../../src/store/database.js';
import { CONTEXT } from './events.js';

/** A transaction that mints the item in this block. */
export function mintOf(token: string, block: number, uri?: string): DecodedTransaction {
  return {
    ...{ chain: 'solana', block, blockTime: 1_700_000_000 + block, transactionIndex: 0, outcome: 'ok' },
    transactionHash: `mint-${token}`,
    events: [
      {
        ...{ eventIndex: 0, kind: 'mint', outcome: 'ok', decoder: 'test', decoderVersion: 1, to: 'alice' },
        asset: { kind: 'nft', address: token },
        nft: { contract: 'program', name: token, ...(uri === undefined ? {} : { uri }) },
      },
    ],
  };
}

/** Reconciles the transactions as all that the blocks hold; what the ledger holds besides is withdrawn. */
export async function reconcileBlocks(
  db: Database,
  transactions: readonly DecodedTransaction[],
  [fromBlock, toBlock] = [1, 99],
): Promise<void> {
  const batch = { chain: 'solana', fingerprint: 'f', finality: 'confirmed', scope: 'blocks' } as const;
  const ours = transactions
    .filter(({ block }) => block >= fromBlock && block <= toBlock)
    .toSorted((a, b) => a.block - b.block);
  await reconcile(db, { ...batch, fromBlock, toBlock, transactions: ours, source: 'test' }, CONTEXT, {
    job: 'test',
  });
}

/** Carries and asks until nothing is marked and nothing is due. */
export async function settle(db: Database, resolver: Resolver): Promise<void> {
  const { signal } = new AbortController();
  for (;;) {
    while ((await carryMarks(db)).marks > 0);
    const due = await takeDue(db, 100);
    for (const { id } of due) await attend({ db, resolver, signal }, id);
    if (due.length === 0) return;
  }
}

/**
 * What the tables show, as a person would compare it: without ids, fetch times and what is asked for next.
 */
export async function shown(pool: Pool): Promise<{ nfts: unknown[]; contents: unknown[] }> {
  const { rows: nfts } = await pool.query(
    `SELECT "tokenId", description, "imageUrl" FROM "NFT" ORDER BY "tokenId"`,
  );
  const { rows: contents } = await pool.query(
    `SELECT n."tokenId" AS owner, m."ipfsHash", m.name, m.description, m.attributes, m."externalUrl", m."createdAt"
       FROM "NFTMetadata" m JOIN "NFT" n ON n.id = m."nftId" ORDER BY m."ipfsHash"`,
  );
  return { nfts, contents };
}
