/**
 * `ndx verify --repair`: makes rows that are not what the ledger says anew from it, by the same code that
 * undoes abandoned blocks. Where the ledger itself is damaged, or what is covered is not the chain's, the
 * blocks are withdrawn from coverage, too, so that they are a gap and are read from the chain again.
 * Everything is recorded in audit_entry, in the same transaction.
 */
import type { PoolClient } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { appendChange } from '../feed/append.js';
import type { RecordChange } from '../feed/change.js';
import type { ProjectionContext } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import type { RowDifference } from '../projections/row-difference.js';
import { type AuditEntry, recordAudit } from '../store/audit.js';
import { withdrawCoverage } from '../store/coverage/withdraw-coverage.js';
import { type Database, inTransaction, RollbackWith } from '../store/database.js';
import { deleteFromLedger, type LedgerRow } from '../store/ledger/ledger.js';
import type { AlteredTransaction } from './fold.js';
import type { FalseStretch } from './hashes.js';

export interface RepairDeps {
  readonly db: Pick<Database, 'pool'>;
  readonly chain: Chain;
  readonly context: ProjectionContext;
}

export interface Damage {
  readonly differences: readonly RowDifference[];
  readonly altered: readonly AlteredTransaction[];
  /** Covered blocks that are not the chain's. */
  readonly denied: readonly FalseStretch[];
}

export interface Repaired {
  /** Rows made anew, added or removed, and transactions withdrawn from the ledger. */
  readonly rows: number;
  /** Blocks that have to be read from the chain again. */
  readonly withdrawnBlocks: readonly number[];
  /** Covered ranges that were not the chain's: to be read again, too. */
  readonly withdrawnRanges: readonly BlockRange[];
}

/**
 * Repairs all of the damage in one database transaction.
 * @param options.dryRun do everything, then roll back: the result says what would have changed
 */
export async function repair(
  deps: RepairDeps,
  damage: Damage,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Repaired> {
  return inTransaction(deps.db.pool, async (client) => {
    const { chain } = deps;
    // Owners are read below, and whoever moves wallets waits for transactions that have an id only
    // (src/projections/wallets/owners.ts).
    await client.query('SELECT pg_current_xact_id()');
    const withdrawn = await removeAltered(client, deps, damage.altered);
    await makeAnew(client, deps, damage.differences);
    const blocks = [
      ...damage.altered.map((item) => item.block),
      ...damage.differences.map(damagedBlock).filter((block) => block !== null),
    ];
    const withdrawnBlocks = [...new Set(blocks)].sort((a, b) => a - b);
    const single = withdrawnBlocks.map((block) => ({ fromBlock: block, toBlock: block }));
    await withdrawCoverage(client, chain, [...single, ...damage.denied]);
    await recordAudit(client, [
      ...damage.altered.map((item) => alteredEntry(chain, item)),
      ...damage.differences.map((difference) => rowEntry(chain, difference)),
      ...withdrawnBlocks.map((block) => blockEntry(chain, block)),
      ...damage.denied.map((stretch) => stretchEntry(chain, stretch)),
    ]);
    const repaired: Repaired = {
      rows: damage.differences.length + damage.altered.length,
      withdrawnBlocks,
      withdrawnRanges: damage.denied.map(({ fromBlock, toBlock }) => ({ fromBlock, toBlock })),
    };
    // What is to be told of rows: whoever holds a copy of them reads them again.
    const ledger = { created: [], changed: [], finalized: [], withdrawn };
    await appendChange(client, { lane: 'replay', chain, ledger, records: damage.differences.map(recordOf) });
    if (dryRun) throw new RollbackWith(repaired);
    return repaired;
  });
}

/** Altered events cannot be trusted: their transactions are withdrawn, like those of an abandoned block. */
async function removeAltered(
  client: PoolClient,
  { chain, context }: RepairDeps,
  altered: readonly AlteredTransaction[],
): Promise<LedgerRow[]> {
  const removed = await deleteFromLedger(client, chain, altered);
  if (removed.length === 0) return removed;
  for (const projection of [...PROJECTIONS].reverse()) await projection.revert(client, removed, context);
  return removed;
}

/**
 * Rows refer to rows of earlier projections, so they are restored in the registry's order and removed in
 * reverse.
 */
async function makeAnew(
  client: PoolClient,
  { chain, context }: RepairDeps,
  differences: readonly RowDifference[],
): Promise<void> {
  const damaged = PROJECTIONS.map((projection) => {
    const names = projection.tables.map((table) => table.name);
    return { projection, ours: differences.filter(({ table }) => names.includes(table)) };
  });
  for (const { projection, ours } of damaged)
    await projection.restore(client, { chain, differences: ours, context });
  for (const { projection, ours } of damaged.reverse())
    await projection.remove(client, { chain, differences: ours, context });
}

/** The block of which the ledger lacks events, where the difference shows that; otherwise null. */
function damagedBlock(difference: RowDifference): number | null {
  const lost = PROJECTIONS.map((projection) => projection.lostEvents?.(difference));
  return lost.find((events) => events != null)?.block ?? null;
}

const ACTOR = 'ndx verify --repair';

const KINDS = { missing: 'created', orphan: 'withdrawn' } as const;

function recordOf(difference: RowDifference): RecordChange {
  const { table, problem } = difference;
  const kind = problem === 'missing' || problem === 'orphan' ? KINDS[problem] : 'changed';
  return { subject: 'repair', kind, key: `${table} ${nameOf(difference)}`, content: { table } };
}

function nameOf({ key }: RowDifference): string {
  return Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(' ');
}

function rowEntry(chain: Chain, difference: RowDifference): AuditEntry {
  const { table, problem, there, expected } = difference;
  const action = problem === 'missing' ? 'insert' : problem === 'orphan' ? 'delete' : 'update';
  return {
    actor: ACTOR,
    action,
    chain,
    subject: table,
    key: nameOf(difference),
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

function stretchEntry(chain: Chain, { fromBlock, toBlock, reason }: FalseStretch): AuditEntry {
  return {
    actor: ACTOR,
    action: 'withdraw',
    chain,
    subject: 'coverage_range',
    key: `blocks=${fromBlock}..${toBlock}`,
    reason: `${reason}: to be read from the chain again`,
    before: { covered: true },
    after: { covered: false },
  };
}
