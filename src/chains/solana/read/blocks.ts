/** Reads a range of slots as proven spans, in order, with blocks fetched ahead. */
import type { OwedCheck } from '../../../events/batch.js';
import { messageOf, NdxError } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { type ByteBudget, createByteBudget, type Place } from '../../http/bytes/budget.js';
import { mapInOrder } from '../../http/in-order.js';
import type { BlockSpan } from '../../source.js';
import type { ShownBlock, Witness } from '../../witness/witness.js';
import type { KeyFinder } from '../rpc/keys.js';
import type { Commitment, FetchedBlock, SolanaRpc } from '../rpc/methods.js';
import { readBlock } from '../rpc/read-block.js';
import type { SolanaBlock } from '../transaction.js';
import { follows, type Linked, linkUp, placeOf } from './links.js';
import { signaturesIn } from './listing.js';

export interface ReadOptions {
  readonly finality: Commitment;
  /** Blocks fetched at once, and held until it is their turn: 5 to 15 MB each on mainnet. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /**
   * The block before the range, where it is known. Without it, the range's first block is handed on only when
   * a later block names it as its parent.
   */
  readonly previous?: Linked | null;
  /**
   * As `previous`, but from a branch that the chain may have left: it is used only when the first block names
   * it as its parent.
   */
  readonly perhaps?: Linked | null;
  /** How long a block waits for another endpoint's word of it; default 5,000. */
  readonly patienceMs?: number | undefined;
}

export interface BlockReaderDeps {
  readonly rpc: SolanaRpc;
  /** The addresses to look for. It gives the same object as long as they are the same. */
  readonly keys: () => KeyFinder;
  readonly log: Log;
  /**
   * Called with the endpoint whose block does not follow upon the block before: one of the two is wrong, so
   * others should be asked first.
   */
  readonly onContradiction?: (endpoint: string) => void;
  /** Compares blocks with what other endpoints say of them. Absent: nothing is compared. */
  readonly witness?: Pick<Witness, 'attested'>;
  /** What the blocks' bytes count against; default: a budget of the reading's own. */
  readonly budget?: ByteBudget;
  /** How many slots are asked for in one getBlocks call. */
  readonly window: number;
}

/** A fetched block and where it came from; `read` reads its bytes with the addresses followed by then. */
interface Fetched extends Linked {
  readonly source: string;
  /** null: only the header was asked for. */
  readonly read: (() => SolanaBlock) | null;
  readonly raw: (() => Uint8Array) | null;
  /** Makes way for the bytes of the block after it. */
  readonly pass: () => void;
  /** Lets its bytes go; `read` and `raw` give nothing from then on. */
  readonly release: () => void;
  /** What another endpoint was not asked about; null: it was, or nothing is compared. */
  readonly unseen: ShownBlock | null;
  /** What another endpoint was asked about and has not answered. */
  readonly owed: readonly OwedCheck[];
}

const PATIENCE_MS = 5_000;
const NOTHING = (): void => {};

/**
 * Yields spans from `fromBlock` up to `toBlock`, without a hole. Ends before `toBlock` when the slots after
 * the last block are not proven skipped yet, for want of a later block. A getBlock answer does not say its
 * slot: it counts as that slot's block only when it names the block before as its parent, or the block after
 * names it as its own.
 * @throws NdxError BLOCK_UNAVAILABLE on a fork (retryable), and when a block exists but no endpoint gives it
 */
