/** Plans what has to change so that the ledger holds a batch's transactions as the batch does. */
import type { Batch } from '../events/batch.js';
import { NdxError } from '../runtime/errors.js';
import { digestOf } from '../store/ledger/digest.js';
import { type LedgerEntry, type LedgerRow, ledgerRows } from '../store/ledger/ledger.js';

/** Where a transaction stands in its chain. */
export interface Place {
  readonly block: number;
  readonly transactionIndex: number;
}

export interface Plan {
  /** Rows to insert: of transactions that are new, or that a newer decoder reads differently. */
  readonly insert: readonly LedgerRow[];
  /**
   * Places to empty before that: their transactions are read differently, stand in another block now, or are
   * no longer in the chain.
   */
  readonly remove: readonly Place[];
  /** Entries of transactions that were `confirmed` and are now known to be `finalized`. */
  readonly settle: readonly LedgerEntry[];
  /**
   * Blocks of which a transaction stood, or now stands, in another block: the ledger does not hold all of
   * their events.
   */
  readonly incomplete: readonly number[];
  /**
   * Transactions that the batch has in a final block and the ledger in another final one, outside of what the
   * batch reads again: one of the two is not the chain's.
   */
  readonly twice: readonly {
    readonly hash: string;
    readonly block: number;
    readonly standsIn: number;
  }[];
  /** Counts of events, as in ReconcileResult. */
  readonly created: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly withdrawn: number;
}

/** A transaction as it stands in the ledger. */
interface Standing {
  readonly place: Place;
  readonly hash: string;
  readonly entries: LedgerEntry[];
}

function placeKey(place: Place): string {
  return `${place.block}/${place.transactionIndex}`;
}

function standings(entries: readonly LedgerEntry[]): Map<string, Standing> {
  const map = new Map<string, Standing>();
  for (const entry of entries) {
    const key = placeKey(entry);
    const standing = map.get(key);
    if (standing) standing.entries.push(entry);
    else
      map.set(key, {
        place: { block: entry.block, transactionIndex: entry.transactionIndex },
        hash: entry.transactionHash,
        entries: [entry],
      });
  }
  return map;
}

function sameReading(rows: readonly LedgerRow[], standing: Standing): boolean {
  return (
    rows.length === standing.entries.length &&
    rows.every(
      (row, at) =>
        row.event.eventIndex === standing.entries[at]?.eventIndex &&
        digestOf(row) === standing.entries[at]?.digest,
    )
  );
}

/**
 * Whether the place where the transaction stands is better than a confirmed one in `block`: a finalized place
 * is, then the later block wins. So a transaction that landed again after a fork stands where the chain holds
 * it, whichever job comes first.
 */
function standsBetter(at: Standing, block: number): boolean {
  return at.entries[0]?.finality === 'finalized' || at.place.block > block;
}

/**
 * Checks that every transaction of a batch has one place, and that every place has one transaction.
 * @throws NdxError JOB_INVALID when it is otherwise: the source was wrong, and the range has to be read again
 */
export function assertOnePlaceEach({ chain, transactions }: Pick<Batch, 'chain' | 'transactions'>): void {
  const places = new Map<string, string>();
  const hashes = new Map<string, string>();
  for (const { block, transactionIndex, transactionHash } of transactions) {
    const place = placeKey({ block, transactionIndex });
    const other = places.get(transactionHash);
    if (other !== undefined)
      throw new NdxError(
        'JOB_INVALID',
        `the batch has ${chain} transaction ${transactionHash} twice, at ${other} and at ${place}`,
      );
    const there = hashes.get(place);
    if (there !== undefined)
      throw new NdxError(
        'JOB_INVALID',
        `the batch has two ${chain} transactions at ${place}: ${there} and ${transactionHash}`,
      );
    places.set(transactionHash, place);
    hashes.set(place, transactionHash);
  }
}

/**
 * Checks that what has happened can be dated: the tables have no place for an unknown time.
 * @throws NdxError JOB_INVALID when a transaction with events has no time: it has to be read again
 */
