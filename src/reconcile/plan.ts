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
 * Whether the place where the transaction stands is better than that of `rows`. A finalized place beats a
 * confirmed one, then the later block wins. So a transaction that landed again after a fork stands where the
 * chain holds it, whichever job comes first.
 */
function standsBetter(at: Standing, rows: readonly LedgerRow[]): boolean {
  const there = at.entries[0]?.finality === 'finalized';
  const here = rows[0]?.finality === 'finalized';
  return there === here ? at.place.block > (rows[0]?.block ?? 0) : there;
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
  const confirmed = batch.finality === 'confirmed';
  const counts = { created: 0, unchanged: 0, changed: 0, withdrawn: 0 };

  for (const transaction of batch.transactions) {
    const rows = ledgerRows(transaction, batch.finality);
    if (rows.length === 0) continue;
    const key = placeKey(transaction);
    const here = standing.get(key);
    const known = elsewhere.get(transaction.transactionHash);
    if (known && placeKey(known.place) !== key && standsBetter(known, rows)) {
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
  return { insert, remove: [...remove.values()], settle, incomplete: [...incomplete], ...counts };
}

/** A transaction that is final in the ledger stays final when it is read again at `confirmed`. */
function asFinalAsKnown(rows: readonly LedgerRow[], here: Standing | undefined): readonly LedgerRow[] {
  if (here?.hash !== rows[0]?.transactionHash || here?.entries[0]?.finality !== 'finalized') return rows;
  return rows.map((row) => ({ ...row, finality: 'finalized' as const }));
}
