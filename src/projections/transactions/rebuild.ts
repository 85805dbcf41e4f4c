/**
 * Deletes Transaction rows with their aliases, and makes them again from the positions where their events are
 * stored.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { type Damage, type ProjectionContext, type RowCounts, sortedKeys } from '../projection.js';
import { differencesOf, isExpected, isOrphan, keysOf } from '../row-difference.js';
import { deleteAliases } from './aliases.js';
import { TRANSACTION, TRANSACTION_ALIAS } from './compare.js';
import { prepare } from './prepare.js';

export async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  return deleteTransactions(client, sortedKeys(rows.map((row) => row.transactionHash)));
}

/** A transaction with wrong aliases is made again as a whole. */
export async function restore(client: PoolClient, { chain, differences, context }: Damage): Promise<void> {
  const ours = differencesOf(differences, TRANSACTION.name).filter(isExpected);
  const aliased = keysOf(differencesOf(differences, TRANSACTION_ALIAS.name), 'transaction_hash');
  const hashes = sortedKeys([...keysOf(ours, 'transactionHash'), ...aliased]);
  if (hashes.length === 0) return;
  const places = [
    ...ours.map(({ expected }) => [expected?.blockNumber, expected?.transactionIndex] as const),
    ...(await placesOf(client, chain, aliased)),
  ];
  await deleteTransactions(client, hashes);
  const inPlaces = '(l.block, l.transaction_index) IN (SELECT * FROM unnest($2::bigint[], $3::int[]))';
  const rows = await readLedger(client, `l.chain = $1 AND ${inPlaces}`, [
    chain,
    places.map(([block]) => block),
    places.map(([, index]) => index),
  ]);
  await insert(client, rows, context);
}

export async function remove(client: PoolClient, { differences }: Damage): Promise<void> {
  const orphans = differencesOf(differences, TRANSACTION.name).filter(isOrphan);
  await deleteTransactions(client, sortedKeys(keysOf(orphans, 'transactionHash')));
}

async function insert(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<void> {
  const { write } = await prepare(client, rows, context, new Map());
  await write();
}

/** Block and transaction index of the transactions, from their rows. */
async function placesOf(
  client: PoolClient,
  chain: Chain,
  hashes: readonly string[],
): Promise<(readonly [block: string, index: number])[]> {
  const { rows } = await client.query<{ block: string; index: number }>(
    `SELECT "blockNumber" AS block, "transactionIndex" AS index FROM "Transaction"
      WHERE chain = $1 AND "transactionHash" = ANY($2)`,
    [chain, hashes],
  );
  return rows.map(({ block, index }) => [block, index] as const);
}

async function deleteTransactions(client: PoolClient, hashes: readonly string[]): Promise<RowCounts> {
  const { rowCount } = await client.query(`DELETE FROM "Transaction" WHERE "transactionHash" = ANY($1)`, [
    hashes,
  ]);
  return { Transaction: rowCount ?? 0, transaction_alias: await deleteAliases(client, hashes) };
}
