/**
 * Links between covered stretches. A stretch is an unbroken chain of blocks; its row keeps the newest block
 * before it (`parent`) and its own newest block (`last`), both with their hashes. Where two stretches adjoin,
 * the parent of the second has to be the last block of the first.
 */
import type { Pool } from 'pg';
import type { BlockHash } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';

/** A covered stretch with its links, which are null where they are not known. */
export interface LinkedStretch extends BlockRange {
  /** Newest block before the stretch. */
  readonly parent: BlockHash | null;
  /** Newest block up to the end of the stretch. */
  readonly last: BlockHash | null;
}

/**
 * Two adjoining covered stretches that contradict each other: the second does not follow upon the last block
 * of the first.
 */
export interface Seam {
  readonly below: LinkedStretch & { readonly last: BlockHash };
  readonly above: LinkedStretch & { readonly parent: BlockHash };
}

interface Row {
  from_block: string;
  to_block: string;
  parent_block: string | null;
  parent_hash: string | null;
  last_block: string | null;
  last_hash: string | null;
}

type Db = { readonly pool: Pool };

function linkOf(block: string | null, hash: string | null): BlockHash | null {
  return block === null || hash === null ? null : { block: Number(block), hash };
}

function stretchOf(row: Row): LinkedStretch {
  return {
    fromBlock: Number(row.from_block),
    toBlock: Number(row.to_block),
    parent: linkOf(row.parent_block, row.parent_hash),
    last: linkOf(row.last_block, row.last_hash),
  };
}

/** All covered stretches of the chain as their rows stand, under any fingerprint, ascending. */
export async function listStretches(db: Db, chain: Chain): Promise<LinkedStretch[]> {
  const { rows } = await db.pool.query<Row>(
    `SELECT from_block, to_block, parent_block, parent_hash, last_block, last_hash
       FROM coverage_range WHERE chain = $1 ORDER BY from_block, to_block`,
    [chain],
  );
  return rows.map(stretchOf);
}

/**
 * The seams among the stretches. Only neighbours that adjoin and whose links are known are compared;
 * stretches that overlap cannot be.
 * @param stretches in ascending order
 */
export function seamsIn(stretches: readonly LinkedStretch[]): Seam[] {
  return stretches.flatMap((above, at) => {
    const below = stretches[at - 1];
    if (!below?.last || !above.parent || below.toBlock !== above.fromBlock - 1) return [];
    if (sameBlock(below.last, above.parent)) return [];
    return [{ below: { ...below, last: below.last }, above: { ...above, parent: above.parent } }];
  });
}

/** The highest covered stretch whose last block is known by its hash; null when there is none. */
export async function newestStretch(
  db: Db,
  chain: Chain,
): Promise<(LinkedStretch & { readonly last: BlockHash }) | null> {
  const { rows } = await db.pool.query<Row>(
    `SELECT from_block, to_block, parent_block, parent_hash, last_block, last_hash FROM coverage_range
      WHERE chain = $1 AND last_hash IS NOT NULL ORDER BY to_block DESC LIMIT 1`,
    [chain],
  );
  const stretch = rows[0] && stretchOf(rows[0]);
  return stretch?.last ? { ...stretch, last: stretch.last } : null;
}

/**
 * The stretch that ends just before the range, and the one that begins just after it; null where there is
 * none.
 */
export async function neighboursOf(
  db: Db,
  chain: Chain,
  { fromBlock, toBlock }: BlockRange,
): Promise<{ readonly below: LinkedStretch | null; readonly above: LinkedStretch | null }> {
  const { rows } = await db.pool.query<Row>(
    `SELECT from_block, to_block, parent_block, parent_hash, last_block, last_hash FROM coverage_range
      WHERE chain = $1 AND (to_block = $2::bigint - 1 OR from_block = $3::bigint + 1)`,
    [chain, fromBlock, toBlock],
  );
  const found = rows.map(stretchOf);
  return {
    below: found.find((stretch) => stretch.toBlock === fromBlock - 1) ?? null,
    above: found.find((stretch) => stretch.fromBlock === toBlock + 1) ?? null,
  };
}

/** Whether both are the same block of the same branch: the number alone does not say so. */
export function sameBlock(a: BlockHash, b: BlockHash): boolean {
  return a.block === b.block && a.hash === b.hash;
}
