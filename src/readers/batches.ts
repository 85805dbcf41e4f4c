/**
 * Packs decoded spans into batches: neighbouring spans are packed together until a batch is large enough for
 * a job. A block is never split.
 */
import type { Batch, OwedCheck } from '../events/batch.js';
import type { DecodedTransaction, Finality } from '../events/event.js';
import type { BatchLimits } from './limits.js';
import type { ChainReader, DecodedSpan } from './reader.js';

type BatchBase = Pick<Batch, 'finality' | 'replay'>;

/**
 * What a batch is made of, without the block's bytes: hundreds of blocks would stay in memory until the batch
 * is full.
 */
type HeldSpan = Omit<DecodedSpan, 'raw' | 'discovered' | 'earlier'>;

function heldOf({ raw, discovered, earlier, ...span }: DecodedSpan): HeldSpan {
  return span;
}

/**
 * Packs spans into batches; only spans that adjoin and were read with the same knowledge share one. Holds at
 * most one batch at a time. When the spans end or fail, what is held is yielded before the end or the error.
 */
export async function* toBatches(
  reader: Pick<ChainReader, 'chain' | 'fingerprint'>,
  spans: AsyncIterable<DecodedSpan>,
  base: BatchBase,
  limits: BatchLimits,
): AsyncGenerator<Batch> {
  let held: HeldSpan[] = [];
  let events = 0;
  const flush = (): Batch | null => {
    const first = held[0];
    const last = held.at(-1);
    if (!first || !last) return null;
    const blocks = held.flatMap(({ link }) =>
      link && base.finality === 'confirmed' ? [{ block: link.block, hash: link.hash }] : [],
    );
    const batch: Batch = {
      chain: reader.chain,
      fingerprint: reader.fingerprint,
      ...base,
      ...(blocks.length > 0 ? { blocks } : {}),
      ...(base.finality === 'finalized' ? endsOf(held) : {}),
      fromBlock: first.fromBlock,
      toBlock: last.toBlock,
      scope: 'blocks',
      transactions: held.flatMap((span) => span.transactions),
      source: [...new Set(held.map((span) => span.source))].join(', '),
      ...(first.knowledge === undefined ? {} : { knowledge: first.knowledge }),
      ...(held.some(({ owed }) => owed) ? { owed: held.flatMap(({ owed = [] }) => owed) } : {}),
    };
    held = [];
    events = 0;
    return batch;
  };
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const span of spans) {
      const first = held[0]?.fromBlock ?? span.fromBlock;
      const full = events + weight(span) > limits.maxEvents || span.toBlock - first + 1 > limits.maxBlocks;
      const last = held.at(-1);
      const joins =
        last === undefined || (last.toBlock === span.fromBlock - 1 && last.knowledge === span.knowledge);
      if (full || !joins) {
        const batch = flush();
        if (batch) yield batch;
      }
      held.push(heldOf(span));
      events += weight(span);
    }
  } catch (error) {
    failure = { error };
  }
  const rest = flush();
  if (rest) yield rest;
  if (failure) throw failure.error;
}

/** The block before the first of the spans and the newest block up to their end, where they are known. */
function endsOf(spans: readonly HeldSpan[]): Pick<Batch, 'parent' | 'last'> {
  const first = spans.find(({ link, after }) => link ?? after);
  const final = spans.findLast(({ link, after }) => link ?? after);
  if (!first || !final) return {};
  const parent = first.link ? { block: first.link.parent, hash: first.link.parentHash } : first.after;
  const last = final.link ? { block: final.link.block, hash: final.link.hash } : final.after;
  return { ...(parent ? { parent } : {}), ...(last ? { last } : {}) };
}

/** Transactions that were read by themselves. */
export interface TransactionsFound {
  readonly transactions: readonly DecodedTransaction[];
  readonly source: string;
  readonly owed?: readonly OwedCheck[];
}

/**
 * A batch of transactions, at least one, that were read by themselves: it says nothing of the other
 * transactions in their blocks.
 * @param found.owed of any blocks: of those of other transactions nothing is kept
 */
export function transactionsBatch(
  reader: Pick<ChainReader, 'chain' | 'fingerprint'>,
  { transactions, source, owed = [] }: TransactionsFound,
  finality: Finality,
): Batch {
  const blocks = transactions.map((transaction) => transaction.block);
  return {
    chain: reader.chain,
    fingerprint: reader.fingerprint,
    finality,
    fromBlock: Math.min(...blocks),
    toBlock: Math.max(...blocks),
    scope: 'transactions',
    transactions,
    source,
    ...owedOf(owed, blocks),
  };
}

/** Each of them once. */
function owedOf(owed: readonly OwedCheck[], blocks: readonly number[]): Pick<Batch, 'owed'> {
  const ours = new Set(blocks);
  const once = new Map(owed.map((check) => [`${check.block} ${check.digest}`, check]));
  const of = [...once.values()].filter(({ block }) => ours.has(block));
  return of.length > 0 ? { owed: of } : {};
}

function weight(span: DecodedSpan): number {
  return span.transactions.reduce((sum, transaction) => sum + Math.max(1, transaction.events.length), 0);
}
