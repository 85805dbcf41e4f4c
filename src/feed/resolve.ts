/** Gives stored entries the events that they name: one query a chain for a whole page, by primary key. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import { positionKey } from '../events/position.js';
import { type LedgerRow, readLedger } from '../store/ledger/ledger.js';
import type { FeedEntry, FeedId, Known, Lane } from './change.js';
import { isMeant, type Named, type Stored } from './content.js';

/** An entry of a row, with what it shares with the row's other entries. */
export interface Placed {
  readonly id: FeedId;
  readonly lane: Lane;
  readonly at: number;
  readonly chain: Chain | null;
  readonly stored: Stored | { readonly kind: 'unreadable'; readonly reason: string };
}

/** The entries with their events as the ledger holds them now. */
export async function resolve(pool: Pick<Pool, 'query'>, placed: readonly Placed[]): Promise<FeedEntry[]> {
  const wanted = new Map<Chain, Named[]>();
  for (const { chain, stored } of placed) {
    if (chain === null || !('named' in stored)) continue;
    const list = wanted.get(chain);
    if (list) list.push(stored.named);
    else wanted.set(chain, [stored.named]);
  }
  const found = new Map<string, LedgerRow>();
  for (const [chain, named] of wanted)
    for (const row of await eventsAt(pool, chain, named)) found.set(`${chain} ${row.position}`, row);
  const users = new Map<string, string>();
  const collections = new Map<string, readonly string[]>();
  // The maps are filled afterwards: which addresses are named is known from the entries.
  const entries = placed.map((entry) => entryOf(entry, found, { users, collections }));
  const events = entries.flatMap((entry) =>
    entry.subject === 'event' ? [entry.row, entry.before].flatMap((row) => (row ? [row.event] : [])) : [],
  );
  for (const { address, user } of await usersOf(pool, events)) users.set(address, user);
  for (const nft of await collectionsOf(pool, events)) collections.set(nft.address, nft.collections);
  return entries;
}

type Event = LedgerRow['event'];

async function usersOf(pool: Pick<Pool, 'query'>, events: readonly Event[]) {
  const wallets = new Set(events.flatMap(walletsOf));
  if (wallets.size === 0) return [];
  const { rows } = await pool.query<{ address: string; user: string }>(
    `SELECT address, "userId" AS user FROM "Wallet" WHERE address = ANY($1) AND "userId" IS NOT NULL`,
    [[...wallets]],
  );
  return rows;
}

async function collectionsOf(pool: Pick<Pool, 'query'>, events: readonly Event[]) {
  const nfts = new Set(events.flatMap(({ asset }) => (asset.kind === 'nft' ? [asset.address] : [])));
  if (nfts.size === 0) return [];
  const { rows } = await pool.query<{ address: string; collections: string[] }>(
    `SELECT n."tokenId" AS address, array_remove(ARRAY[c."contractAddress", n."contractAddress"], NULL) AS collections
       FROM "NFT" n LEFT JOIN "NFTCollection" c ON c.id = n."collectionId" WHERE n."tokenId" = ANY($1)`,
    [[...nfts]],
  );
  return rows;
}

async function eventsAt(
  pool: Pick<Pool, 'query'>,
  chain: Chain,
  named: readonly Named[],
): Promise<LedgerRow[]> {
  return readLedger(
    pool,
    `l.chain = $1 AND (l.block, l.transaction_index, l.event_index) IN
       (SELECT DISTINCT * FROM unnest($2::bigint[], $3::int[], $4::int[]))`,
    [
      chain,
      named.map(({ block }) => block),
      named.map(({ transactionIndex }) => transactionIndex),
      named.map(({ eventIndex }) => eventIndex),
    ],
  );
}

/** Wallets that give, get, or whose balance moves. */
export function walletsOf({ from, to, movements = [] }: Event): string[] {
  return [from, to, ...movements.map(({ owner }) => owner)].filter((wallet) => wallet != null);
}

function entryOf(
  { id, lane, at, chain, stored }: Placed,
  found: ReadonlyMap<string, LedgerRow>,
  known: Known,
): FeedEntry {
  const of = { id, lane, at };
  if (stored.kind === 'unreadable')
    return { ...of, subject: 'unreadable', kind: 'reset', reason: stored.reason };
  if (stored.kind === 'record')
    return { ...of, subject: 'record', chain, kind: stored.record.kind, record: stored.record };
  // Content with events is refused where the row names no chain (content.ts).
  const event = { ...of, subject: 'event', chain: chain as Chain, known } as const;
  if (stored.kind === 'withdrawn') {
    const { row } = stored;
    const { block, transactionIndex } = row;
    return { ...event, kind: 'withdrawn', block, transactionIndex, eventIndex: row.event.eventIndex, row };
  }
  const { block, transactionIndex, eventIndex } = stored.named;
  const there = found.get(`${chain} ${positionKey(block, transactionIndex, eventIndex)}`);
  const row = there !== undefined && isMeant(stored.named, there.transactionHash) ? there : null;
  const place = { block, transactionIndex, eventIndex, row };
  return stored.kind === 'changed'
    ? { ...event, kind: 'changed', ...place, before: stored.before }
    : { ...event, kind: stored.kind, ...place };
}
