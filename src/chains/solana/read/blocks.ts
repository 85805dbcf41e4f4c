/** A range of slots as proven spans, in order, with blocks fetched ahead. */
import { messageOf, NdxError } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { mapInOrder } from '../../http/in-order.js';
import type { BlockSpan } from '../../source.js';
import type { KeyFinder } from '../rpc/keys.js';
import type { Commitment, SolanaRpc } from '../rpc/methods.js';
import { readBlock } from '../rpc/read-block.js';
import type { SolanaBlock } from '../transaction.js';
import { follows, type Linked, linkUp, placeOf } from './links.js';

export interface ReadOptions {
  readonly finality: Commitment;
  /** Blocks fetched at once, and held until it is their turn: 5 to 15 MB each on mainnet. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /**
   * The block before the range, where it is known; else the first block is handed on only when another one
   * names it as its parent.
   */
  readonly previous?: Linked | null;
  /**
   * The same of a branch that may be gone: it counts when the first block follows upon it, and is forgotten
   * when not.
   */
  readonly perhaps?: Linked | null;
}

export interface BlockReaderDeps {
  readonly rpc: SolanaRpc;
  /** The same object as long as the keys are the same. */
  readonly keys: () => KeyFinder;
  readonly log: Log;
  /**
   * Told of the endpoint whose block does not follow upon the one before: one of the two is wrong, and others
   * are to be asked.
   */
  readonly onContradiction?: (endpoint: string) => void;
  /** Slots a getBlocks call. */
  readonly window: number;
}

/** A block with where it came from; `again` reads it with the keys of now. */
interface Fetched extends Linked {
  readonly source: string;
  /** null: only the header was asked for. */
  readonly read: (() => SolanaBlock) | null;
  readonly raw: (() => Uint8Array) | null;
}

/**
 * Spans from `fromBlock` up to `toBlock`, without a hole. It ends before `toBlock` when the slots after the
 * last block are not proven skipped yet, for want of a later block. An answer does not say of which slot it
 * is: a block is what was asked for only when it follows upon the one before, or the one after follows upon
 * it.
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) for a fork, and for a block that exists but that no endpoint
 * gives.
 */
export async function* readSpans(
  deps: BlockReaderDeps,
  range: { readonly fromBlock: number; readonly toBlock: number },
  options: ReadOptions,
): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
  const { rpc, keys, log } = deps;
  const { finality } = options;
  let previous: Linked | null = options.previous ?? null;
  let covered = range.fromBlock - 1;
  /** Up to here blocks are linked; `covered` when none is held back. */
  let linkedTo = covered;
  /** The range's first block, as long as nothing but its own answer says that it is the slot's. */
  let first: Fetched | null = null;

  async function fetchBlock(slot: number, signal: AbortSignal): Promise<Fetched> {
    const { value, endpoint } = await rpc.block(slot, finality, keys, { signal });
    const { block, body, keys: readWith } = value;
    // What the blocks before it made us follow may stand in this one: then its bytes are looked through
    // again.
    const read = (): SolanaBlock => (keys() === readWith ? block : readBlock(slot, body, keys()));
    const { parentSlot, blockhash, previousBlockhash } = block;
    return { slot, parentSlot, blockhash, previousBlockhash, source: endpoint, read, raw: () => body };
  }

  async function fetchHeader(slot: number, signal: AbortSignal): Promise<Fetched> {
    const { value, endpoint } = await rpc.header(slot, finality, { signal });
    return { slot, ...value, source: endpoint, read: null, raw: null };
  }

  async function fetchMissing(slot: number, child: Linked): Promise<Fetched> {
    log.warn(
      { slot, child: child.slot },
      `slot ${slot} was left out of the list of blocks, but slot ${child.slot} follows upon it: asking for it`,
    );
    try {
      return slot > range.toBlock
        ? await fetchHeader(slot, options.signal)
        : await fetchBlock(slot, options.signal);
    } catch (error) {
      if (!(error instanceof NdxError) || error.code !== 'BLOCK_UNAVAILABLE') throw error;
      const message = `Solana: slot ${slot} holds a block (slot ${child.slot} follows upon it), but no endpoint gives it: ${messageOf(error)}`;
      throw new NdxError('BLOCK_UNAVAILABLE', message, { retryable: error.retryable, cause: error });
    }
  }

  function spanOf({ slot, read, raw, source }: Fetched): BlockSpan<SolanaBlock> | null {
    if (read === null) return null;
    const span = {
      fromBlock: covered + 1,
      toBlock: slot,
      block: read(),
      again: read,
      source,
      ...(raw ? { raw } : {}),
    };
    covered = slot;
    return span;
  }

  /** Spans of the blocks that lead up to `block` and lie in the range. */
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
      const vouched = first && spanOf(first);
      first = null;
      if (vouched) yield vouched;
      if (linked.read === null || linked.slot > range.toBlock) return;
      linkedTo = linked.slot;
      if (previous === null) first = linked;
      else {
        const span = spanOf(linked);
        if (span) yield span;
      }
      // Without its bytes: only its place in the chain is needed from here on.
      previous = placeOf(linked);
    }
  }

  const slots = listSlots(deps, range, options);
  for await (const block of mapInOrder(slots, options.concurrency, options.signal, fetchBlock))
    yield* proven(block);
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
      after: { block: proof.parentSlot, hash: proof.previousBlockhash },
      source: proof.source,
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
