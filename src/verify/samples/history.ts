/**
 * Reads the chain's own history of an address and decodes it anew. It stands in for state that the chain does
 * not keep in a form of its own.
 */
import type { DecodedTransaction } from '../../events/event.js';
import { type LedgerRow, ledgerRows } from '../../store/ledger/ledger.js';
import type { SampleDeps } from './sampling.js';

/**
 * Most transactions that are read by listing those of the address, newest first; older ones are read when the
 * ledger names them.
 */
const MOST_BY_ADDRESS = 300;

export interface History {
  /** Events in chain order, up to `block`. */
  readonly rows: readonly LedgerRow[];
  /** Newest final block when it was read. */
  readonly block: number;
  /** Transactions of the ledger that the chain does not know. */
  readonly unknown: readonly string[];
}

/** A transaction that the ledger has of what is asked about, and its block. */
export interface KnownTransaction {
  readonly hash: string;
  readonly block: number;
}

/**
 * Reads the transactions of an address from the start block to the newest final block, and those of `ledger`.
 * @param address null: the chain lists them under no address, so only those of `ledger` are read
 */
export async function readHistory(
  { view, startBlock, signal }: SampleDeps,
  address: string | null,
  ledger: readonly KnownTransaction[],
): Promise<History> {
  const { reader } = view;
  const { finalized: block } = await reader.tip(signal);
  const found = new Map<string, DecodedTransaction>();
  let listed = 0;
  const range = { fromBlock: startBlock, toBlock: block };
  for await (const { transaction } of address === null
    ? []
    : reader.readAddress(address, range, { finality: 'finalized', signal })) {
    found.set(transaction.transactionHash, transaction);
    listed += 1;
    if (listed === MOST_BY_ADDRESS) break;
  }
  const unknown: string[] = [];
  for (const { hash, block: at } of ledger) {
    if (found.has(hash)) continue;
    const read = await reader.readTransaction(hash, signal, at);
    if (read) found.set(hash, read.transaction);
    else unknown.push(hash);
  }
  const rows = [...found.values()]
    .filter((transaction) => transaction.block >= startBlock && transaction.block <= block)
    .flatMap((transaction) => ledgerRows(transaction, 'finalized'))
    .sort((a, b) => (a.position < b.position ? -1 : 1));
  return { rows, block, unknown };
}
