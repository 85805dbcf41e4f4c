/**
 * An address may become ours in the middle of the chain: an NFT of a followed creator by its mint, a jetton wallet by the first transfer
 * to it. Blocks after that one that were read before it was known (live is ahead of backfill) lack its transactions, so these are read by
 * the address, and the block itself is handed on only when they are reconciled: who reads what is covered finds nothing missing. What is
 * still under way of those blocks is refused from then on, and read again.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { DecodedTransaction, Finality } from '../events/event.js';
import { type BlockRange, blockCount } from '../events/range.js';
import type { BatchQueue } from '../queue/queue.js';
import { transactionsBatch } from '../readers/batches.js';
import { byFinality } from '../readers/by-finality.js';
import type { ChainReader, DecodedSpan, FoundTransaction } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { closeReplay, openReplay } from '../store/replay-progress.js';
import { createTracker } from '../tracking/tracker.js';
import type { Knowledge } from './knowledge.js';

export interface DiscoveryDeps {
  readonly reader: ChainReader;
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob'>;
  readonly db: { readonly pool: Pool };
  readonly log: Log;
  readonly knowledge: Knowledge;
  /** What was read as `confirmed` is read again when it is final: none of it may settle as it is. */
  readonly unsettle?: () => void;
  /** Waits for a while for what is under way of the blocks after `block`. What comes later is refused, and read again. */
  readonly landed?: (block: number, signal: AbortSignal) => Promise<void>;
  /**
   * Covered ranges after `block`, also where they lie between blocks that are being read: what is read may never be handed on, and then
   * nobody comes back to what was covered all along.
   */
  readonly coveredAfter: (block: number) => Promise<readonly BlockRange[]>;
}

/**
 * Passes the spans on, each when what it makes known is caught up with. Catching up waits for others, so where the reader allows it,
 * spans are held back from the first on that needs it, and all are caught up with at once.
 */
export async function* withDiscoveries(
  deps: DiscoveryDeps,
  spans: AsyncIterable<DecodedSpan>,
  signal: AbortSignal,
): AsyncGenerator<DecodedSpan> {
  const most = deps.reader.lookAhead ?? 1;
  let held: DecodedSpan[] = [];
  const release = async (): Promise<readonly DecodedSpan[]> => {
    const spansNow = held;
    held = [];
    return catchUpWith(deps, spansNow, signal);
  };
  try {
    for await (const span of spans) {
      if (held.length === 0 && lateIn(span, deps.knowledge).length === 0) {
        yield span;
        continue;
      }
      held.push(span);
      if (held.length >= most) yield* await release();
    }
  } catch (error) {
    yield* await release();
    throw error;
  }
  yield* await release();
}

/** @returns the spans, with what they lacked of addresses that only the catching up made known */
async function catchUpWith(
  deps: DiscoveryDeps,
  spans: readonly DecodedSpan[],
  signal: AbortSignal,
): Promise<readonly DecodedSpan[]> {
  const since = new Map<string, number>();
  for (const span of spans)
    for (const address of lateIn(span, deps.knowledge))
      if (!since.has(address)) since.set(address, span.toBlock);
  const [first, last] = [spans[0], spans.at(-1)];
  if (since.size === 0 || !first || !last) return spans;
  const held = { fromBlock: first.fromBlock, toBlock: last.toBlock };
  const { addresses, transactions, knowledge } = await catchUp(deps, since, signal, held);
  await deps.knowledge.adopt(addresses);
  return spans.map((span) => ({ ...withMissing(span, transactions), knowledge }));
}

function withMissing(span: DecodedSpan, found: readonly DecodedTransaction[]): DecodedSpan {
  const there = new Set(span.transactions.map((transaction) => transaction.transactionHash));
  const missing = found.filter(
    ({ block, transactionHash, events, problems = [] }) =>
      block >= span.fromBlock &&
      block <= span.toBlock &&
      !there.has(transactionHash) &&
      events.length + problems.length > 0,
  );
  if (missing.length === 0) return span;
  const transactions = [...span.transactions, ...missing].sort(
    (a, b) => a.block - b.block || a.transactionIndex - b.transactionIndex,
  );
  return { ...span, transactions };
}

/** What the span makes known and blocks after it may have been read without. Its block is its last one, after those that were skipped. */
export function lateIn(span: DecodedSpan, knowledge: Pick<Knowledge, 'isLate'>): string[] {
  return (span.discovered ?? []).filter((address) => knowledge.isLate(address, span.toBlock));
}

