/**
 * `ndx verify --repair`: rows that are not what the ledger says are made anew from it, by the same code that undoes
 * abandoned blocks. Where the ledger itself is damaged, its block is withdrawn from coverage besides: a gap that is read
 * from the chain again. Everything stands in audit_entry, written in the same transaction.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import { nfts } from '../projections/nfts/projection.js';
import { applyTo, type ProjectionContext } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { staking } from '../projections/staking/projection.js';
import { tokens } from '../projections/tokens/projection.js';
import { transactions } from '../projections/transactions/projection.js';
import { wallets } from '../projections/wallets/projection.js';
import { type AuditEntry, recordAudit } from '../store/audit.js';
import { inTransaction } from '../store/database.js';
import { deleteFromLedger, readLedger } from '../store/ledger.js';
import { withdrawCoverage } from '../store/withdraw-coverage.js';
import { eventsMissing, type RowDifference } from './compare.js';
import type { AlteredTransaction } from './fold.js';
import { namingBalance, namingNft, namingStaker, namingTransaction, namingWallet } from './naming-rows.js';

export interface RepairDeps {
  readonly pool: Pool;
  readonly chain: Chain;
  readonly context: ProjectionContext;
}

export interface Damage {
  readonly differences: readonly RowDifference[];
  readonly altered: readonly AlteredTransaction[];
}

export interface Repaired {
  /** Rows made anew, added or removed. */
  readonly rows: number;
  /** Blocks that have to be read from the chain again. */
  readonly withdrawnBlocks: readonly number[];
}

/** All of it in one database transaction. */
export async function repair(deps: RepairDeps, damage: Damage): Promise<Repaired> {
  return inTransaction(deps.pool, async (client) => {
    const { chain } = deps;
    await removeAltered(client, deps, damage.altered);
    await rebuild(client, deps, damage.differences);
    const blocks = [
      ...damage.altered.map((item) => item.block),
      ...damage.differences.map(damagedBlock).filter((block) => block !== null),
    ];
    const withdrawnBlocks = [...new Set(blocks)].sort((a, b) => a - b);
    await withdrawCoverage(client, chain, withdrawnBlocks);
    await recordAudit(client, [
      ...damage.altered.map((item) => alteredEntry(chain, item)),
      ...damage.differences.map((difference) => rowEntry(chain, difference)),
      ...withdrawnBlocks.map((block) => blockEntry(chain, block)),
    ]);
    return { rows: damage.differences.length + damage.altered.length, withdrawnBlocks };
  });
}

/** Events that are not what was written cannot be trusted: their transactions are withdrawn like those of an abandoned block. */
async function removeAltered(
  client: PoolClient,
  { chain, context }: RepairDeps,
  altered: readonly AlteredTransaction[],
): Promise<void> {
  const removed = await deleteFromLedger(client, chain, altered);
  if (removed.length === 0) return;
  for (const projection of [...PROJECTIONS].reverse()) await projection.revert(client, removed, context);
}

/** In the order in which rows refer to one another: wallets first, what nothing refers to any more last. */
async function rebuild(
  client: PoolClient,
  { chain, context }: RepairDeps,
  differences: readonly RowDifference[],
): Promise<void> {
  const of = (table: string) => differences.filter((difference) => difference.table === table);
  const keys = (table: string, column: string) => of(table).map((difference) => difference.key[column] ?? '');

  await rebuildWallets(client, chain, context, of('Wallet'));
  const stakers = of('Staking');
  const named = (side: 'there' | 'expected') =>
    stakers
      .flatMap((difference) => difference[side]?.walletAddress ?? [])
      .map((address) => namingStaker(chain, address));
  // Whom the row names now, so that a row under a wrong wallet goes; whom the ledger names is folded once its MusicToken row stands.
  await staking.revert(client, named('there'), context);
  const holders = [
    ...keys('wallet_balance', 'address'),
    ...(await walletsOfUsers(client, chain, keys('MusicToken', 'userId'))),
  ];
  await tokens.revert(
    client,
    [...new Set(holders)].map((address) => namingBalance(chain, address)),
    context,
  );
  await deleteOwnerless(
    client,
    chain,
    holdersGone(of('wallet_balance'), 'address'),
    holdersGone(of('MusicToken'), 'userId'),
  );
  await staking.revert(client, named('expected'), context);
  const items = keys('NFT', 'tokenId').map((tokenId) => namingNft(chain, tokenId));
  await nfts.revert(client, items, context);
  await rebuildTransactions(
    client,
    chain,
    context,
    of('Transaction'),
    keys('transaction_alias', 'transaction_hash'),
  );
  const orphans = of('Wallet').filter((difference) => difference.expected === null);
  await wallets.revert(
    client,
    orphans.map((difference) => namingWallet(chain, difference.key.address ?? '', null)),
    context,
  );
}

const holdersGone = (differences: readonly RowDifference[], column: string) =>
  differences
    .filter((difference) => difference.expected === null)
    .map((difference) => difference.key[column] ?? '');

