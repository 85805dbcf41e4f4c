/**
 * One chain transaction as the platform's Transaction row: a pure function of the transaction's ledger rows.
 */
import { type ChainEvent, type Finality, KINDS } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { timeOf } from '../dated.js';
import { type ProjectionContext, tokenOf } from '../projection.js';

export interface TransactionRow {
  readonly id: string;
  readonly transactionHash: string;
  readonly chain: string;
  readonly blockNumber: number;
  readonly transactionIndex: number;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly transactionType: string;
  readonly status: 'pending' | 'completed' | 'failed';
  /** tokenId of the NFT that a successful event is about. */
  readonly nft: string | null;
  /** Wallet addresses; the user ids are looked up when the row is written. */
  readonly seller: string | null;
  readonly buyer: string | null;
  readonly user: string | null;
  /** Whole units of the price's currency. */
  readonly price: string | null;
  /** The marketplace's fee in whole units of the price's currency; '0' when there is none. */
  readonly fee: string;
  readonly gasUsed: bigint | null;
  /** JSON as text. */
  readonly metadata: string;
}

/**
 * The row of the most specific event, which decides the transaction's type: the kind that comes first in
 * KINDS; among events of the same kind, the first one.
 */
function mostSpecific(rows: readonly LedgerRow[]): LedgerRow | undefined {
  if (rows.length === 1) return rows[0];
  return rows.toSorted(
    (a, b) =>
      KINDS.indexOf(a.event.kind) - KINDS.indexOf(b.event.kind) || a.event.eventIndex - b.event.eventIndex,
  )[0];
}

/** Wallets of an event: who gave (seller), who received (buyer), and who acted (user). */
function parties({ kind, from, to }: ChainEvent): {
  seller: string | null;
  buyer: string | null;
  user: string | null;
} {
  const giver = from ?? null;
  const taker = to ?? null;
  switch (kind) {
    case 'sale':
    case 'mint':
      return { seller: giver, buyer: taker, user: taker ?? giver };
    case 'transfer':
      return { seller: giver, buyer: taker, user: giver };
    case 'burn':
    case 'list':
    case 'delist':
      return { seller: giver, buyer: null, user: giver };
    default:
      return { seller: null, buyer: null, user: giver };
  }
}

function statusOf(event: ChainEvent, finality: Finality): TransactionRow['status'] {
  if (event.outcome === 'failed') return 'failed';
  return finality === 'finalized' ? 'completed' : 'pending';
}

/**
 * Ids sort by chain position, so new rows are appended to the primary key's index. The beginning of the hash
 * keeps apart transactions at the same position in two branches of a fork.
 */
function transactionId(row: LedgerRow): string {
  return `${row.chain.charAt(0)}${row.position.slice(0, 18)}${row.transactionHash.slice(0, 10)}`;
}

/**
 * Makes the row of one transaction; null when there are no ledger rows.
 * @param rows all ledger rows of the transaction
 */
export function transactionRow(
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): TransactionRow | null {
  const main = mostSpecific(rows);
  if (!main) return null;
  const { event } = main;
  const facts = rows.find((row) => row.transaction)?.transaction;
  const { price, fees } = event;
  const symbolOf = (address: string) => tokenOf(context, main.chain, address)?.symbol;
  return {
    id: transactionId(main),
    transactionHash: main.transactionHash,
    chain: main.chain,
    blockNumber: main.block,
    transactionIndex: main.transactionIndex,
    createdAt: timeOf(main),
    transactionType: event.kind,
    status: statusOf(event, main.finality),
    nft: event.asset.kind === 'nft' && event.outcome === 'ok' ? event.asset.address : null,
    ...parties(event),
    price: price ? wholeUnits(price.amount, price.decimals) : null,
    fee: price && fees?.marketplace !== undefined ? wholeUnits(fees.marketplace, price.decimals) : '0',
    gasUsed: facts?.gasUsed ?? null,
    metadata: JSON.stringify({
      asset: event.asset.address,
      assetKind: event.asset.kind,
      symbol: event.asset.kind === 'token' ? symbolOf(event.asset.address) : undefined,
      amount:
        event.amount !== undefined && event.decimals !== undefined
          ? wholeUnits(event.amount, event.decimals)
          : undefined,
      from: event.from,
      to: event.to,
      currency: price ? (symbolOf(price.currency) ?? price.currency) : undefined,
      currencyAddress: price && symbolOf(price.currency) ? price.currency : undefined,
      royalty: price && fees?.royalty !== undefined ? wholeUnits(fees.royalty, price.decimals) : undefined,
      marketplace: event.marketplace,
      kinds: [...new Set(rows.map((row) => row.event.kind))],
      events: rows.length,
      signer: facts?.signer,
      networkFee: facts?.networkFee?.toString(),
      error: facts?.error,
      aliases: facts?.aliases,
    }),
  };
}

/** Groups rows by transaction hash, in order of first appearance. */
export function byTransaction(rows: readonly LedgerRow[]): LedgerRow[][] {
  const groups = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const group = groups.get(row.transactionHash);
    if (group) group.push(row);
    else groups.set(row.transactionHash, [row]);
  }
  return [...groups.values()];
}