/**
 * For blocks that nobody is known to have gone beyond: announces and raises what they make known, so that others who did are refused, and
 * catches up where somebody was quicker.
 * @param addresses with the block that made each known
 * @param readUpTo newest block read so far
 * @returns what the blocks read so far may be handed on as read with; null: they are to be read again
 * @throws NdxError as Knowledge.announce
 */
export async function tell(
  deps: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  readUpTo: number,
  signal: AbortSignal,
): Promise<number | null> {
  const since = Math.min(...addresses.values());
  const number = await deps.knowledge.announce(addresses, readUpTo);
  await deps.knowledge.raise(number, since);
  const alone = (await deps.coveredAfter(since)).length === 0;
  await deps.knowledge.adopt(alone ? addresses : (await catchUp(deps, addresses, signal)).addresses);
  return alone ? number : null;
}

/**
 * Reads and reconciles the transactions of the addresses in the ranges that were read without them, and of those that these make known.
 * @param addresses with the block that made each known
 * @param held blocks read and not handed on yet: what they lack of addresses that only this makes known is returned, not reconciled
 * @returns all addresses that are caught up with and the block that made each known, what stands in `held`, and what that is read with
 */
export async function catchUp(
  deps: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  signal: AbortSignal,
  held?: BlockRange,
): Promise<{
  readonly addresses: ReadonlyMap<string, number>;
  readonly transactions: readonly DecodedTransaction[];
  readonly knowledge: number;
}> {
  const found = { confirmed: createPile(), finalized: createPile() };
  const all = new Map(addresses);
  const notes: Notes = { add: (finality, one) => found[finality].add(one), all };
  const before = await readBefore(deps, all, held?.toBlock ?? Number.POSITIVE_INFINITY, signal);
  const blocks = before.ranges.length === 0 ? 0 : blockCount([hullOf(before.ranges)]);
  const knowledge = await (deps.reader.readAddresses && blocks <= SCAN_UP_TO
    ? scan(deps, notes, before, signal)
    : lookUp(deps, notes, before, held, signal));
  const inHeld: DecodedTransaction[] = [];
  for (const finality of ['finalized', 'confirmed'] as const) {
    const { transactions: everything, source } = found[finality].all();
    const isHeld = ({ block }: DecodedTransaction) =>
      held !== undefined && block >= held.fromBlock && block <= held.toBlock;
    inHeld.push(...everything.filter(isHeld));
    const transactions = everything.filter((transaction) => !isHeld(transaction));
    for (let at = 0; at < transactions.length; at += CHUNK) {
      const batch = transactionsBatch(deps.reader, transactions.slice(at, at + CHUNK), source, finality);
      await reconcileAll(deps, { ...batch, knowledge }, signal);
    }
  }
  return { addresses: all, transactions: inHeld, knowledge };
}

/** What catching up finds: transactions, and the addresses that it is about. */
interface Notes {
  add(finality: Finality, one: Pick<FoundTransaction, 'transaction' | 'source'>): void;
  /** Address → the block that made it known. Grows with what the transactions make known. */
  readonly all: Map<string, number>;
}

/** Covered ranges that were read without the addresses, all of them, now that what is under way is refused. */
interface Before {
  readonly ranges: readonly BlockRange[];
  /** What is read from now on carries it. */
  readonly knowledge: number;
}

async function readBefore(
  deps: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  readUpTo: number,
  signal: AbortSignal,
): Promise<Before> {
  deps.unsettle?.();
  const since = Math.min(...addresses.values());
  const knowledge = await deps.knowledge.announce(addresses, readUpTo);
  await deps.landed?.(since, signal);
  await deps.knowledge.raise(knowledge, since);
  return { knowledge, ranges: await deps.coveredAfter(since) };
}

/** Address by address, for those that are sparse. @returns what was known in the last round */
async function lookUp(
  deps: DiscoveryDeps,
  notes: Notes,
  first: Before,
  held: BlockRange | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { reader } = deps;
  const { all } = notes;
  let before = first;
  for (let round = [...all.keys()], rounds = 1; ; rounds++) {
    if (before.ranges.length === 0) return before.knowledge;
    note(deps, round.length, before.ranges);
    // The blocks held back were read with the first round's addresses, and without all others.
    const pieces = byFinality(
      hullOf(rounds === 1 || !held ? before.ranges : [held, ...before.ranges]),
      (await reader.tip(signal)).finalized,
    );
    const further = new Map<string, number>();
    const read = async (address: string): Promise<void> => {
      for (const { finality, ...range } of pieces) {
        for await (const one of reader.readAddress(address, range, { finality, signal })) {
          notes.add(finality, one);
          const { block } = one.transaction;
          for (const made of one.discovered ?? [])
            if (deps.knowledge.isLate(made, block) && !all.has(made))
              further.set(made, Math.min(block, further.get(made) ?? block));
        }
      }
    };
    for (let at = 0; at < round.length; at += ADDRESSES_AT_ONCE)
      await Promise.all(round.slice(at, at + ADDRESSES_AT_ONCE).map(read));
    if (further.size === 0) return before.knowledge;
    for (const [address, block] of further) all.set(address, block);
    round = [...further.keys()];
    // Anew every round: live went on meanwhile, without the addresses that the round before made known.
    before = await readBefore(deps, further, Number.POSITIVE_INFINITY, signal);
  }
}

