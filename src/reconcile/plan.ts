/** What has to change so that the ledger says of a batch's transactions what the batch says. */
import type { Batch } from '../events/batch.js';
import { NdxError } from '../runtime/errors.js';
import { digestOf } from '../store/ledger/digest.js';
import { type LedgerEntry, type LedgerRow, ledgerRows } from '../store/ledger/ledger.js';

export interface Place {
  readonly block: number;
  readonly transactionIndex: number;
}

export interface Plan {
  /** Rows to insert: of transactions that are new, or that a newer decoder reads differently. */
  readonly insert: readonly LedgerRow[];
  /**
   * Places to empty first: transactions read differently, standing in another block now, or no longer there.
   */
  readonly remove: readonly Place[];
  /** Places whose transactions were `confirmed` and are now known to be `finalized`. */
  readonly settle: readonly LedgerEntry[];
  /**
   * Blocks of which some transaction stands, or now stands, in another block: what the ledger has of them is
   * not all of them.
   */
  readonly incomplete: readonly number[];
  /** In events. */
  readonly created: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly withdrawn: number;
}

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
 * A finalized place beats a confirmed one, then the later block: a transaction that re-landed after a fork
 * stands where the chain holds it, whichever job comes first.
 */
function standsBetter(at: Standing, rows: readonly LedgerRow[]): boolean {
  const there = at.entries[0]?.finality === 'finalized';
  const here = rows[0]?.finality === 'finalized';
  return there === here ? at.place.block > (rows[0]?.block ?? 0) : there;
}

/**
 * A transaction stands at one place of its chain, and a place holds one transaction.
 * @throws NdxError JOB_INVALID for a batch in which it is otherwise: whoever gave it was wrong, and the range
 * has to be read again
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
 * @param inRange entries that stand in the batch's blocks (scope `blocks`); empty for scope `transactions`
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
    // A fork that lost: its late job says nothing of what is final.
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
      const first = here.entries[0];
      if (batch.finality === 'finalized' && first?.finality === 'confirmed') settle.push(first);
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

/** Reading a finalized transaction again at `confirmed` does not make it less final. */
function asFinalAsKnown(rows: readonly LedgerRow[], here: Standing | undefined): readonly LedgerRow[] {
  if (here?.hash !== rows[0]?.transactionHash || here?.entries[0]?.finality !== 'finalized') return rows;
  return rows.map((row) => ({ ...row, finality: 'finalized' as const }));
}