export function assertDated({ chain, transactions }: Pick<Batch, 'chain' | 'transactions'>): void {
  const undated = transactions.find(({ blockTime, events }) => blockTime === null && events.length > 0);
  if (undated)
    throw new NdxError(
      'JOB_INVALID',
      `the batch has ${chain} transaction ${undated.transactionHash} of block ${undated.block} without the block's time`,
    );
}

/**
 * Compares a batch with the ledger; changes nothing.
 * @param inRange entries of the batch's blocks (scope `blocks`); empty for scope `transactions`
 * @param ofTransactions entries of the batch's transactions, wherever they stand
 */
export function planBatch(
  batch: Batch,
  inRange: readonly LedgerEntry[],
  ofTransactions: readonly LedgerEntry[],
): Plan {
  const seen = new Set(inRange.map(placeKey));
  const standing = standings([...inRange, ...ofTransactions.filter((entry) => !seen.has(placeKey(entry)))]);
  const elsewhere = new Map([...standing.values()].map((item) => [item.hash, item]));
  const insert: LedgerRow[] = [];
  const remove = new Map<string, Place>();
  const settle: LedgerEntry[] = [];
  const kept = new Set<string>();
  const incomplete = new Set<number>();
  const twice: Plan['twice'][number][] = [];
  const confirmed = batch.finality === 'confirmed';
  const isReadAgain = (block: number) =>
    batch.scope === 'blocks' && block >= batch.fromBlock && block <= batch.toBlock;
  const counts = { created: 0, unchanged: 0, changed: 0, withdrawn: 0 };

  for (const transaction of batch.transactions) {
    const rows = ledgerRows(transaction, batch.finality);
    if (rows.length === 0) continue;
    const key = placeKey(transaction);
    const here = standing.get(key);
    const known = elsewhere.get(transaction.transactionHash);
    if (
      known?.entries[0]?.finality === 'finalized' &&
      !confirmed &&
      known.place.block !== transaction.block &&
      !isReadAgain(known.place.block)
    )
      twice.push({ hash: known.hash, block: transaction.block, standsIn: known.place.block });
    // What a final batch says counts, unless it is refused: see `twice`.
    if (confirmed && known && placeKey(known.place) !== key && standsBetter(known, transaction.block)) {
      counts.unchanged += rows.length;
      incomplete.add(transaction.block);
      continue;
    }
    // Another transaction is final at this place: the batch is a late job of an abandoned fork.
    if (
      confirmed &&
      here &&
      here.hash !== transaction.transactionHash &&
      here.entries[0]?.finality === 'finalized'
    ) {
      incomplete.add(transaction.block);
      continue;
    }
    if (here && here.hash === transaction.transactionHash && sameReading(rows, here)) {
      kept.add(key);
      counts.unchanged += rows.length;
      if (batch.finality === 'finalized' && here.entries[0]?.finality === 'confirmed')
        settle.push(...here.entries);
      continue;
    }
    if (known) remove.set(placeKey(known.place), known.place);
    if (known && known.place.block !== transaction.block) incomplete.add(known.place.block);
    if (here) remove.set(key, here.place);
    if (here && here.hash !== transaction.transactionHash) counts.withdrawn += here.entries.length;
    insert.push(...asFinalAsKnown(rows, here));
    kept.add(key);
    if (known) counts.changed += rows.length;
    else counts.created += rows.length;
  }
  for (const entry of inRange) {
    const key = placeKey(entry);
    if (kept.has(key) || (confirmed && entry.finality === 'finalized')) continue;
    remove.set(key, { block: entry.block, transactionIndex: entry.transactionIndex });
    counts.withdrawn += 1;
  }
  return { insert, remove: [...remove.values()], settle, incomplete: [...incomplete], twice, ...counts };
}

/** A transaction that is final in the ledger stays final when it is read again at `confirmed`. */
function asFinalAsKnown(rows: readonly LedgerRow[], here: Standing | undefined): readonly LedgerRow[] {
  if (here?.hash !== rows[0]?.transactionHash || here?.entries[0]?.finality !== 'finalized') return rows;
  return rows.map((row) => ({ ...row, finality: 'finalized' as const }));
}