/** Block by block, for all addresses at once: in chain order, so that what becomes known on the way is read from there on. @returns as lookUp */
async function scan(deps: DiscoveryDeps, notes: Notes, first: Before, signal: AbortSignal): Promise<number> {
  const { reader, knowledge } = deps;
  const { all } = notes;
  let before = first;
  for (let from = 0, wanted = [...all.keys()]; ; ) {
    const hull = before.ranges.length === 0 ? null : hullOf(before.ranges);
    if (!hull || hull.toBlock < from) return before.knowledge;
    note(deps, wanted.length, before.ranges);
    const known = all.size;
    const late = (address: string, block: number): boolean =>
      knowledge.isLate(address, block) && !all.has(address);
    const range = { fromBlock: Math.max(from, hull.fromBlock), toBlock: hull.toBlock };
    for (const { finality, ...piece } of byFinality(range, (await reader.tip(signal)).finalized)) {
      for await (const span of reader.readAddresses?.(wanted, piece, { finality, signal, late }) ?? []) {
        for (const transaction of span.transactions)
          notes.add(finality, { transaction, source: span.source });
        for (const address of span.discovered ?? [])
          if (late(address, span.toBlock)) all.set(address, span.toBlock);
      }
    }
    if (all.size === known) return before.knowledge;
    // Live went on meanwhile, without those that became known on the way.
    const further = [...all].slice(known);
    wanted = further.map(([address]) => address);
    from = hull.toBlock + 1;
    before = await readBefore(deps, new Map(further), Number.POSITIVE_INFINITY, signal);
  }
}

function note({ reader, log }: DiscoveryDeps, addresses: number, ranges: readonly BlockRange[]): void {
  log.info(
    { chain: reader.chain, addresses, ranges: ranges.length },
    'catching up with addresses found late',
  );
}

/** What lies between the ranges will be read with the addresses: reading it here, too, changes nothing, and an address is looked through once. */
function hullOf(ranges: readonly BlockRange[]): BlockRange {
  return {
    fromBlock: Math.min(...ranges.map((range) => range.fromBlock)),
    toBlock: Math.max(...ranges.map((range) => range.toBlock)),
  };
}

/** Transactions, each once, in order of their place. */
function createPile() {
  const found = new Map<string, DecodedTransaction>();
  let source = '';
  return {
    add: (read: { readonly transaction: DecodedTransaction; readonly source: string }) => {
      found.set(read.transaction.transactionHash, read.transaction);
      source = read.source;
    },
    all: () => ({
      transactions: [...found.values()].sort(
        (a, b) => a.block - b.block || a.transactionIndex - b.transactionIndex,
      ),
      source,
    }),
  };
}

const CHUNK = 200;
/** Blocks that are read again as a whole rather than looked through address by address. */
const SCAN_UP_TO = 2_000;
const ADDRESSES_AT_ONCE = 8;

/** Resolves when the database says that the batch is reconciled: a lost queue does not lose it. */
async function reconcileAll(
  deps: DiscoveryDeps,
  batch: ReturnType<typeof transactionsBatch>,
  signal: AbortSignal,
): Promise<void> {
  const { reader, queue, db, log } = deps;
  const hashes = batch.transactions.map((transaction) => transaction.transactionHash);
  const replay = createHash('sha256')
    .update(['discovery', reader.chain, reader.fingerprint, ...hashes].join('\n'))
    .digest('hex')
    .slice(0, 32);
  await openReplay(db, replay);
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: 1,
    revive: true,
    onChange: () => undefined,
  });
  await tracker.add({ ...batch, replay });
  await tracker.drain();
  const [failed] = tracker.failed();
  if (failed)
    throw new NdxError(
      'BLOCK_UNAVAILABLE',
      `transactions of an address found late could not be reconciled: ${failed.reason}`,
      {
        retryable: true,
      },
    );
  await closeReplay(db, replay);
}
