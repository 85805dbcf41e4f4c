/**
 * The chain's own history of an address, decoded anew: stands in for state that the chain does not keep in a
 * form of its own.
 */
import type { DecodedTransaction } from '../../events/event.js';
import { type LedgerRow, ledgerRows } from '../../store/ledger/ledger.js';
import type { SampleDeps } from './sampling.js';

/** Newest transactions that are listed by address; older ones are read when the ledger names them. */
const MOST_BY_ADDRESS = 300;

export interface History {
  /** Events of the chain in chain order, up to `block`. */
  readonly rows: readonly LedgerRow[];
  /** Newest final block when it was read. */
  readonly block: number;
  /** Transactions of the ledger that the chain does not know. */
  readonly unknown: readonly string[];
}

/** Transactions that the ledger has of what is asked about, and where. */
export interface KnownTransaction {
  readonly hash: string;
  readonly block: number;
}

/** @param address null: no address lists them, what the ledger has is all that is read */
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
