/** What the endpoints say about a block that the tables stand on. */
import type { BlockHash } from '../events/batch.js';
import type { BlockRange } from '../events/range.js';
import { NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import type { ChainReader, NamedBlock } from './reader.js';

/** What the endpoints are asked through. */
export interface StandingDeps {
  readonly reader: Pick<ChainReader, 'chain' | 'finalNames' | 'doubt'>;
  /** Told of every endpoint's word when they do not all name the block. */
  readonly log?: Log;
}

/**
 * About a block in the final chain. `holds`: every endpoint that answers names it. `denied`: every one names
 * another hash. `absent`: none has a block of that number. `disputed`: they differ, or the reader cannot ask.
 */
export type Standing = 'holds' | 'denied' | 'absent' | 'disputed';

/**
 * Whether the final chain holds the block, by the word of every endpoint that has it. Endpoints that name
 * another hash are reported to the reader as doubtful.
 * @throws NdxError other than BLOCK_UNAVAILABLE that the endpoints answer with
 */
export async function standingOf(
  { reader, log }: StandingDeps,
  block: BlockHash,
  signal: AbortSignal,
): Promise<Standing> {
  if (!reader.finalNames) return 'disputed';
  let names: readonly NamedBlock[];
  try {
    names = await reader.finalNames(block.block, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NdxError) || error.code !== 'BLOCK_UNAVAILABLE') throw error;
    return 'absent';
  }
  const others = names.filter(({ hash }) => hash !== block.hash);
  if (others.length === 0) return 'holds';
  const said = names.map(({ source, hash }) => `${source}: ${hash}`);
  log?.warn(
    { chain: reader.chain, ...block, said },
    'endpoints name another block than the one that the tables stand on',
  );
  for (const { source } of others) reader.doubt?.(source);
  return others.length === names.length ? 'denied' : 'disputed';
}

/**
 * Where one covered stretch ends with `last` and the next one names `parent` as the block before it: the
 * sides of which that is not the chain's block; none when that cannot be told now.
 * @throws NdxError as {@link standingOf}
 */
export async function wrongSides(
  deps: StandingDeps,
  { last, parent }: { readonly last: BlockHash; readonly parent: BlockHash },
  signal: AbortSignal,
): Promise<readonly ('below' | 'above')[]> {
  const below = await standingOf(deps, last, signal);
  const above = await standingOf(deps, parent, signal);
  // Both blocks are the chain's: the later one is the true parent, so the side with the earlier one is wrong.
  if (below === 'holds' && above === 'holds') return [parent.block < last.block ? 'above' : 'below'];
  // An endpoint that has one of the two blocks would have the other too, if it were in the chain.
  return [
    ...(below === 'denied' || (below === 'absent' && above === 'holds') ? (['below'] as const) : []),
    ...(above === 'denied' || (above === 'absent' && below === 'holds') ? (['above'] as const) : []),
  ];
}

/** The BLOCK_UNAVAILABLE error (retryable) that says what contradicts the covered range. */
export function contradiction(reader: Pick<ChainReader, 'chain'>, range: BlockRange, what: string): NdxError {
  const { fromBlock, toBlock } = range;
  return new NdxError(
    'BLOCK_UNAVAILABLE',
    `${reader.chain}: what is covered from block ${fromBlock} to ${toBlock} is contradicted: ${what}`,
    { retryable: true },
  );
}
