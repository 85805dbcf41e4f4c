/**
 * Where two covered stretches adjoin, the parent of the second has to be the last block of the first. Checked
 * before a gap is filled and again during upkeep.
 */
import type { Batch, BlockHash } from '../../events/batch.js';
import type { BlockRange } from '../../events/range.js';
import { contradiction, wrongSides } from '../../readers/standing.js';
import { assertSameChain } from '../../store/chain-state.js';
import {
  type LinkedStretch,
  listStretches,
  neighboursOf,
  sameBlock,
  seamsIn,
} from '../../store/coverage/links.js';
import { type ListenerContext, noteError } from '../context.js';
import { noteDenied } from './denied.js';

/** The last block of one stretch, and the block that the next stretch names as its parent. */
interface Meeting {
  readonly last: BlockHash;
  readonly parent: BlockHash;
  /** The covered stretch that ends with `last`; null when it is only being read. */
  readonly below: LinkedStretch | null;
  /** The covered stretch whose parent is `parent`; null when it is only being read. */
  readonly above: LinkedStretch | null;
}

/**
 * To be called before a final batch that begins or ends the range of a gap is handed on.
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when the batch does not follow upon what is covered before
 * it, or what is covered after it does not follow upon the batch. Before that it looks for the wrong side:
 * coverage that is not the chain's is withdrawn (denied.ts).
 */
export async function assertFits(
  context: ListenerContext,
  batch: Batch,
  range: BlockRange,
  signal: AbortSignal,
): Promise<void> {
  const { parent, last, source } = batch;
  if (batch.finality !== 'finalized' || !parent || !last) return;
  if (batch.fromBlock !== range.fromBlock && batch.toBlock !== range.toBlock) return;
  const { below, above } = await neighboursOf(context.db, context.reader.chain, batch);
  const refuse = async (stretch: LinkedStretch, meeting: Meeting): Promise<never> => {
    for (const name of source.split(', ')) context.reader.doubt?.(name);
    await settle(context, meeting, signal);
    throw contradiction(context.reader, stretch, `${wordsOf(meeting)}, by the word of ${source}`);
  };
  if (below?.last && !sameBlock(below.last, parent))
    await refuse(below, { last: below.last, parent, below, above: null });
  if (above?.parent && !sameBlock(last, above.parent))
    await refuse(above, { last, parent: above.parent, below: null, above });
}

/**
 * Looks for covered stretches that adjoin and do not follow upon each other, and asks the endpoints which of
 * the two is wrong.
 */
export async function settleSeams(context: ListenerContext, signal: AbortSignal): Promise<void> {
  const { reader, db } = context;
  for (const { below, above } of seamsIn(await listStretches(db, reader.chain))) {
    const meeting = { last: below.last, parent: above.parent, below, above };
    noteError(context, 'gaps', contradiction(reader, above, wordsOf(meeting)), {});
    await settle(context, meeting, signal);
  }
}

async function settle(context: ListenerContext, meeting: Meeting, signal: AbortSignal): Promise<void> {
  const { reader, genesis } = context;
  assertSameChain({ chain: reader.chain, genesis }, await reader.genesis(signal, genesis));
  const { below, above } = meeting;
  for (const side of await wrongSides(context, meeting, signal)) {
    const stretch = side === 'below' ? below : above;
    if (stretch) await noteDenied(context, stretch, signal);
  }
}

function wordsOf({ last, parent }: Meeting): string {
  return `what comes after it follows upon block ${parent.block} (${parent.hash}), what comes before ends with ${last.block} (${last.hash})`;
}
