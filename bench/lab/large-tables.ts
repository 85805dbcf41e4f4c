/**
 * Tables of millions of rows in minutes: made by the server itself, before their indexes and foreign keys,
 * which are then put back as they were.
 */
import pg from 'pg';
import { rowId } from '../../src/store/ids.js';
import { addressOf } from '../chain/keys.js';
import type { BenchDatabase, BenchPostgres } from './postgres.js';

/** Of the wallets that the generated chain of this seed has. */
export const LARGE_SEED = 9;
/** Ours a block, as in generated chains: the seeded rows end at this block. */
export const ROWS_A_BLOCK = 20;

export function walletsFor(rows: number): number {
  return Math.min(200_000, Math.max(2_000, Math.round(rows / 50)));
}

/** Those of this run's server, by their rows: the bench after copies what the one before has made. */
const made = new Map<number, BenchDatabase>();

/** @returns a database whose ledger and Transaction table hold that many rows, in blocks from 1 on */
export async function createLargeTables(postgres: BenchPostgres, rows: number): Promise<BenchDatabase> {
  const template = made.get(rows) ?? (await makeLargeTables(postgres, rows));
  made.set(rows, template);
  return postgres.create(template);
}

async function makeLargeTables(postgres: BenchPostgres, rows: number): Promise<BenchDatabase> {
  const database = await postgres.create();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const restore = await dropIndexes(client, ['Transaction', 'ledger_event']);
    await insertWallets(client, walletsFor(rows));
    const wallet = (salt: number) => `((g::bigint * 7919 + ${salt}) % ${walletsFor(rows)})`;
    const time = `to_timestamp(1760000000 + floor((1 + (g - 1) / ${ROWS_A_BLOCK}) * 0.4)) AT TIME ZONE 'UTC'`;
    const place = `1 + (g - 1) / ${ROWS_A_BLOCK} AS block, ((g - 1) % ${ROWS_A_BLOCK}) * 10 AS at`;
    const source = `(SELECT g, ${place}, encode(sha256(g::text::bytea), 'hex') AS hash, a.address AS giver, a."userId" AS giver_user,
        b.address AS taker, b."userId" AS taker_user, ${time} AS time
      FROM generate_series(1, ${rows}) g JOIN large_wallet a ON a.n = ${wallet(0)} JOIN large_wallet b ON b.n = ${wallet(101)}) s`;
    await client.query(
      `INSERT INTO ledger_event (chain, block, transaction_index, event_index, transaction_hash, block_time, kind, outcome, finality, asset_kind, asset,
         sender, recipient, amount, decimals, facts, decoder, decoder_version, digest, source, job)
       SELECT 'solana', block, at, 0, hash, time, 'transfer', 'ok', 'finalized', 'token', 'GbuqYgheWpq46BBjW9KMxazmwv57rmrY7TkUDjfCeqR4', giver, taker,
         1000000 + g, 9, jsonb_build_object('movements', jsonb_build_array(
           jsonb_build_object('token', 'GbuqYgheWpq46BBjW9KMxazmwv57rmrY7TkUDjfCeqR4', 'account', giver, 'owner', giver, 'delta', (-1000000 - g)::text),
           jsonb_build_object('token', 'GbuqYgheWpq46BBjW9KMxazmwv57rmrY7TkUDjfCeqR4', 'account', taker, 'owner', taker, 'delta', (1000000 + g)::text))),
         'spl-token', 1, g, 'bench', 'bench' FROM ${source} ORDER BY g`,
    );
    await client.query(
      `INSERT INTO "Transaction" (id, "transactionHash", chain, "blockNumber", "transactionIndex", "createdAt", "transactionType", status, "sellerId",
         "buyerId", "userId", fee, metadata)
       SELECT 's' || lpad(to_hex(block), 12, '0') || lpad(to_hex(at), 6, '0') || left(hash, 10), hash, 'solana', block, at, time, 'transfer', 'completed',
         giver_user, taker_user, giver_user, 0, jsonb_build_object('from', giver, 'to', taker, 'symbol', 'NDT', 'assetKind', 'token', 'events', 1)
         FROM ${source} ORDER BY g`,
    );
    await client.query('DROP TABLE large_wallet');
    for (const sql of restore) await client.query(sql);
    await client.query('VACUUM (ANALYZE)');
  } finally {
    await client.end();
  }
  return database;
}

async function insertWallets(client: pg.Client, count: number): Promise<void> {
  await client.query('CREATE TABLE large_wallet (n int PRIMARY KEY, address text, "userId" text)');
  const numbers = Array.from({ length: count }, (_, at) => at);
  for (let from = 0; from < count; from += 10_000) {
    const part = numbers
      .slice(from, from + 10_000)
      .map((n) => ({ n, address: addressOf(`wallet/${LARGE_SEED}/${n}`) }));
    const values = [
      part.map(({ n }) => n),
      part.map(({ address }) => address),
      part.map(({ address }) => rowId('user', address)),
      part.map(({ address }) => rowId('wallet', address)),
      part.map(({ address }) => rowId('link', address)),
    ];
    await client.query(
      `WITH input AS (SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t(n, address, u, w, l)),
       users AS (INSERT INTO "User" (id, "isPlaceholder", "createdAt", "updatedAt") SELECT u, true, 'epoch', 'epoch' FROM input),
       wallets AS (INSERT INTO "Wallet" (id, address, chain, "userId", "firstSeen", "createdAt", "updatedAt")
         SELECT w, address, 'solana', u, 'epoch', 'epoch', 'epoch' FROM input),
       links AS (INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt") SELECT l, u, w, 'epoch' FROM input)
       INSERT INTO large_wallet SELECT n, address, u FROM input`,
      values,
    );
  }
}

/** @returns the statements that put them back */
async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows: constraints } = await client.query<{
    table: string;
    name: string;
    definition: string;
    type: string;
  }>(
    `SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition, contype AS type
       FROM pg_constraint WHERE conrelid IN (SELECT oid FROM pg_class WHERE relname = ANY($1)) AND contype IN ('p', 'f', 'u')`,
    [tables],
  );
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT quote_ident(indexname) AS name, indexdef AS definition FROM pg_indexes
      WHERE tablename = ANY($1) AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
    [tables],
  );
  for (const { table, name } of constraints)
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  const keysFirst = [...constraints].sort((a, b) => (a.type === 'f' ? 1 : 0) - (b.type === 'f' ? 1 : 0));
  return [
    ...keysFirst.map(
      ({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`,
    ),
    ...indexes.map(({ definition }) => definition),
  ];
}