/** Orphans that no wallet leads to. An address without a Wallet row has no event, nor has one that gets its first meanwhile. */
async function deleteOwnerless(
  client: PoolClient,
  chain: Chain,
  addresses: readonly string[],
  users: readonly string[],
): Promise<void> {
  await client.query(
    `DELETE FROM wallet_balance b WHERE chain = $1 AND address = ANY($2) AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w.address = b.address)`,
    [chain, addresses],
  );
  await client.query(
    `DELETE FROM "MusicToken" m WHERE chain = $1 AND "userId" = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = m."userId" AND w.chain = $1) AND NOT EXISTS (SELECT 1 FROM "Staking" s WHERE s."tokenId" = m.id)`,
    [chain, users],
  );
}

async function rebuildWallets(
  client: PoolClient,
  chain: Chain,
  context: ProjectionContext,
  differences: readonly RowDifference[],
): Promise<void> {
  const ours = differences.filter((difference) => difference.expected !== null);
  // A second late: reverting then dates wallet, link and user alike, to when the ledger first names them.
  const rows = ours.map(({ key, expected }) =>
    namingWallet(chain, key.address ?? '', seconds(expected?.createdAt ?? null) + 1),
  );
  // A wallet of nobody yet is made again with its link; one that a person claimed keeps its row.
  const placeholders = ours
    .filter(({ expected }) => expected?.placeholder === 'true')
    .map(({ key }) => key.address);
  await client.query(
    `DELETE FROM "UserWallet" k USING "Wallet" w WHERE k."walletId" = w.id AND w.address = ANY($1)`,
    [placeholders],
  );
  await client.query(`DELETE FROM "Wallet" WHERE address = ANY($1)`, [placeholders]);
  await applyTo(wallets, client, rows, context);
  await wallets.revert(client, rows, context);
}

/** @param aliased transactions whose other hashes are wrong; those go and come with the row */
async function rebuildTransactions(
  client: PoolClient,
  chain: Chain,
  context: ProjectionContext,
  differences: readonly RowDifference[],
  aliased: readonly string[],
): Promise<void> {
  const hashes = [...new Set([...differences.map(({ key }) => key.transactionHash ?? ''), ...aliased])];
  if (hashes.length === 0) return;
  const { rows: standing } = await client.query<{ block: string; index: number }>(
    `SELECT "blockNumber" AS block, "transactionIndex" AS index FROM "Transaction" WHERE chain = $1 AND "transactionHash" = ANY($2)`,
    [chain, aliased],
  );
  const expected = differences.map((difference) => difference.expected).filter((row) => row !== null);
  const blocks = [...expected.map((row) => row.blockNumber), ...standing.map((row) => row.block)];
  const indexes = [...expected.map((row) => row.transactionIndex), ...standing.map((row) => row.index)];
  await transactions.revert(
    client,
    hashes.map((hash) => namingTransaction(chain, hash)),
    context,
  );
  const places = '(l.block, l.transaction_index) IN (SELECT * FROM unnest($2::bigint[], $3::int[]))';
  await applyTo(
    transactions,
    client,
    await readLedger(client, `l.chain = $1 AND ${places}`, [chain, blocks, indexes]),
    context,
  );
}

async function walletsOfUsers(client: PoolClient, chain: Chain, users: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ address: string }>(
    `SELECT address FROM "Wallet" WHERE chain = $1 AND "userId" = ANY($2)`,
    [chain, users],
  );
  return rows.map((row) => row.address);
}

function damagedBlock(difference: RowDifference): number | null {
  return eventsMissing(difference) ? Number(difference.there?.blockNumber ?? 0) : null;
}

/** `2025-10-09 08:53:21` of a column without zone, which holds UTC. */
function seconds(timestamp: string | null): number {
  return timestamp === null ? 0 : Date.parse(`${timestamp.replace(' ', 'T')}Z`) / 1000;
}

const ACTOR = 'ndx verify --repair';

function rowEntry(chain: Chain, { table, key, problem, there, expected }: RowDifference): AuditEntry {
  const name = Object.entries(key).map(([column, value]) => `${column}=${value}`);
  const action = problem === 'missing' ? 'insert' : problem === 'orphan' ? 'delete' : 'update';
  return {
    actor: ACTOR,
    action,
    chain,
    subject: table,
    key: name.join(' '),
    reason: `${problem}: made anew from the ledger`,
    before: there,
    after: expected,
  };
}

function alteredEntry(
  chain: Chain,
  { block, transactionIndex, transactionHash }: AlteredTransaction,
): AuditEntry {
  const key = `block=${block} transaction_index=${transactionIndex} transaction_hash=${transactionHash}`;
  const reason = 'events are not what was written: withdrawn, to be read from the chain again';
  return {
    actor: ACTOR,
    action: 'delete',
    chain,
    subject: 'ledger_event',
    key,
    reason,
    before: null,
    after: null,
  };
}

function blockEntry(chain: Chain, block: number): AuditEntry {
  const before: JsonObject = { covered: true };
  const after: JsonObject = { covered: false };
  const reason = 'the ledger lacks events of this block: to be read from the chain again';
  return {
    actor: ACTOR,
    action: 'withdraw',
    chain,
    subject: 'coverage_range',
    key: `block=${block}`,
    reason,
    before,
    after,
  };
}
