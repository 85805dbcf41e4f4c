/**
 * A masterchain block whose completeness is proven, with its transactions in order, read as they are wanted.
 */
import { repeatedIn } from '../../repeated.js';
import type { RawTransaction, ShownBlock, TransactionId, TransactionPlace } from '../endpoints/endpoint.js';
import type { TonTransaction } from '../transaction.js';

export interface OpenBlock {
  readonly seqno: number;
  readonly rootHash: string;
  /** Redacted name of the endpoint that gave it. */
  readonly source: string;
  /** About how much memory it takes, in transactions given whole. */
  readonly weight: number;
  /** The block's transactions of the accounts, in their order. */
  transactionsOf(
    wanted: (account: string) => boolean,
    signal: AbortSignal,
  ): Promise<readonly TonTransaction[]>;
  /** null: the block does not hold it. */
  transaction(hash: string, signal: AbortSignal): Promise<TonTransaction | null>;
  /** The account's newest transaction in this block that is older than this logical time. */
  lastBefore(account: string, lt: bigint): TransactionId | null;
  /** Hash of the code that the block leaves the account with, where the block itself says it. */
  codeHash(account: string): string | null;
}

/** Fetches one transaction of a block by account, lt and hash. */
export type FetchTransaction = (
  id: TransactionId,
  seqno: number,
  signal: AbortSignal,
) => Promise<RawTransaction>;

interface Held extends TransactionId, TransactionPlace {
  readonly raw: RawTransaction | null;
}

/**
 * @param source redacted name of the endpoint that showed the block
 * @param shown whose completeness the caller has proven
 * @param fetch asked only for transactions that the block shows by their ids
 */
export function openBlock(
  seqno: number,
  source: string,
  shown: ShownBlock,
  fetch: FetchTransaction,
): OpenBlock {
  const held: Held[] = inOrder(shown.transactions).map((item, transactionIndex) => ({
    ...item,
    block: seqno,
    transactionIndex,
  }));
  const byHash = new Map(held.map((item) => [item.hash, item]));
  const byAccount = new Map<string, Held[]>();
  for (const item of held) {
    const list = byAccount.get(item.account);
    if (list) list.push(item);
    else byAccount.set(item.account, [item]);
  }
  const read = new Map<string, TonTransaction>();

  /** null: it has to be asked for. */
  function readNow(item: Held): TonTransaction | null {
    const transaction = read.get(item.hash) ?? readable(item);
    if (transaction !== null) read.set(item.hash, transaction);
    return transaction;
  }

  async function fetchOne(item: Held, signal: AbortSignal): Promise<TonTransaction> {
    const transaction = (await fetch(item, seqno, signal)).read(placeOf(item));
    read.set(item.hash, transaction);
    return transaction;
  }

  return {
    seqno,
    rootHash: shown.rootHash,
    source,
    weight: held.reduce((sum, { raw }) => sum + (raw === null ? 0.1 : 1), 1),
    async transactionsOf(wanted, signal) {
      const ours: Held[] = [];
      for (const [account, items] of byAccount) if (wanted(account)) ours.push(...items);
      ours.sort((a, b) => a.transactionIndex - b.transactionIndex);
      return Promise.all(ours.map((item) => readNow(item) ?? fetchOne(item, signal)));
    },
    async transaction(hash, signal) {
      const item = byHash.get(hash);
      return item ? (readNow(item) ?? fetchOne(item, signal)) : null;
    },
    lastBefore: (account, lt) => byAccount.get(account)?.findLast((item) => item.lt < lt) ?? null,
    codeHash: (account) => byAccount.get(account)?.at(-1)?.raw?.codeHash ?? null,
  };
}

const placeOf = ({ block, transactionIndex }: Held): TransactionPlace => ({ block, transactionIndex });

/**
 * null: it has to be asked for; also when the block's own copy cannot be read, because another endpoint's may
 * be.
 */
function readable(item: Held): TonTransaction | null {
  try {
    return item.raw?.read(placeOf(item)) ?? null;
  } catch {
    return null;
  }
}

/**
 * @returns the transaction that stands twice, in words; null when every hash, and every logical time of an
 * account, is there once
 */
export function whatIsRepeated(items: readonly TransactionId[]): string | null {
  const hash = repeatedIn(items.map((item) => item.hash));
  if (hash !== null) return `transaction ${hash} twice`;
  const place = repeatedIn(items.map(({ account, lt }) => `${account} at logical time ${lt}`));
  return place === null ? null : `two transactions of ${place}`;
}

/**
 * By (lt, account): the order of a masterchain block's transactions follows from what they are, so that it is
 * the same whoever lists them.
 */
export function inOrder<T extends TransactionId>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.lt === b.lt ? (a.account < b.account ? -1 : 1) : a.lt < b.lt ? -1 : 1));
}