export async function* readSpans(
  deps: BlockReaderDeps,
  range: { readonly fromBlock: number; readonly toBlock: number },
  options: ReadOptions,
): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
  const { rpc, keys, log } = deps;
  const { finality, patienceMs = PATIENCE_MS } = options;
  const budget = deps.budget ?? createByteBudget();
  const line = budget.line();
  /** Of blocks that the list left out: whoever waits for one waits for nothing else. */
  const wanted = budget.line();
  let previous: Linked | null = options.previous ?? null;
  let covered = range.fromBlock - 1;
  /** Up to this slot blocks are linked by their parents; equal to `covered` when none is held back. */
  let linkedTo = covered;
  /** The range's first block, held back as long as only its own answer says that it is of this slot. */
  let first: Fetched | null = null;

  async function fetchBlock(slot: number, signal: AbortSignal, place: Place): Promise<Fetched> {
    const fetch = async (only?: readonly string[]) => {
      const { value, endpoint: source } = await rpc.block(slot, finality, keys, {
        signal,
        place,
        ...(only ? { only } : {}),
      });
      const { block, body } = value;
      const listing = () => ({ hash: block.blockhash, names: signaturesIn(body) });
      const ours = block.transactions.length > 0;
      return { value, block: slot, final: finality === 'finalized', source, ours, listing };
    };
    const { shown, compared, owed } = deps.witness
      ? await deps.witness.attested(fetch, { signal, patienceMs })
      : { shown: await fetch(), compared: true, owed: null };
    const { source, value } = shown;
    return {
      ...placeOf(value.block),
      source,
      ...bytesOf(slot, { now: value }, keys, place),
      unseen: compared ? null : shown,
      owed: owed ? [owed] : [],
    };
  }

  /**
   * Compares a block in which something of ours was found only now, and which was left out when it was
   * fetched. @returns what is owed of the block
   */
  async function compareNow(
    { unseen, owed }: Fetched,
    { block }: BlockSpan<SolanaBlock>,
  ): Promise<readonly OwedCheck[]> {
    if (unseen === null || unseen.ours || block === null || block.transactions.length === 0) return owed;
    const how = { signal: options.signal, patienceMs };
    const now = await deps.witness?.attested(async () => ({ ...unseen, ours: true }), how);
    return now?.owed ? [now.owed] : [];
  }

  async function fetchHeader(slot: number, signal: AbortSignal): Promise<Fetched> {
    const { value, endpoint } = await rpc.header(slot, finality, { signal });
    return {
      slot,
      ...value,
      source: endpoint,
      read: null,
      raw: null,
      unseen: null,
      owed: [],
      pass: NOTHING,
      release: NOTHING,
    };
  }

  async function fetchMissing(slot: number, child: Linked): Promise<Fetched> {
    log.warn(
      { slot, child: child.slot },
      `slot ${slot} was left out of the list of blocks, but slot ${child.slot} follows upon it: asking for it`,
    );
    try {
      if (slot > range.toBlock) return await fetchHeader(slot, options.signal);
      const block = await fetchBlock(slot, options.signal, wanted.join());
      block.pass();
      return block;
    } catch (error) {
      if (!(error instanceof NdxError) || error.code !== 'BLOCK_UNAVAILABLE') throw error;
      const message = `Solana: slot ${slot} holds a block (slot ${child.slot} follows upon it), but no endpoint gives it: ${messageOf(error)}`;
      throw new NdxError('BLOCK_UNAVAILABLE', message, { retryable: error.retryable, cause: error });
    }
  }

  function spanOf({ slot, read, raw, source }: Fetched): BlockSpan<SolanaBlock> | null {
    if (read === null) return null;
    return {
      fromBlock: covered + 1,
      toBlock: slot,
      block: read(),
      again: read,
      source,
      ...(raw ? { raw } : {}),
    };
  }

  async function* handOn(block: Fetched): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
    const span = spanOf(block);
    if (span === null) return;
    const owed = await compareNow(block, span);
    covered = span.toBlock;
    yield { ...span, owed };
    block.release();
  }

  /** Spans of those blocks of the range that `block` proves, itself included. */
  async function* proven(block: Fetched): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
    const { perhaps } = options;
    if (linkedTo < range.fromBlock && previous === null && perhaps && follows(perhaps, block))
      previous = perhaps;
    const leading = await linkUp<Fetched>(previous, linkedTo, block, fetchMissing).catch((error: unknown) => {
      if (error instanceof NdxError && error.code === 'BLOCK_UNAVAILABLE')
        deps.onContradiction?.(block.source);
      throw error;
    });
    for (const linked of leading) {
      if (first) yield* handOn(first);
      first = null;
      if (linked.read === null || linked.slot > range.toBlock) return;
      linkedTo = linked.slot;
      if (previous === null) first = linked;
      else yield* handOn(linked);
      // Without its bytes: from here on only its place in the chain is needed.
      previous = placeOf(linked);
    }
  }

  /** What the block after the range proves. */
  async function* theEnd(): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
    if (covered >= range.toBlock) return;

    const next = await rpc.blocksFrom(range.toBlock + 1, 1, finality, { signal: options.signal });
    const after = next.value[0];
    if (after === undefined) return;
    const proof = await fetchHeader(after, options.signal);
    yield* proven(proof);
    if (covered < range.toBlock)
      yield {
        fromBlock: covered + 1,
        toBlock: range.toBlock,
        block: null,
        owed: [],
        after: { block: proof.parentSlot, hash: proof.previousBlockhash },
        source: proof.source,
      };
  }

  const slots = listSlots(deps, range, options);
  try {
    for await (const block of mapInOrder(slots, options.concurrency, options.signal, (slot, signal) =>
      fetchBlock(slot, signal, line.join()),
    )) {
      block.pass();
      yield* proven(block);
    }
    yield* theEnd();
  } finally {
    line.close();
    wanted.close();
  }
}

/**
 * The ways to read a block from its bytes, until they are let go. Only `held` refers to them here: what a
 * closure sees lives as long as the closure.
 */
function bytesOf(
  slot: number,
  held: { now: FetchedBlock | null },
  keys: () => KeyFinder,
  place: Place,
): Pick<Fetched, 'read' | 'raw' | 'pass' | 'release'> {
  const here = (): FetchedBlock => {
    if (held.now) return held.now;
    throw new NdxError('INTERNAL', `the bytes of slot ${slot} were let go when the next block was asked for`);
  };
  return {
    // Blocks before it may have made us follow more addresses since it was fetched: then its bytes are
    // searched again.
    read: () => {
      const { block, body, keys: readWith } = here();
      return keys() === readWith ? block : readBlock(slot, body, keys());
    },
    raw: () => here().body,
    pass: place.pass,
    release: () => {
      held.now = null;
      place.release();
    },
  };
}

async function* listSlots(
  { rpc, window }: BlockReaderDeps,
  { fromBlock, toBlock }: { readonly fromBlock: number; readonly toBlock: number },
  { finality, signal }: ReadOptions,
): AsyncGenerator<number, void, undefined> {
  for (let from = fromBlock; from <= toBlock; from += window) {
    yield* (await rpc.blocks(from, Math.min(toBlock, from + window - 1), finality, { signal })).value;
  }
}
